"""Extraction: what is there is kept, what changed is made again, what is broken is named."""

import csv
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from common.core.errors import InputError
from common.core.timebase import grid_for
from common.features.extract import extract_features, main
from common.features.network import Extractor, describe_extractor
from common.features.reuse import item_keys, lacking, sweep
from common.features.sources import dataset_videos, hash_videos, videos_by_id
from common.features.store import Features, read_features, write_features
from common.video.clips import read_clip
from common.video.encode import encode_video
from common.video.health import Health
from tests.common.features import tiny
from tests.common.video.film import Film, write_sound_only

ROOT = Path(__file__).resolve().parents[3]


def _video(path, shade=0, n=40):
    frames = (np.full((48, 64, 3), shade + 2 * k, np.uint8) for k in range(n))
    encode_video(path, frames, 10)
    return path


@pytest.fixture
def videos(tmp_path):
    return [_video(tmp_path / f"v{i}.mp4", shade=30 * i) for i in range(3)]


@pytest.fixture
def extractors(tmp_path):
    folder = tmp_path / "extractors"
    return [
        tiny.write_extractor(folder, "still", tiny.STILL),
        tiny.write_extractor(folder, "moving", tiny.MOVING, seed=1),
    ]


def _names(n, extractors=("still", "moving")):
    return sorted(f"{e}/v{i}.safetensors" for e in extractors for i in range(n))


def _files(folder):
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*.safetensors")}


def test_a_set_is_made_kept_mended_and_grown(tmp_path, videos, extractors):
    """One story in one process pool, since each start of workers costs seconds."""
    out = tmp_path / "out"
    made = extract_features(videos, extractors, out, tiny.params(workers=2), tiny.restore)
    assert (made.reused, made.computed, made.broken) == (0, 3, ())
    first = _files(out)
    assert sorted(first) == _names(3)

    # Features are what the network says of the frames on screen, at every snippet of the grid.
    found = read_features(out / "moving", "v1")
    network = Extractor(describe_extractor(extractors[1]), tiny.restore, "cpu")
    times = [grid_for(4.0, 0.5).centers() + offset for offset in (-0.375, -0.125, 0.125, 0.375)]
    frames = read_clip(videos[1], np.stack(times, axis=1).ravel(), tiny.SMALL)
    features, scores = network(frames.reshape(8, 4, *frames.shape[1:]))
    np.testing.assert_allclose(found.array, features, rtol=1e-5)
    np.testing.assert_allclose(found.scores, scores, rtol=1e-5)
    assert (found.duration, found.fps, found.classes) == (4.0, 10.0, tiny.CLASSES)
    assert found.grid == grid_for(4.0, 0.5)

    # Another video, a changed one, a broken one; a foreign file and half of one lie about.
    _video(videos[2], shade=120)
    videos.append(_video(tmp_path / "v3.mp4", shade=90))
    videos.append(write_sound_only(tmp_path / "sound.mp4"))
    shutil.copy(out / "still" / "v0.safetensors", out / "still" / "stranger.safetensors")
    (out / "still" / ".part-x.safetensors").write_bytes(b"half")
    params = tiny.params(max_broken=1)
    made = extract_features(videos, extractors, out, params, tiny.restore)
    assert (made.reused, made.computed) == (2, 2)
    assert made.summary().startswith("2 reused, 2 computed, 1 left out\n  sound: no_video_stream:")
    second = _files(out)
    assert sorted(second) == _names(4)
    changed = {name for name in first if first[name] != second[name]}
    assert changed == {"still/v2.safetensors", "moving/v2.safetensors"}
    with (out / "health.csv").open(newline="") as stream:
        rows = {row["video"]: row["status"] for row in csv.DictReader(stream)}
    assert rows == {"v0": "ok", "v1": "ok", "v2": "ok", "v3": "ok", "sound": "no_video_stream"}

    # New weights of one extractor touch its features alone; one that is dropped goes.
    tiny.write_extractor(tmp_path / "extractors", "moving", tiny.MOVING, seed=2)
    made = extract_features(videos[:2], extractors[1:], out, params, tiny.restore)
    assert (made.reused, made.computed) == (0, 2)
    third = _files(out)
    assert sorted(third) == _names(2, ["moving"])
    assert all(third[name] != second[name] for name in third)


