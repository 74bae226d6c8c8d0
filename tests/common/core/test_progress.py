"""Progress: lines where there is no terminal."""

import io

from common.core.progress import Progress, track_progress


def test_without_a_terminal_one_last_line_is_printed():
    stream = io.StringIO()
    with Progress(3, "videos", stream) as progress:
        for item in "abc":
            progress.advance(item)
    lines = stream.getvalue().splitlines()
    assert len(lines) == 1 and lines[0].startswith("videos: 3/3")
    assert "\x1b" not in stream.getvalue()


def test_the_items_pass_through(capsys):
    assert list(track_progress("xyz", 3, "letters")) == ["x", "y", "z"]
    assert "letters: 3/3" in capsys.readouterr().err
