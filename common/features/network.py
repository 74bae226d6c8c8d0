"""A trained extractor as a file, and as something that turns clips into features."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from common.core.clips import ClipSpec
from common.core.errors import InputError
from common.core.hashing import sha256_file
from common.core.tensor_files import read_metadata, read_tensors

if TYPE_CHECKING:
    from torch import Tensor, nn

# (tensors, metadata, name of the file) -> the network in evaluation mode, whose forward gives
# features (B, C) and logits (B, K) of clips (B, 3, T, H, W).
Restore = Callable[["Mapping[str, Tensor]", Mapping[str, str], str], "nn.Module"]


@dataclass(frozen=True, slots=True)
class ExtractorFile:
    """What an extractor's weights file says about itself."""

    name: str
    path: Path
    weights_sha256: str
    clip: ClipSpec
    classes: tuple[str, ...]


def describe_extractor(path: Path) -> ExtractorFile:
    """Read the metadata of a weights file; no tensor is read.

    Raises:
        InputError: no such file, a damaged one, or no clip or classes in its metadata.
    """
    metadata = read_metadata(path)
    try:
        clip, classes = metadata["clip"], tuple(json.loads(metadata["classes"]))
    except (KeyError, ValueError, TypeError) as error:
        raise InputError(
            "features.extractor",
            str(path),
            f"its metadata do not describe an extractor ({type(error).__name__}: {error})",
            "Give a file that the stage `extractors` made.",
        ) from error
    spec = ClipSpec.from_json(clip, str(path))
    return ExtractorFile(path.stem, path, sha256_file(path), spec, classes)


def restore(state: Mapping[str, Tensor], metadata: Mapping[str, str], where: str) -> nn.Module:
    """The network that a weights file names, filled, in evaluation mode."""
    from common.models.extractors import restore_extractor  # imports torch and mmaction2

    return restore_extractor(state, metadata, where)


class Extractor:
    """A loaded network: uint8 clips in, features and class scores out, as arrays."""

    def __init__(self, file: ExtractorFile, restore: Restore, device: str) -> None:
        import torch

        arrays, metadata = read_tensors(file.path)
        state = {name: torch.from_numpy(array) for name, array in arrays.items()}
        self.file, self.device = file, torch.device(device)
        self.network = restore(state, metadata, str(file.path)).to(self.device)
        self._mean = torch.tensor(file.clip.mean, device=self.device).view(1, 3, 1, 1, 1)
        self._std = torch.tensor(file.clip.std, device=self.device).view(1, 3, 1, 1, 1)

    def prepare(self, clips: NDArray[np.uint8]) -> Tensor:
        """(B, T, H, W, 3) uint8 -> (B, 3, T, H, W) float32 as the network wants it."""
        import torch

        # Moved before it is widened: a quarter of the bytes go to the device.
        batch = torch.from_numpy(clips).to(self.device).permute(0, 4, 1, 2, 3)
        wide = batch.to(torch.float32, memory_format=torch.contiguous_format)
        return wide.sub_(self._mean).div_(self._std)

    def __call__(self, clips: NDArray[np.uint8]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Features (B, C) and class scores (B, K) (softmax) of clips (B, T, H, W, 3)."""
        import torch

        with torch.inference_mode():
            features, logits = self.network(self.prepare(clips))
            return features.cpu().numpy(), logits.softmax(dim=1).cpu().numpy()
