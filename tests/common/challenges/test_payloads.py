"""Result files as they come: plain, gzip, alone in a ZIP."""

import gzip
from pathlib import Path

import pytest

from common.challenges.archive_entries import Limits
from common.challenges.archives import write_zip
from common.challenges.payloads import read_gzip, read_payload
from common.core.errors import InputError


def test_plain_gzip_and_zip_give_the_same_bytes(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_bytes(b"{}")
    (tmp_path / "a.json.gz").write_bytes(gzip.compress(b"{}"))
    write_zip(tmp_path / "a.zip", {"test.json": b"{}", "__MACOSX/._test.json": b"x"})
    write_zip(tmp_path / "b.zip", {"test.json": b"{}", "more.json": b"x"})
    assert read_payload(tmp_path / "a.json") == b"{}"
    assert read_payload(tmp_path / "a.json.gz") == b"{}"
    assert read_payload(tmp_path / "a.zip") == b"{}"
    assert read_payload(tmp_path / "b.zip", "test.json") == b"{}"
    with pytest.raises(InputError, match="holds 2 files") as caught:
        read_payload(tmp_path / "b.zip", "other.json")
    assert caught.value.rule == "archive.single"


def test_gzip_bomb_and_damage_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.gz"
    path.write_bytes(gzip.compress(bytes(40_000_000)))
    with pytest.raises(InputError) as caught:
        read_gzip(path)
    assert caught.value.rule == "archive.ratio"
    for data in (gzip.compress(b"abc" * 99)[:-9], b"\x1f\x8b" + bytes(30)):
        path.write_bytes(data)
        with pytest.raises(InputError) as caught:
            read_payload(path)
        assert caught.value.rule == "archive.damaged"


def test_missing_folder_and_oversized_file_are_named(tmp_path: Path) -> None:
    for path in (tmp_path / "none.json", tmp_path):
        with pytest.raises(InputError, match="cannot be read") as caught:
            read_payload(path)
        assert caught.value.rule == "file.read"
    (tmp_path / "a.json").write_bytes(b"12345")
    with pytest.raises(InputError, match="has 5 bytes"):
        read_payload(tmp_path / "a.json", limits=Limits(member_bytes=4))
