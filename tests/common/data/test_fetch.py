"""Downloads from a server that cuts, lies, forgets and changes its mind."""

import hashlib
import resource
import signal
import urllib.error
import urllib.request
from email.message import Message

import pytest

from common.core.errors import InputError
from common.data.fetch import Patience, Pin, SafeRedirects, fetch

HASTY = Patience(tries=3, timeout_s=5.0, pause=lambda seconds: None)


def _fetch(server, tmp_path, pin=None, **options):
    return fetch(f"{server.url}/w.pth", tmp_path / "w.pth", pin or Pin(), patience=HASTY, **options)


def _left_behind(tmp_path):
    part = tmp_path / ".part" / "w.pth"
    assert not (tmp_path / "w.pth").exists()
    return part.stat().st_size if part.exists() else None


def test_a_whole_file_comes_with_its_size_and_hash(server, tmp_path):
    assert _fetch(server, tmp_path, Pin(sha256=server.sha256)) == (512_000, server.sha256)
    assert (tmp_path / "w.pth").read_bytes() == server.body
    assert [p.name for p in (tmp_path / ".part").iterdir()] == ["w.pth.lock"]


def test_a_cut_connection_is_resumed_where_it_broke(server, tmp_path):
    server.cuts = [100_000, 50_000]
    assert _fetch(server, tmp_path) == (512_000, server.sha256)
    assert [r.get("Range") for r in server.requests] == [None, "bytes=100000-", "bytes=150000-"]
    assert {r.get("If-Range") for r in server.requests[1:]} == {'"one"'}


def test_a_later_call_goes_on_where_an_earlier_one_gave_up(server, tmp_path):
    server.cuts, server.statuses = [300_000], [200, 503, 503, 503]
    with pytest.raises(InputError, match=r"answered 503 \(3 tries in a row, 300000 bytes") as error:
        _fetch(server, tmp_path)
    assert error.value.rule == "data.connection"
    assert _left_behind(tmp_path) == 300_000
    server.requests.clear()
    assert _fetch(server, tmp_path) == (512_000, server.sha256)
    assert [r.get("Range") for r in server.requests] == ["bytes=300000-"]


def test_a_file_that_changed_in_between_comes_anew(server, tmp_path):
    def change(n_requests):
        if n_requests == 2:
            server.body, server.etag = b"new" * 1000, '"two"'

    server.cuts, server.on_request = [1000], change
    assert _fetch(server, tmp_path) == (3000, server.sha256)
    assert (tmp_path / "w.pth").read_bytes() == b"new" * 1000


def test_a_changed_file_without_etag_shows_by_its_hash_and_is_fetched_whole(server, tmp_path):
    old = server.body
    server.etag, server.body = None, b"\0" * 1000 + old[1000:]

    def mend(n_requests):
        if n_requests == 2:
            server.body = old

    server.cuts, server.on_request = [1000], mend
    pin = Pin(sha256=hashlib.sha256(old).hexdigest())
    assert _fetch(server, tmp_path, pin)[1] == pin.sha256
    assert [r.get("Range") for r in server.requests] == [None, "bytes=1000-", None]


def test_a_server_that_ignores_range_sends_all_again(server, tmp_path):
    server.cuts, server.ignore_range = [100_000], True
    assert _fetch(server, tmp_path) == (512_000, server.sha256)
    assert (tmp_path / "w.pth").read_bytes() == server.body


@pytest.mark.parametrize(
    "pin", [Pin(sha256="0" * 64), Pin(sha256_prefix="00000000")], ids=["full", "prefix"]
)
def test_wrong_bytes_are_refused_and_nothing_stays(server, tmp_path, pin):
    with pytest.raises(InputError, match=r"SHA-256 is [0-9a-f]{64}, expected 00000000") as error:
        _fetch(server, tmp_path, pin)
    assert error.value.rule == "data.sha256"
    assert _left_behind(tmp_path) is None
    assert len(server.requests) == 1


def test_a_wrong_size_is_refused_before_it_is_fetched(server, tmp_path):
    with pytest.raises(InputError, match="announces 512000 bytes, expected 7"):
        _fetch(server, tmp_path, Pin(bytes=7))
    assert _left_behind(tmp_path) is None


