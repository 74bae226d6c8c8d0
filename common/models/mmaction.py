"""The one door to mmaction2. Imported late: its models cost seconds to import.

The 1.2.0 wheel lacks the folder `mmaction/models/localizers/drn` that its own `__init__` imports,
so a stand-in is put into `sys.modules` first; no installed file is touched. Models that are not
registered by default in the `mmengine` scope need the scope `mmaction` while they are built.
"""

from __future__ import annotations

import copy
import sys
import types
import warnings
from typing import Any

from torch import nn

from common.core.errors import InputError, did_you_mean

_DRN = "mmaction.models.localizers.drn"


class _NotShipped:
    """Stands for the class that the wheel does not ship."""

    def __init__(self) -> None:
        raise NotImplementedError("DRN is not part of the mmaction2 1.2.0 wheel")


def build(config: dict[str, Any]) -> nn.Module:
    """Build a registered mmaction2 model (backbone, head, recogniser, localiser) from its config.

    Raises:
        InputError: mmaction2 is not installed, or has no such model.
    """
    models = _registry()
    if config["type"] not in models:
        raise InputError(
            "models.mmaction",
            "mmaction2",
            f"no model {config['type']!r}",
            did_you_mean(config["type"], list(models.module_dict)),
        )
    from mmengine.registry import DefaultScope

    with DefaultScope.overwrite_default_scope("mmaction"):
        return models.build(copy.deepcopy(config))  # some models write into it


def _registry() -> Any:
    """mmaction2's registry of models, filled."""
    if f"{_DRN}.drn" not in sys.modules:
        package, module = types.ModuleType(_DRN), types.ModuleType(f"{_DRN}.drn")
        package.__path__ = []
        module.DRN = _NotShipped  # type: ignore[attr-defined]
        package.drn = module  # type: ignore[attr-defined]
        sys.modules[_DRN], sys.modules[f"{_DRN}.drn"] = package, module
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # mmcv-lite says what it lacks; nothing here needs it
            import mmaction.models
    except ModuleNotFoundError as error:
        if error.name not in ("mmaction", "mmengine", "mmcv"):
            raise
        raise InputError(
            "models.mmaction",
            str(error.name),
            "is not installed",
            "Run `make install`, which adds mmengine, mmcv-lite and mmaction2.",
        ) from error
    return mmaction.registry.MODELS
