"""The bars of motion vectors: 500 frames a second at 320x240 on one core, 20 times Farneback."""

import pytest

from common.video import bench_motion_vectors


def test_every_size_and_method_has_a_row(monkeypatch):
    monkeypatch.setattr(bench_motion_vectors, "SIZES", ((64, 48),))
    monkeypatch.setattr(bench_motion_vectors, "FRAMES", 10)
    rows = bench_motion_vectors.run().rows
    assert [row[0] for row in rows[:6]] == ["decode only", "decode and vectors", "ours"] * 2
    assert [row[0] for row in rows[6:]] == [
        *(f"DIS {preset}" for preset in ("ultrafast", "fast", "medium")),
        "Farneback",
        "TV-L1",
    ]
    ours = min(row[3] for row in rows if row[0] == "ours")
    for _what, _size, codec, rate, times in rows:
        if codec is None and rate is not None:
            assert times == pytest.approx(ours / rate)


@pytest.mark.slow
def test_the_bars_hold(monkeypatch):
    monkeypatch.setattr(bench_motion_vectors, "SIZES", ((320, 240),))
    rows = bench_motion_vectors.run().rows
    assert min(row[3] for row in rows if row[0] == "ours") >= 500
    assert next(row[4] for row in rows if row[0] == "Farneback") >= 20
