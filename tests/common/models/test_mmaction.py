"""The door to mmaction2 opens whatever was imported before, and says what is wrong."""

import subprocess
import sys

import pytest
from mmengine.registry import DefaultScope

from common.core.errors import InputError
from common.models.mmaction import build

R2PLUS1D = {
    "type": "ResNet2Plus1d",
    "depth": 18,
    "pretrained": None,
    "pretrained2d": False,
    "base_channels": 4,
    "num_stages": 1,
    "stage_blocks": (1,),
    "spatial_strides": (1,),
    "temporal_strides": (1,),
    "dilations": (1,),
    "out_indices": (0,),
    "conv_cfg": {"type": "Conv2plus1d"},
    "norm_cfg": {"type": "BN3d"},
}


def test_a_model_that_needs_the_mmaction_scope_builds_in_any_scope():
    with DefaultScope.overwrite_default_scope("mmengine"):
        assert type(build(R2PLUS1D)).__name__ == "ResNet2Plus1d"


def test_the_config_is_not_written_into():
    before = repr(R2PLUS1D)
    build(R2PLUS1D)
    assert repr(R2PLUS1D) == before


def test_an_unknown_model_gets_the_nearest_name():
    with pytest.raises(InputError, match='Did you mean "ResNet3dCSN"'):
        build({"type": "ResNet3dCNS"})


def test_the_adapter_itself_imports_nothing_heavy():
    code = "import common.models.mmaction, sys; sys.exit('mmaction' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


class _Hidden:
    """A finder that hides one package, as if it were not installed."""

    @staticmethod
    def find_spec(name, path=None, target=None):
        if name == "mmaction":
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
        return None


def test_without_mmaction_the_error_names_it(monkeypatch):
    for name in [name for name in sys.modules if name.partition(".")[0] == "mmaction"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setattr(sys, "meta_path", [_Hidden, *sys.meta_path])
    with pytest.raises(InputError, match=r"mmaction: is not installed\. Run `make install`"):
        build(R2PLUS1D)
