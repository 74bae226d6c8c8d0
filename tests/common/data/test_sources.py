"""`sources.yaml`: the entries we ship, and what is refused."""

import importlib.util
from pathlib import Path

import pytest

from common.core.errors import InputError
from common.data.sources import get_source, names_for, read_sources

FETCHED = """
a:
  kind: weights
  file: weights/a.pth
  url: https://example.invalid/a-0123abcd.pth
  bytes: null
  sha256: null
  sha256_prefix: "0123abcd"
  licence: MIT
  purpose: a test
  needed_by: {full: [activitynet]}
"""


def _write(tmp_path, text):
    path = tmp_path / "sources.yaml"
    path.write_text(text)
    return path


def test_the_sample_profile_needs_no_data():
    assert names_for(read_sources(), "sample") == []


def test_full_activitynet_needs_the_annotation_the_videos_and_the_published_networks():
    assert names_for(read_sources(), "full", "activitynet") == [
        "activitynet-1.3-annotations",
        "activitynet-1.3-videos",
        "vivit-fe-b16x2-k400",
        "slowfast-r101-8x8-k400",
        "ircsn-r152-bnfrozen-ig65m-k400",
    ]


def test_every_fetched_file_of_the_zoo_is_pinned_by_its_hash_prefix():
    for name, source in read_sources().items():
        if source.url and source.kind == "weights":
            assert source.sha256_prefix and source.url.endswith(f"-{source.sha256_prefix}.pth"), (
                name
            )


def test_zoo_addresses_are_those_that_mmaction2_lists():
    mmaction = importlib.util.find_spec("mmaction")
    if mmaction is None:
        pytest.skip("mmaction2 is not installed")
    zoo = Path(mmaction.origin).parent / ".mim" / "configs" / "recognition"
    listed = "".join(path.read_text() for path in zoo.glob("*/metafile.yml"))
    ours = [s.url for s in read_sources().values() if s.url and "openmmlab" in s.url]
    assert len(ours) == 19
    assert [url for url in ours if url not in listed] == []


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("kind: weights", "kind: wights"), r"line 3: a\.kind: input should be"),
        (("licence: MIT", "license: MIT"), r'unknown key .license.\. Did you mean "licence"'),
        (('"0123abcd"', '"0123abce"'), "does not stand in the file name"),
        (('"0123abcd"', "123"), "sha256_prefix: "),
        (("sha256: null", "sha256: abc"), "sha256: string should match"),
        (("weights/a.pth", "../a.pth"), "path below the data folder"),
        (("weights/a.pth", "/a.pth"), "path below the data folder"),
        (("https://", "ftp://"), "http:// or https://"),
        (("bytes: null", "bytes: 0"), "bytes: "),
        (("{full:", "{ful:"), "needed_by"),
        (("  kind: weights", "  kind: weights\n  kind: clips"), "stands twice"),
        (("  licence: MIT\n", ""), "a.licence: field required"),
        (("  licence", "  supplied: user\n  licence"), "a supplied entry has `how`"),
    ],
)
def test_a_wrong_entry_is_named_with_its_line(tmp_path, change, message):
    with pytest.raises(InputError, match=message) as error:
        read_sources(_write(tmp_path, FETCHED.replace(*change)))
    assert "sources.yaml line" in error.value.where


def test_two_entries_cannot_share_a_file(tmp_path):
    with pytest.raises(InputError, match="b and a would both be weights/a.pth"):
        read_sources(_write(tmp_path, FETCHED + FETCHED.replace("\na:", "\nb:")))


def test_an_unknown_name_gets_the_nearest():
    with pytest.raises(InputError, match='Did you mean "slowfast-r101-8x8-k400"'):
        get_source(read_sources(), "slowfast-r101-8x8-k40")
