"""Pulling by name: pins, first pulls, mirrors, and what lies there already."""

import hashlib
import json

import pytest

from common.core.errors import InputError
from common.data.fetch import Patience
from common.data.ledger import read_pulled
from common.data.pull import pull
from common.data.sources import Source

HASTY = Patience(tries=2, timeout_s=5.0, pause=lambda seconds: None)
BODY = bytes(range(256)) * 2000
SHA = hashlib.sha256(BODY).hexdigest()


def _weights(base, **changes):
    fields = {
        "kind": "weights",
        "url": f"{base}/w.pth",
        "file": "weights/w.pth",
        "licence": "MIT",
        "purpose": "a test",
        "needed_by": {},
    }
    return {"w": Source(**{**fields, **changes})}


def _pull(server, tmp_path, mirror="", **changes):
    return pull(["w"], _weights(server.url, **changes), tmp_path, mirror, HASTY)


def test_a_pinned_file_is_pulled_once(server, tmp_path):
    done, failed = _pull(server, tmp_path, sha256=SHA, bytes=len(BODY))
    assert (done[0].state, done[0].sha256, done[0].first, failed) == ("pulled", SHA, False, [])
    assert (tmp_path / "weights" / "w.pth").read_bytes() == BODY
    done, _ = _pull(server, tmp_path, sha256=SHA)
    assert done[0].state == "present"
    assert len(server.requests) == 1


def test_the_first_pull_records_what_nobody_published(server, tmp_path):
    done, _ = _pull(server, tmp_path)
    assert done[0].first
    entry = read_pulled(tmp_path)["w"]
    assert (entry.file, entry.bytes, entry.sha256) == ("weights/w.pth", len(BODY), SHA)


def test_a_later_pull_must_equal_the_recorded_one(server, tmp_path):
    _pull(server, tmp_path)
    (tmp_path / "weights" / "w.pth").unlink()
    server.body = b"x" * len(BODY)
    done, failed = _pull(server, tmp_path)
    assert done == []
    assert failed[0].rule == "data.sha256"
    assert not (tmp_path / "weights" / "w.pth").exists()
    assert read_pulled(tmp_path)["w"].sha256 == SHA


def test_a_damaged_file_that_lies_there_is_named_and_not_overwritten(server, tmp_path):
    _pull(server, tmp_path)
    target = tmp_path / "weights" / "w.pth"
    target.write_bytes(BODY[:-1] + b"?")
    _, failed = _pull(server, tmp_path)
    assert "lies here already, but SHA-256 is" in str(failed[0])
    assert target.read_bytes().endswith(b"?")


def test_a_file_put_there_by_hand_counts_when_its_hash_is_right(server, tmp_path):
    (tmp_path / "weights").mkdir()
    (tmp_path / "weights" / "w.pth").write_bytes(BODY)
    done, _ = _pull(server, tmp_path, sha256=SHA)
    assert done[0].state == "present"
    assert server.requests == []


def test_one_failure_does_not_keep_the_others_from_coming(server, tmp_path):
    server.statuses = [404]
    sources = {
        **_weights(server.url),
        "v": _weights(server.url, file="weights/v.pth")["w"],
    }
    done, failed = pull(["w", "v"], sources, tmp_path, "", HASTY)
    assert [entry.name for entry in done] == ["v"]
    assert [error.rule for error in failed] == ["data.http"]


@pytest.mark.parametrize("form", ["{}", "file://{}"])
def test_a_mirror_folder_stands_in_for_the_publisher(server, tmp_path, form):
    (tmp_path / "mirror" / "weights").mkdir(parents=True)
    (tmp_path / "mirror" / "weights" / "w.pth").write_bytes(BODY)
    mirror = form.format(tmp_path / "mirror")
    done, failed = _pull(server, tmp_path / "data", mirror, sha256=SHA)
    assert (done[0].sha256, failed, server.requests) == (SHA, [], [])


def test_the_mirror_comes_from_the_environment(server, tmp_path, monkeypatch):
    monkeypatch.setenv("EMC2_MIRROR", f"{server.url}/copy")
    sources = _weights("https://unreachable.invalid")
    done, _ = pull(["w"], sources, tmp_path, None, HASTY)
    assert done[0].sha256 == SHA
    assert server.requests[0]["path"] == "/copy/weights/w.pth"


def test_a_mirror_with_wrong_bytes_is_refused(server, tmp_path):
    (tmp_path / "mirror" / "weights").mkdir(parents=True)
    (tmp_path / "mirror" / "weights" / "w.pth").write_bytes(b"other")
    _, failed = _pull(server, tmp_path / "data", str(tmp_path / "mirror"), sha256=SHA)
    assert failed[0].rule == "data.sha256"
    assert [p for p in (tmp_path / "data").rglob("*") if p.is_file() and p.suffix == ".pth"] == []


def test_a_mirror_without_the_file_says_so(server, tmp_path):
    _, failed = _pull(server, tmp_path / "data", str(tmp_path))
    assert "the mirror has no such file" in str(failed[0])


@pytest.mark.parametrize("body", [b"<html>", b'{"database": {}}', b'{"database": {"a": 1}', b"[]"])
def test_an_annotation_that_is_none_is_refused_though_no_hash_is_known(server, tmp_path, body):
    server.body = body
    _, failed = _pull(server, tmp_path, kind="annotations", file="a.json")
    assert failed[0].rule == "data.annotations"
    assert not (tmp_path / "a.json").exists()


def test_a_supplied_source_cannot_be_pulled(server, tmp_path):
    changes = {"url": None, "file": None, "supplied": "user", "how": "Ask the authors."}
    with pytest.raises(InputError, match=r"yours to supply.*Ask the authors\."):
        _pull(server, tmp_path, **changes)


def test_a_broken_record_is_named(server, tmp_path):
    (tmp_path / "pulled.json").write_text(json.dumps({"w": {"surprise": 1}}))
    _, failed = _pull(server, tmp_path)
    assert failed[0].rule == "data.record"
