"""Weights of other projects for our ViViT: names mapped, image filters inflated, grids resized.

Sources: alibaba-mmai-research/TAdaConv (`backbone.*`, `head.linear*`), timm's image ViT. Names
decide, never positions: the order of verb and noun differs between projects.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Literal

import torch
from torch import Tensor

from common.core.errors import InputError
from common.models.vivit import VivitSize, resize_spatial, resize_temporal

Inflation = Literal["central_frame", "average"]

_TADA = (
    (r"stem\.conv1\.", "patch_embed.proj."),
    (r"cls_token$", "cls_token"),
    (r"pos_embd$", "pos_embed"),
    (r"layers\.(\d+)\.", r"spatial.\1."),
    (r"layers_temporal\.(\d+)\.", r"temporal.\1."),
    (r"norm\.", "spatial_norm."),
    (r"norm_out\.", "temporal_norm."),
    (r"cls_token_out$", "temporal_cls_token"),
    (r"temp_embd$", "temporal_pos_embed"),
)
_TADA_LAYER = (
    (r"\.norm\.", ".norm1."),
    (r"\.norm_ffn\.", ".norm2."),
    (r"\.attn\.to_qkv\.", ".attn.qkv."),
    (r"\.ffn\.net\.0\.", ".mlp.fc1."),
    (r"\.ffn\.net\.3\.", ".mlp.fc2."),
)
_TADA_HEADS = {
    "head.linear1.": "head.verb.",
    "head.linear2.": "head.noun.",
    "head.linear.": "head.",
}
_LAYER = re.compile(r"(spatial|temporal)\.\d+\.(norm[12]|attn\.(qkv|proj)|mlp\.fc[12])\.")


def from_tada(state: Mapping[str, Tensor], where: str) -> dict[str, Tensor]:
    """A TAdaConv checkpoint with our names: `backbone.*`, and `head.*`, `head.verb.*`,
    `head.noun.*`.

    Args:
        state: its tensors (`module.` already stripped).
        where: its file, for errors.

    Raises:
        InputError: a key that belongs to no layer of a factorised encoder.
    """
    return {_tada_name(name, where): tensor for name, tensor in state.items()}


def _tada_name(name: str, where: str) -> str:
    for theirs, ours in _TADA_HEADS.items():
        if name.startswith(theirs):
            return ours + name.removeprefix(theirs)
    rest = name.removeprefix("backbone.")
    if rest != name:
        for pattern, replacement in _TADA:
            if re.match(pattern, rest):
                found = re.sub(f"^{pattern}", replacement, rest)
                for inner, ours in _TADA_LAYER:
                    found = re.sub(inner, ours, found)
                if not found.startswith(("spatial.", "temporal.")) or _LAYER.match(found):
                    return f"backbone.{found}"
    raise InputError(
        "vivit.key",
        where,
        f"tensor {name!r} belongs to no ViViT factorised encoder",
        "Give the checkpoint of a ViViT FE model.",
    )


def from_image_vit(
    state: Mapping[str, Tensor], size: VivitSize, inflation: Inflation, where: str
) -> dict[str, Tensor]:
    """The backbone tensors that an image ViT (timm names) gives; the temporal encoder stays fresh.

    Args:
        state: of an image ViT with `size.spatial_layers` blocks; its head is left out.
        size: of our network; position embeddings are resized to its grid (square in `state`).
        inflation: `central_frame` puts the image filter into the middle slice of the tubelet,
            `average` spreads it over all; on a still clip both give the image model's tokens.
        where: the file, for errors.

    Raises:
        InputError: a tensor is missing or unknown.
    """
    found: dict[str, Tensor] = {}
    for name, tensor in state.items():
        if name.startswith("head"):
            continue
        if name == "patch_embed.proj.weight":
            found[name] = inflate(tensor, size.tubelet_frames, inflation)
        elif name == "pos_embed":
            side = round((tensor.shape[1] - 1) ** 0.5)
            found[name] = resize_spatial(tensor, (side, side), size.grid)
        elif name in ("cls_token", "patch_embed.proj.bias"):
            found[name] = tensor
        elif block := re.match(r"blocks\.(\d+)\.(.+)", name):
            found[f"spatial.{block[1]}.{block[2]}"] = tensor
        elif name.startswith("norm."):
            found[f"spatial_{name}"] = tensor
        else:
            raise InputError(
                "vivit.key", where, f"tensor {name!r} belongs to no image ViT", "Give a timm ViT."
            )
    return found


def inflate(weight: Tensor, frames: int, inflation: Inflation) -> Tensor:
    """(dim, 3, p, p) or (dim, 3, 1, p, p) to (dim, 3, frames, p, p)."""
    flat = weight if weight.ndim == 4 else weight[:, :, 0]
    if inflation == "average":
        return (flat / frames)[:, :, None].repeat(1, 1, frames, 1, 1)
    filled = torch.zeros(*flat.shape[:2], frames, *flat.shape[2:], dtype=flat.dtype)
    filled[:, :, frames // 2] = flat
    return filled


def fit_positions(state: Mapping[str, Tensor], old: VivitSize, new: VivitSize) -> dict[str, Tensor]:
    """The same backbone for clips of another size: `backbone.pos_embed` and
    `backbone.temporal_pos_embed` resized.
    """
    spatial, temporal = "backbone.pos_embed", "backbone.temporal_pos_embed"
    return dict(state) | {
        spatial: resize_spatial(state[spatial], old.grid, new.grid),
        temporal: resize_temporal(state[temporal], new.steps),
    }
