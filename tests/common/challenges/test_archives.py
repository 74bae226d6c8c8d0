"""Archives of strangers: what is refused, what is read, what is written."""

import struct
import zipfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from common.challenges.archive_entries import Limits, name_problem
from common.challenges.archives import Archive, read_member, write_zip
from common.core.errors import InputError


def entry(name: str, mode: int = 0o100644) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
    info.create_system, info.external_attr = 3, mode << 16
    info.compress_type = zipfile.ZIP_DEFLATED
    return info


def make(path: Path, *members: tuple[zipfile.ZipInfo | str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in members:
            info = name if isinstance(name, zipfile.ZipInfo) else entry(name)
            archive.NameToInfo.pop(info.filename, None)  # repeated on purpose, without the warning
            archive.writestr(info, data)
    return path


def defects(path: Path) -> list[tuple[str, str]]:
    with Archive(path) as archive:
        return [(finding.rule, finding.place) for finding in archive.defects]


@pytest.mark.parametrize(
    "name",
    ["/a.png", "../a.png", "a/../../b.png", "C:a.png", "c:/x", "a\\b.png", "a/./b", "a//b",
     "a\n.png", "a\u202eb.png", "a\x7f.png"],
)  # fmt: skip
def test_unsafe_name_is_named_and_never_read(tmp_path: Path, name: str) -> None:
    path = make(tmp_path / "a.zip", ("good.png", b"x"), (name, b"y"))
    assert defects(path) == [("archive.name", name)]
    with Archive(path) as archive:
        assert archive.names == ("good.png",)
        with pytest.raises(InputError, match="unsafe"):
            archive.read(name)
    with pytest.raises(InputError) as caught:
        read_member(path, "good.png")
    assert caught.value.rule == "archive.name"


def test_nul_in_a_name_cannot_hide_the_rest_of_it(tmp_path: Path) -> None:
    path = make(tmp_path / "a.zip", ("a.pngXb", b"y"))
    path.write_bytes(path.read_bytes().replace(b"a.pngXb", b"a.png\0b"))
    assert [rule for rule, _ in defects(path)] == ["archive.name"]


@pytest.mark.parametrize(
    ("mode", "rule"), [(0o120777, "archive.link"), (0o010644, "archive.special")]
)
def test_link_or_special_file_is_refused(tmp_path: Path, mode: int, rule: str) -> None:
    assert defects(make(tmp_path / "a.zip", (entry("a/b.png", mode), b"../x"))) == [
        (rule, "a/b.png")
    ]


@pytest.mark.parametrize("second", ["a/b.png", "A/b.PNG", "a"])
def test_two_entries_for_one_file_are_refused(tmp_path: Path, second: str) -> None:
    path = make(tmp_path / "a.zip", ("a/b.png", b"1"), (second, b"2"))
    assert defects(path) == [("archive.duplicate", second)]


def test_encrypted_entry_is_refused(tmp_path: Path) -> None:
    path = make(tmp_path / "a.zip", ("a.png", b"1"))
    data = bytearray(path.read_bytes())
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(signature) + offset] |= 1
    path.write_bytes(data)
    assert defects(path) == [("archive.encrypted", "a.png")]


def test_bomb_is_refused_by_its_header(tmp_path: Path) -> None:
    path = make(tmp_path / "a.zip", ("a.png", bytes(3_000_000)), ("b.png", bytes(10_000)))
    assert ("archive.ratio", "a.png") in defects(path)
    assert all(place != "b.png" for _, place in defects(path))


def test_bomb_with_a_lying_header_stops_at_the_limit(tmp_path: Path) -> None:
    path = make(tmp_path / "a.zip", ("a.png", bytes(50_000_000)))
    data = path.read_bytes()
    path.write_bytes(data.replace(struct.pack("<L", 50_000_000), struct.pack("<L", 9_000)))
    with Archive(path) as archive, pytest.raises(InputError) as caught:
        archive.read("a.png")
    assert caught.value.rule == "archive.damaged"


def test_entries_that_share_bytes_are_refused(tmp_path: Path) -> None:
    path = make(tmp_path / "a.zip", ("a.png", b"1" * 50), ("b.png", b"2" * 50))
    data = bytearray(path.read_bytes())
    second = data.rindex(b"PK\x01\x02")
    data[second + 42 : second + 46] = struct.pack("<L", 1)
    path.write_bytes(data)
    assert ("archive.overlap", "b.png") in defects(path)


def test_too_many_entries_or_bytes_are_refused(tmp_path: Path) -> None:
    path = make(tmp_path / "a.zip", *[(f"{i}.png", b"0123456789") for i in range(9)])
    with pytest.raises(InputError, match="9 entries") as caught:
        Archive(path, Limits(members=8))
    assert caught.value.rule == "archive.members"
    with Archive(path, Limits(total_bytes=50)) as archive:
        assert archive.defects[0].rule == "archive.size"
        with pytest.raises(InputError, match="more than 50 bytes"):
            for name in archive.names:
                archive.read(name)
    with Archive(path) as archive, pytest.raises(InputError, match="more than the 4 bytes"):
        archive.read("0.png", limit=4)


def test_directory_of_millions_is_refused_before_it_is_read(tmp_path: Path) -> None:
    path = make(tmp_path / "a.zip", ("a.png", b"1"))
    data = bytearray(path.read_bytes())
    end = data.rindex(b"PK\x05\x06")
    data[end + 12 : end + 16] = struct.pack("<L", 0xFFFFFFF0)
    path.write_bytes(data)
    with pytest.raises(InputError) as caught:
        Archive(path)
    assert caught.value.rule == "archive.members"


@pytest.mark.parametrize("data", [b"", b"PK\x05\x06", b"PK\x03\x04" + bytes(99), b"\x1f\x8b" * 20])
def test_what_is_no_archive_is_refused(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "a.zip").write_bytes(data)
    with pytest.raises(InputError) as caught:
        Archive(tmp_path / "a.zip")
    assert caught.value.rule == "archive.open"


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_mutated_archive_is_read_or_refused(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    path = tmp_path_factory.mktemp("fuzz") / "a.zip"
    make(path, ("a/1.png", b"12345" * 30), ("a/2.png", b"abc"))
    content = bytearray(path.read_bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    path.write_bytes(content)
    try:
        with Archive(path) as archive:
            for name in archive.names:
                assert name_problem(name) is None
                archive.read(name)
    except InputError as error:
        assert error.rule.startswith("archive.")


def test_written_zip_is_sorted_dated_and_repeatable(tmp_path: Path) -> None:
    members = {"b/1.png": b"png", "a.json": b"{}", "c.txt": lambda: b"x" * 90}
    write_zip(tmp_path / "1.zip", members)
    write_zip(tmp_path / "2.zip", dict(reversed(members.items())))
    assert (tmp_path / "1.zip").read_bytes() == (tmp_path / "2.zip").read_bytes()
    with zipfile.ZipFile(tmp_path / "1.zip") as archive:
        infos = archive.infolist()
        assert [info.filename for info in infos] == ["a.json", "b/1.png", "c.txt"]
        assert {info.date_time for info in infos} == {(1980, 1, 1, 0, 0, 0)}
        assert {info.external_attr >> 16 for info in infos} == {0o100644}


def test_written_zip_never_looks_like_a_bomb(tmp_path: Path) -> None:
    write_zip(tmp_path / "1.zip", {"a.json": b"0.5," * 1_000_000})
    assert defects(tmp_path / "1.zip") == []
    assert read_member(tmp_path / "1.zip", "a.json") == b"0.5," * 1_000_000
