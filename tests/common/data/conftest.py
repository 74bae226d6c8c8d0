"""A web server on 127.0.0.1 that misbehaves as it is told; a folder of small clips."""

from __future__ import annotations

import hashlib
import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest

from common.core.params.composed import Composed
from common.core.seeds import derive_seed
from common.video.encode import encode_video


@dataclass
class Server:
    """Serves `body` under every path. `cuts`: bytes after which each next answer breaks off."""

    body: bytes = b""
    etag: str | None = '"one"'
    ranges: bool = True
    ignore_range: bool = False
    cuts: list[int] = field(default_factory=list)
    statuses: list[int] = field(default_factory=list)
    length: int | None = None  # a wrong Content-Length
    chunked: bool = False
    location: str | None = None
    on_request: object = None
    requests: list[dict[str, str]] = field(default_factory=list)
    url: str = ""

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.body).hexdigest()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    script: Server

    def do_GET(self) -> None:
        script = self.script
        script.requests.append({"path": self.path, **{k: v for k, v in self.headers.items()}})
        if script.on_request:
            script.on_request(len(script.requests))
        if script.statuses and (status := script.statuses.pop(0)) != 200:
            self._empty(status)
            return
        first = self._first()
        if first is not None and first >= len(script.body):
            self._empty(416, f"bytes */{len(script.body)}")
            return
        self._send(first or 0, 200 if first is None else 206)

    def _first(self) -> int | None:
        wanted = self.headers.get("Range")
        if wanted is None or self.script.ignore_range:
            return None
        if self.headers.get("If-Range") not in (None, self.script.etag):
            return None
        return int(wanted.removeprefix("bytes=").removesuffix("-"))

    def _empty(self, status: int, content_range: str | None = None) -> None:
        self.send_response(status)
        if content_range:
            self.send_header("Content-Range", content_range)
        if status in (301, 302):
            self.send_header("Location", self.script.location)
        self.send_header("Content-Length", "0")
        self.send_header("Connection", "close")
        self.end_headers()
        self.close_connection = True

    def _send(self, first: int, status: int) -> None:
        script, data = self.script, self.script.body[first:]
        self.send_response(status)
        if script.etag:
            self.send_header("ETag", script.etag)
        if script.ranges:
            self.send_header("Accept-Ranges", "bytes")
        if status == 206:
            last = len(script.body) - 1
            self.send_header("Content-Range", f"bytes {first}-{last}/{len(script.body)}")
        if script.chunked:
            self.send_header("Transfer-Encoding", "chunked")
            data = b"%x\r\n%s\r\n0\r\n\r\n" % (len(data), data)
        else:
            self.send_header("Content-Length", str(script.length or len(data)))
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(data[: script.cuts.pop(0)] if script.cuts else data)
        self.wfile.flush()
        self.connection.shutdown(socket.SHUT_RDWR)
        self.close_connection = True

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    for name in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "EMC2_MIRROR"):
        monkeypatch.delenv(name, raising=False)
    script = Server(body=bytes(range(256)) * 2000)
    handler = type("Handler", (_Handler,), {"script": script})
    running = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    running.daemon_threads = True
    thread = threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    script.url = f"http://127.0.0.1:{running.server_address[1]}"
    yield script
    running.shutdown()
    running.server_close()
    thread.join()


def make_recipe(**changes: object) -> Composed:
    """A small recipe that the clip folder below can serve."""
    fields: dict[str, object] = {
        "source": "trimmed-clips",
        "classes": "classes.csv",
        "lists": {"train": ["train.txt"], "validation": ["val.txt"], "test": ["val.txt"]},
        "group_pattern": "(.+)_c[0-9]+$",
        "videos": {"train": 3, "validation": 2, "test": 2},
        "instances": {"min": 2, "max": 3},
        "min_instances": 1,
        "zipf_exponent": 1.0,
        "instance_seconds": {"median": 1.5, "sigma": 0.4, "min": 0.8, "max": 3.0},
        "background_seconds": {"median": 1.0, "sigma": 0.4, "min": 0.8, "max": 3.0},
        "video_seconds": {"min": 3, "max": 30},
        "edge_background": 0.8,
        "cuts_per_run": 1.0,
        "min_piece_seconds": 0.4,
        "fps": 10.0,
        "width": 32,
        "height": 24,
        "crf": 10,
        "timeout_s": 60.0,
        "max_broken": 0,
    }
    return Composed.model_validate(fields | changes)


CLASSES = {"Jump": "target", "Run": "target", "Idle": "background"}


def colour(clip: str) -> int:
    """The grey of a clip, so that a test sees in the pixels which clip it looks at."""
    return 20 + derive_seed(0, clip) % 12 * 18


def write_clips(folder: Path) -> None:
    """Nine groups of two grey clips each for every class: five for train.txt, four for val.txt."""
    lists: dict[str, list[str]] = {"train.txt": [], "val.txt": []}
    rows = ["class,label,official_id,role"]
    for number, (name, role) in enumerate(CLASSES.items()):
        rows.append(f"{name},{number},{number + 40},{role}")
        for group in range(1, 10):
            for clip in (1, 2):
                stem = f"v_{name}_g{group:02d}_c{clip:02d}"
                place = f"videos/{name}/{stem}.mp4"
                fps = 10 if group % 2 else 15
                frame = np.full((24, 32, 3), colour(stem), np.uint8)
                encode_video(folder / place, [frame] * (2 * fps), fps, crf=10)
                lists["train.txt" if group < 6 else "val.txt"].append(f"{place} {number}")
    (folder / "classes.csv").write_text("\n".join(rows) + "\n")
    for name, lines in lists.items():
        (folder / name).write_text("\n".join(lines) + "\n")


@pytest.fixture(scope="session")
def clip_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A clip folder of the usual layout; tests that change it copy it first."""
    folder = tmp_path_factory.mktemp("clips")
    write_clips(folder)
    return folder


@pytest.fixture(scope="session")
def recipe_with() -> Callable[..., Composed]:
    """Makes recipes for that folder: `recipe_with(fps=5.0)`."""
    return make_recipe


@pytest.fixture(scope="session")
def grey_of() -> Callable[[str], int]:
    """The grey of a clip of that folder."""
    return colour
