"""What is lacking, and how to get it."""

import tomllib
from pathlib import Path

import pytest

from common.core.errors import InputError
from common.data import components
from common.data.components import find_components
from common.data.doctor import examine, look_at_videos
from common.data.ledger import PulledFile, record_pulled
from common.data.link import link
from common.data.sources import read_sources

SOURCES = read_sources()
SLOWFAST = "slowfast-r101-8x8-k400"


def _need(data, name):
    return next(need for need in examine(SOURCES, data) if need.name == name)


def test_the_sample_profile_lacks_nothing(tmp_path):
    assert examine(SOURCES, tmp_path, "sample") == []


def test_everything_lacking_says_how_to_get_it(tmp_path):
    needs = examine(SOURCES, tmp_path)
    assert {need.profile for need in needs} == {"clips", "full"}
    assert all(need.lacking and need.fix for need in needs)


def test_a_pulled_file_is_in_place_until_its_size_changes(tmp_path):
    path = tmp_path / SOURCES[SLOWFAST].file
    path.parent.mkdir(parents=True)
    path.write_bytes(b"1234")
    assert "was not checked yet" in _need(tmp_path, SLOWFAST).detail
    record_pulled(tmp_path, SLOWFAST, PulledFile(SOURCES[SLOWFAST].file, 4, "0" * 64, "x"))
    assert (_need(tmp_path, SLOWFAST).state, _need(tmp_path, SLOWFAST).fix) == ("pulled", "")
    path.write_bytes(b"12345")
    assert _need(tmp_path, SLOWFAST).state == "changed"


def test_a_part_of_a_download_is_told(tmp_path):
    part = tmp_path / "weights" / ".part" / Path(SOURCES[SLOWFAST].file).name
    part.parent.mkdir(parents=True)
    part.write_bytes(b"0" * 2_500_000)
    assert _need(tmp_path, SLOWFAST).detail == "2.5 MB of it came, it resumes"


def test_a_link_is_in_place_until_it_leads_nowhere(tmp_path):
    videos = tmp_path / "videos"
    videos.mkdir()
    (videos / "v_a.mp4").write_bytes(b"1")
    link("activitynet-1.3-videos", videos, SOURCES, tmp_path, None)
    assert _need(tmp_path, "activitynet-1.3-videos").state == "linked"
    (videos / "v_a.mp4").unlink()
    videos.rmdir()
    assert _need(tmp_path, "activitynet-1.3-videos").state == "changed"


def _with_versions(monkeypatch, versions):
    monkeypatch.setattr(components, "_version", versions.get)
    return {component.name: component for component in find_components()}


def test_what_is_missing_is_named_with_the_line_that_gets_it(monkeypatch):
    found = _with_versions(monkeypatch, {})
    assert found["mmcv-lite"].state == "missing"
    assert found["mmcv-lite"].fix == "pip install --no-deps mmcv-lite==2.1.0"
    assert found["mmcv_ops"].state == "missing"
    assert found["mmcv_ops"].fix == ""  # nothing needs them


@pytest.mark.parametrize(
    ("name", "version", "state"),
    [
        ("torch", "2.13.0+cpu", "found"),
        ("torch", "2.11.0", "found"),
        ("torch", "2.14.0", "incompatible"),
        ("torch", "2.9.1", "incompatible"),
        ("mmcv-lite", "2.2.0", "incompatible"),
        ("mmcv-lite", "2.1.0", "found"),
        ("dvc", "3.67.1", "found"),
        ("dvc", "3.68.0", "incompatible"),
        ("av", "14.1.0", "incompatible"),
        ("av", "19.0.2", "found"),
    ],
)
def test_versions_are_held_against_what_works(monkeypatch, name, version, state):
    found = _with_versions(monkeypatch, {name: version})[name]
    assert (found.state, found.version) == (state, version)
    assert bool(found.fix) == (state != "found")


def test_the_windows_are_those_of_the_installation():
    project = tomllib.loads((Path(__file__).parents[3] / "pyproject.toml").read_text())
    extra = project["project"]["optional-dependencies"]["train"]
    wanted = {c.name: c.wanted.replace(" ", "") for c in find_components()}
    assert f"torch{wanted['torch']}" in extra
    assert f"av{wanted['av']}" in extra
    assert f"h5py{wanted['h5py']}" in extra
    assert "dvc==3.67.1" in extra


def test_every_video_of_a_folder_is_read(clip_folder, tmp_path):
    (tmp_path / "deep").mkdir()
    clip = next((clip_folder / "videos" / "Run").iterdir())
    (tmp_path / "deep" / "good.mp4").write_bytes(clip.read_bytes())
    (tmp_path / "bad.mp4").write_bytes(b"")
    (tmp_path / "notes.txt").touch()
    rows = look_at_videos(tmp_path, 1)
    assert [(row.video, row.status) for row in rows] == [
        ("bad.mp4", "empty"),
        ("deep/good.mp4", "ok"),
    ]


def test_a_folder_without_videos_is_an_error(tmp_path):
    with pytest.raises(InputError, match="holds no video"):
        look_at_videos(tmp_path, 1)
