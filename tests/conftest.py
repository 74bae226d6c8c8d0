"""Fixtures that every test may use."""

import os
from pathlib import Path

import pytest
from hypothesis import settings

# Two test processes share two cores; and a forked child of a process with a pool of threads hangs.
os.environ.setdefault("OMP_NUM_THREADS", "1")

# A shared machine may stall for longer than any sensible deadline of one example.
settings.register_profile("emc2", deadline=None)
settings.load_profile("emc2")


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of shared real data beside the working copy; the test skips where it is absent."""
    folder = Path(__file__).resolve().parents[2] / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("needs the shared data folder beside the working copy")
    return folder