def test_broken_videos_are_named_and_do_not_stop_the_others(tmp_path, videos, extractors):
    (tmp_path / "zero.mp4").touch()
    (tmp_path / "text.mp4").write_text("no video")
    cut = Film(60, grain=60, container_options={"movflags": "faststart"}).write(
        tmp_path / "cut.mp4"
    )
    cut.write_bytes(cut.read_bytes()[: cut.stat().st_size // 2])
    _video(tmp_path / "bright.mp4", shade=253, n=1)
    os.mkfifo(tmp_path / "pipe.mp4")
    names = ("zero", "text", "cut", "bright", "absent", "pipe")
    files = [*videos, *(tmp_path / f"{name}.mp4" for name in names)]
    params = tiny.params(max_broken=5, timeout_s=15.0, workers=2)
    made = extract_features(files, extractors, tmp_path / "out", params, tiny.restore_hanging)
    status = {row.video: row.status for row in made.rows}
    assert status == {
        "v0": "ok",
        "v1": "ok",
        "v2": "ok",
        "zero": "empty",
        "text": "undecodable",
        "cut": "truncated",
        "bright": "timeout",
        "absent": "missing",
        "pipe": "missing",
    }
    assert {row.video for row in made.broken} == {"zero", "text", "bright", "absent", "pipe"}
    truncated = read_features(tmp_path / "out" / "still", "cut")
    assert 1.0 < truncated.duration < 5.9
    assert len(truncated.array) == grid_for(truncated.duration, 0.5).n_snippets
    # The table is compared between machines: it names no folder.
    assert str(tmp_path) not in (tmp_path / "out" / "health.csv").read_text()


def test_more_broken_videos_than_allowed_end_the_run_and_are_named(tmp_path, videos, extractors):
    (tmp_path / "zero.mp4").touch()
    absent = tmp_path / "absent.mp4"
    with pytest.raises(InputError, match=r"1 items failed, at most 0 may \(absent: absent\.mp4"):
        extract_features(
            [*videos, absent], extractors, tmp_path / "out", tiny.params(), tiny.restore
        )
    assert not (tmp_path / "out").exists()


_RUN = """
import sys
from pathlib import Path
from common.features.extract import extract_features
from tests.common.features import tiny

if __name__ == "__main__":
    folder = Path(sys.argv[1])
    videos = sorted(folder.glob("*.mp4"))
    extractors = sorted((folder / "extractors").iterdir(), reverse=True)
    done = extract_features(videos, extractors, Path(sys.argv[2]), tiny.params(), tiny.restore)
    print(done.reused, done.computed)
"""


def test_a_killed_run_goes_on_and_equals_the_uninterrupted_one(tmp_path, videos, extractors):
    for i in range(3, 24):
        shutil.copy(videos[0], tmp_path / f"v{i:02}.mp4")
    script = tmp_path / "run.py"
    script.write_text(_RUN)
    command = [sys.executable, str(script), str(tmp_path)]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    out = tmp_path / "killed"
    run = subprocess.Popen([*command, str(out)], env=environment, stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + 60
    while len(list(out.glob("*/*.safetensors"))) < 6 and time.monotonic() < deadline:
        time.sleep(0.01)
    run.send_signal(signal.SIGKILL)
    run.wait()
    done = [
        subprocess.run([*command, str(folder)], env=environment, check=True, capture_output=True)
        for folder in (out, tmp_path / "whole")
    ]
    reused, computed = map(int, done[0].stdout.split())
    assert reused >= 2 and computed >= 1 and reused + computed == 24
    assert _files(out) == _files(tmp_path / "whole")
    assert (out / "health.csv").read_bytes() == (tmp_path / "whole" / "health.csv").read_bytes()
    assert not list(out.rglob(".part-*"))


_RUN_OUT_OF_SPACE = """
import resource, sys
from pathlib import Path
from common.features.extract import extract_features
from tests.common.features import tiny

if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_FSIZE, (300, resource.RLIM_INFINITY))
    folder = Path(sys.argv[1])
    weights = [folder / "extractors" / "still.safetensors"]
    params = tiny.params(max_broken=1)
    extract_features([folder / "v0.mp4"], weights, folder / "out", params, tiny.restore)
"""


def test_a_full_disk_ends_the_run_with_an_error_and_no_half_file(tmp_path, videos, extractors):
    script = tmp_path / "full.py"
    script.write_text(_RUN_OUT_OF_SPACE)
    done = subprocess.run(
        [sys.executable, str(script), str(tmp_path)],
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
    )
    # One video may be broken, but a full disk is not the video's fault.
    assert "v0.safetensors: cannot be written (File too large)" in done.stderr
    assert "at most" not in done.stderr
    assert not [path for path in (tmp_path / "out").rglob("*") if path.is_file()]


def test_keys_change_with_what_decides_the_content(tmp_path, extractors):
    files = [describe_extractor(path) for path in extractors]

    def keys(source="s", **changes):
        return item_keys({"v": source}, files, tiny.params(**changes))["v"]

    assert keys() == keys(workers=4, timeout_s=1.0, max_broken=9, names=["x"])
    changed = [keys("t"), keys(stride_seconds=0.4), keys(dtype="float16"), keys(batch=4)]
    assert all(set(keys()).isdisjoint(other) for other in changed)
    assert len(set(keys())) == 2
    tiny.write_extractor(tmp_path / "extractors", "still", tiny.STILL, seed=9)
    other = item_keys({"v": "s"}, [describe_extractor(extractors[0])], tiny.params())["v"]
    assert other[0] != keys()[0]


def test_a_sweep_leaves_what_extraction_did_not_make(tmp_path, extractors):
    files = [describe_extractor(path) for path in extractors]
    out = tmp_path / "out"
    (out / "still").mkdir(parents=True)
    (out / "notes.txt").write_text("mine")
    (out / "still" / "gone.safetensors").touch()
    grid = grid_for(1.0, 0.5)
    made = Health("v", "ok", 10, 1.0, 10.0, 64, 48)
    for folder, health in (("tsn", None), ("dropped", made)):
        array = np.zeros((2, 3), np.float32)
        texts = (folder, "unknown", "unknown", "unknown")
        stored = Features("v", array, None, None, grid, 1.0, 10.0, *texts, health)
        write_features(out / folder, stored)
    keys = item_keys({"v": "s"}, files, tiny.params())
    sweep(out, keys, files, lacking(keys, files, out))
    assert sorted(p.relative_to(out).as_posix() for p in out.rglob("*")) == [
        "notes.txt",
        "still",
        "tsn",
        "tsn/v.safetensors",
    ]


def test_the_stage_takes_imported_sets_as_they_are(tmp_path, monkeypatch, capsys):
    """Somebody who has features and no videos: nothing is asked for but the sets."""
    out = tmp_path / "artifacts" / "sample" / "features"
    texts = ("tsn", "unknown", "unknown", "unknown")
    array = np.zeros((2, 3), np.float32)
    grid = grid_for(1.0, 0.5)
    write_features(out / "tsn", Features("v", array, None, None, grid, 1.0, 9.0, *texts))
    text = re.sub(r"^profile: \w+", "profile: sample", (ROOT / "params.yaml").read_text())
    ours = "  names: [appearance, slowfast, r2plus1d]"
    assert ours in text
    (tmp_path / "params.yaml").write_text(text.replace(ours, "  names: [tsn]"))
    monkeypatch.setenv("EMC2_PARAMS", str(tmp_path / "params.yaml"))
    monkeypatch.chdir(tmp_path)
    main()
    assert "tsn: 1 videos, imported" in capsys.readouterr().err
    assert _files(out).keys() == {"tsn/v.safetensors"}


def test_two_videos_of_one_id_are_refused(tmp_path):
    with pytest.raises(InputError, match=r"a/x\.mp4 has the same id x"):
        videos_by_id([tmp_path / "a" / "x.mp4", tmp_path / "b" / "x.avi"])


def test_hashing_waits_for_no_pipe(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    sources, absent = hash_videos({"pipe": tmp_path / "pipe"}, 1)
    assert (sources, absent[0].rule) == ({}, "video.missing")


def test_the_videos_of_a_dataset_come_in_its_order_whatever_their_format(tmp_path):
    (tmp_path / "videos").mkdir()
    for name in ("b.mkv", "a.mp4", "stranger.mp4"):
        (tmp_path / "videos" / name).touch()
    (tmp_path / "videos.csv").write_text("video,subset\nb,train\na,test\nabsent,test\n")
    names = [path.name for path in dataset_videos(tmp_path)]
    assert names == ["b.mkv", "a.mp4", "absent.mp4"]
    (tmp_path / "videos" / "b.mp4").touch()
    with pytest.raises(InputError, match=r"video b has 2 files"):
        dataset_videos(tmp_path)


def test_an_extractor_that_is_none_is_named(tmp_path, videos):
    from common.core.tensor_files import write_tensors

    write_tensors(tmp_path / "w.safetensors", {"a": np.zeros(1)}, {"clip": "{}"})
    with pytest.raises(InputError, match=r"w\.safetensors: its metadata do not describe"):
        extract_features(videos, [tmp_path / "w.safetensors"], tmp_path / "out", tiny.params())
