"""Which optional packages and programs are here, without importing any of them."""

from __future__ import annotations

import importlib.metadata
import re
import shutil
from dataclasses import dataclass
from typing import Literal

State = Literal["found", "missing", "incompatible"]


@dataclass(frozen=True, slots=True)
class Component:
    """One optional part: `fix` is the exact line that gets it, `serves` what is lost without."""

    name: str
    state: State
    version: str
    wanted: str
    serves: str
    fix: str


@dataclass(frozen=True, slots=True)
class _Package:
    name: str
    low: str
    below: str | None
    serves: str
    install: str

    @property
    def wanted(self) -> str:
        below = f", <{self.below}" if self.below else ""
        return f">={self.low}{below}"


# mmcv-lite 2.2 is refused by mmaction2 1.2; the three of OpenMMLab come without their dependencies,
# each of which would bring a second OpenCV.
_PACKAGES = (
    _Package("torch", "2.11", "2.14", "training, extraction, predict", "pip install torch==2.13.0"),
    _Package("av", "18", None, "reading and writing videos", "pip install 'av>=18'"),
    _Package("dvc", "3.67.1", "3.67.2", "dvc repro", "pip install dvc==3.67.1"),
    _Package("mmengine", "0.10.7", None, "training", "pip install --no-deps mmengine==0.10.7"),
    _Package(
        "mmcv-lite", "2.1.0", "2.2.0", "the backbones", "pip install --no-deps mmcv-lite==2.1.0"
    ),
    _Package("mmaction2", "1.2.0", None, "the backbones", "pip install --no-deps mmaction2==1.2.0"),
    _Package("h5py", "3.15", None, "importing HDF5 features", "pip install 'h5py>=3.15'"),
)
_BROWSERS = ("chromium", "chromium-browser", "google-chrome")


def find_components() -> list[Component]:
    """All optional parts, in the order in which a user meets them."""
    return [*map(_package, _PACKAGES), _mmcv_ops(), _browser()]


def _package(package: _Package) -> Component:
    version = _version(package.name)
    state: State = "found"
    if version is None:
        state = "missing"
    elif not _release(package.low) <= _release(version) or (
        package.below is not None and _release(version) >= _release(package.below)
    ):
        state = "incompatible"
    return Component(
        package.name,
        state,
        version or "",
        package.wanted,
        package.serves,
        "" if state == "found" else package.install,
    )


def _mmcv_ops() -> Component:
    """The compiled operators come with the full mmcv only, and nothing here uses them."""
    version = _version("mmcv")
    return Component(
        "mmcv_ops",
        "found" if version else "missing",
        version or "",
        "",
        "nothing: no compiled operator is used",
        "",
    )


def _browser() -> Component:
    path = next((found for name in _BROWSERS if (found := shutil.which(name))), None)
    return Component(
        "chromium",
        "found" if path else "missing",
        "",
        "",
        "looking at reports in the tests",
        "" if path else "apt-get install chromium",
    )


def _version(name: str) -> str | None:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return None


def _release(version: str) -> tuple[int, ...]:
    """(2, 13, 0) of `2.13.0+cpu`: build and pre-release marks do not count."""
    found = re.match(r"\d+(\.\d+)*", version)
    numbers = [int(part) for part in found[0].split(".")] if found else []
    while numbers and numbers[-1] == 0:
        numbers.pop()
    return tuple(numbers)