def test_too_long_a_content_length_is_seen_through(server, tmp_path):
    server.length = 600_000
    assert _fetch(server, tmp_path, Pin(sha256=server.sha256)) == (512_000, server.sha256)


def test_too_long_a_content_length_without_ranges_ends_in_an_error(server, tmp_path):
    server.length, server.ranges = 600_000, False
    with pytest.raises(InputError, match="ended at 512000 of 600000 announced bytes"):
        _fetch(server, tmp_path)
    assert _left_behind(tmp_path) is None  # it could not be resumed


def test_too_short_a_content_length_shows_by_the_hash(server, tmp_path):
    server.length = 1000
    with pytest.raises(InputError) as error:
        _fetch(server, tmp_path, Pin(sha256=server.sha256))
    assert error.value.rule == "data.sha256"
    assert _left_behind(tmp_path) is None


def test_a_chunked_answer_that_is_cut_is_not_taken_for_whole(server, tmp_path):
    server.chunked, server.cuts = True, [4000]
    assert _fetch(server, tmp_path) == (512_000, server.sha256)
    assert len(server.requests) == 2


def test_what_cannot_be_resumed_is_not_kept(server, tmp_path):
    server.etag, server.statuses, server.cuts = None, [200, 500, 500, 500], [1000]
    with pytest.raises(InputError, match=r"try again\. \[data.connection\]"):
        _fetch(server, tmp_path)
    assert _left_behind(tmp_path) is None


def test_a_missing_file_is_an_error_at_once(server, tmp_path):
    server.statuses = [404]
    with pytest.raises(InputError, match="the server answered 404") as error:
        _fetch(server, tmp_path)
    assert error.value.rule == "data.http"
    assert len(server.requests) == 1


def test_a_busy_server_is_given_the_time_it_asks_for(server, tmp_path):
    pauses = []
    server.statuses = [503, 503, 200]
    patience = Patience(tries=3, timeout_s=5.0, pause=pauses.append)
    fetch(f"{server.url}/w.pth", tmp_path / "w.pth", Pin(), patience=patience)
    assert pauses == [2.0, 4.0]


def test_a_redirection_out_of_http_is_not_followed(server, tmp_path):
    server.statuses, server.location = [302], "file:///etc/hostname"
    with pytest.raises(InputError, match="'file:///etc/hostname' is not allowed"):
        _fetch(server, tmp_path)


def test_a_redirection_from_https_down_to_http_is_not_followed():
    request = urllib.request.Request("https://secure.invalid/w")
    with pytest.raises(urllib.error.HTTPError, match="unsafe address http://open"):
        SafeRedirects().redirect_request(request, None, 302, "", Message(), "http://open.invalid/w")


def test_nobody_listening_is_a_clear_error(tmp_path):
    with pytest.raises(InputError, match="the connection failed"):
        fetch("http://127.0.0.1:9/w", tmp_path / "w", Pin(), patience=HASTY)
    assert not (tmp_path / "w").exists()


def test_a_file_that_is_refused_on_inspection_is_removed(server, tmp_path):
    def refuse(path):
        assert path.read_bytes() == server.body
        raise InputError("test.refused", str(path), "no", "Take another.")

    with pytest.raises(InputError, match="test.refused"):
        _fetch(server, tmp_path, inspect=refuse)
    assert _left_behind(tmp_path) is None


def test_a_full_disk_is_an_error_and_the_next_call_goes_on(server, tmp_path):
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, hard))
    try:
        with pytest.raises(InputError) as error:
            _fetch(server, tmp_path)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert error.value.rule == "file.write"
    assert _left_behind(tmp_path) == 200_000
    assert _fetch(server, tmp_path) == (512_000, server.sha256)
    assert server.requests[-1]["Range"] == "bytes=200000-"


def test_an_unwritable_folder_is_an_error(server, tmp_path):
    (tmp_path / "plain").touch()
    with pytest.raises(InputError) as error:
        fetch(f"{server.url}/w", tmp_path / "plain" / "w", Pin(), patience=HASTY)
    assert error.value.rule == "file.write"
