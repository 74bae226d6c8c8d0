"""The user's own copies: looked at, recorded, found again."""

import json
import shutil

import pytest

from common.core.errors import InputError
from common.data.ledger import PulledFile, read_links, record_link, record_pulled
from common.data.link import link, resolve
from common.data.sources import read_sources

SOURCES = read_sources()
WEIGHTS = b"PK\x03\x04 and so on"


@pytest.fixture
def data(tmp_path):
    return tmp_path / "data"


def test_a_clip_folder_is_checked_recorded_and_found(clip_folder, recipe_with, data):
    entry = link("trimmed-clips", clip_folder, SOURCES, data, recipe_with())
    assert (entry.files, entry.hashed) == (57, "content")  # 54 clips, 2 lists, the class file
    assert resolve("trimmed-clips", SOURCES, data) == clip_folder
    assert json.loads((data / "links.json").read_text())["trimmed-clips"]["sha256"] == entry.sha256


def test_the_hash_follows_the_content_and_not_the_place(clip_folder, recipe_with, data, tmp_path):
    first = link("trimmed-clips", clip_folder, SOURCES, data, recipe_with())
    copy = tmp_path / "copy"
    shutil.copytree(clip_folder, copy)
    assert link("trimmed-clips", copy, SOURCES, data, recipe_with()).sha256 == first.sha256
    clip = next((copy / "videos" / "Run").iterdir())
    clip.write_bytes(clip.read_bytes()[:-1] + b"?")
    assert link("trimmed-clips", copy, SOURCES, data, recipe_with()).sha256 != first.sha256


def test_a_faulty_clip_folder_is_not_recorded(clip_folder, recipe_with, data, tmp_path):
    copy = tmp_path / "copy"
    shutil.copytree(clip_folder, copy)
    (copy / "val.txt").write_text("gone.mp4 0\n")
    with pytest.raises(InputError, match=r"val\.txt line 1: no file"):
        link("trimmed-clips", copy, SOURCES, data, recipe_with())
    assert read_links(data) == {}


@pytest.mark.parametrize(
    ("name", "place", "message"),
    [
        ("vivit-fe-b16x2-k400", "folder", "is not a file"),
        ("vivit-fe-b16x2-k400", "page.html", "is no weights file"),
        ("activitynet-1.3-videos", "page.html", "is not a folder"),
        ("activitynet-1.3-videos", "folder", r"holds no file that ends in \.mp4"),
        ("activitynet-1.3-features", "folder", r"holds no file that ends in \.safetensors"),
        ("slowfast-r101-8x8-k400", "weights.pth", "SHA-256 is .* expected 9c0e09bd"),
        ("activitynet-1.3-annotations", "page.html", "is not a whole annotation file"),
        ("slowfast-r101", "weights.pth", "Did you mean"),
    ],
)
def test_what_is_something_else_is_refused(tmp_path, data, name, place, message):
    (tmp_path / "folder").mkdir()
    (tmp_path / "page.html").write_text("<html>sign in</html>")
    (tmp_path / "weights.pth").write_bytes(WEIGHTS)
    with pytest.raises(InputError, match=message):
        link(name, tmp_path / place, SOURCES, data, None)
    assert read_links(data) == {}


def test_videos_and_weights_are_linked(tmp_path, data):
    (tmp_path / "videos").mkdir()
    (tmp_path / "videos" / "v_a.mp4").write_bytes(b"12")
    (tmp_path / "videos" / "notes.txt").write_bytes(b"123")
    assert link("activitynet-1.3-videos", tmp_path / "videos", SOURCES, data, None).bytes == 2
    (tmp_path / "vivit.pth").write_bytes(WEIGHTS)
    link("vivit-fe-b16x2-k400", tmp_path / "vivit.pth", SOURCES, data, None)
    assert sorted(read_links(data)) == ["activitynet-1.3-videos", "vivit-fe-b16x2-k400"]


def test_a_link_can_be_forgotten(tmp_path, data):
    (tmp_path / "vivit.pth").write_bytes(WEIGHTS)
    link("vivit-fe-b16x2-k400", tmp_path / "vivit.pth", SOURCES, data, None)
    record_link(data, "vivit-fe-b16x2-k400", None)
    with pytest.raises(InputError, match="is missing .*TAdaConv model zoo"):
        resolve("vivit-fe-b16x2-k400", SOURCES, data)


def test_a_link_that_leads_nowhere_is_told(tmp_path, data):
    (tmp_path / "vivit.pth").write_bytes(WEIGHTS)
    link("vivit-fe-b16x2-k400", tmp_path / "vivit.pth", SOURCES, data, None)
    (tmp_path / "vivit.pth").unlink()
    with pytest.raises(InputError, match="which is gone"):
        resolve("vivit-fe-b16x2-k400", SOURCES, data)


def test_a_pulled_file_is_found_and_a_missing_one_says_how_to_get_it(data):
    with pytest.raises(InputError, match=r"emc2 data pull slowfast-r101-8x8-k400"):
        resolve("slowfast-r101-8x8-k400", SOURCES, data)
    place = SOURCES["slowfast-r101-8x8-k400"].file
    (data / "weights").mkdir(parents=True)
    (data / place).write_bytes(WEIGHTS)
    entry = PulledFile(place, len(WEIGHTS), "0" * 64, "somewhere")
    record_pulled(data, "slowfast-r101-8x8-k400", entry)
    assert resolve("slowfast-r101-8x8-k400", SOURCES, data) == data / place
