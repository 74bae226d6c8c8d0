"""C3D with batch normalisation and no fully connected layers: the form that CMD pretrains.

Source: CMD (arXiv 2104.00862); the plain C3D of Tran et al. is mmaction2's.
"""

from __future__ import annotations

from torch import Tensor, nn

# Layer name -> (factor of the first layer's width, pooling before it: time, space).
_LAYERS: dict[str, tuple[int, tuple[int, int] | None]] = {
    "1": (1, None),
    "2": (2, (1, 2)),
    "3a": (4, (2, 2)),
    "3b": (4, None),
    "4a": (8, (2, 2)),
    "4b": (8, None),
    "5a": (8, (2, 2)),
    "5b": (8, None),
}


class C3dBn(nn.Module):
    """Eight 3x3x3 convolutions; clips (B, 3, T, H, W) to (B, 8 * width, T / 8, H / 16, W / 16).

    Published (`width` 64): 27,661,440 parameters, 16x112x112 -> 512 x 2 x 7 x 7. Parameters bear
    the names of the authors' release.
    """

    def __init__(self, width: int = 64):
        super().__init__()
        n_in = 3
        for name, (factor, _) in _LAYERS.items():
            n_out = factor * width
            self.add_module(f"conv{name}", nn.Conv3d(n_in, n_out, 3, padding=1))
            self.add_module(f"bn{name}", nn.BatchNorm3d(n_out))
            n_in = n_out
        self.n_features = n_in
        self.init_weights()

    def init_weights(self) -> None:
        """Convolutions after He et al. (fan out), biases as torch draws them."""
        for module in self.modules():
            if isinstance(module, nn.Conv3d):
                module.reset_parameters()
                nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")
            elif isinstance(module, nn.BatchNorm3d):
                module.reset_parameters()

    def forward(self, clips: Tensor) -> Tensor:
        """The map of the last convolution."""
        x = clips
        for name, (_, pool) in _LAYERS.items():
            if pool is not None:
                sides = (pool[0], pool[1], pool[1])
                x = nn.functional.max_pool3d(x, sides, sides)
            x = self.get_submodule(f"conv{name}")(x)
            x = self.get_submodule(f"bn{name}")(x).relu_()
        return x
