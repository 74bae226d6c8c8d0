"""Hypothesis strategies: small sets of segments full of ties, repeats and degenerate cases."""

from __future__ import annotations

from hypothesis import strategies as st

VIDEOS = ("a", "b", "c")
LABELS = ("run", "jump", "sit")
# Few values, so that equal times, zero lengths and exact thresholds occur all the time.
TIMES = st.sampled_from([0.0, 1.0, 2.0, 3.0, 5.0, 6.0, 10.0, 0.1, 0.3])
TIED_SCORES = st.sampled_from([0.0, 0.25, 0.5, 0.5, 1.0, -3.0])


@st.composite
def segments(draw, videos=VIDEOS, labels=LABELS, min_size=0, max_size=12, ordered=False):
    """Rows video, label, start, end."""
    rows = []
    for _ in range(draw(st.integers(min_size, max_size))):
        start, end = draw(TIMES), draw(TIMES)
        if ordered or draw(st.booleans()):
            start, end = min(start, end), max(start, end)
        if ordered and start == end:
            end += 1.0
        row = {"video": draw(st.sampled_from(videos)), "label": draw(st.sampled_from(labels))}
        rows.append(row | {"start": start, "end": end})
    return rows


@st.composite
def scored(draw, videos=(*VIDEOS, "elsewhere"), labels=LABELS, tied=True, **sizes):
    """Rows with scores: tied ones, or all different."""
    rows = draw(segments(videos=videos, labels=labels, **sizes))
    if tied:
        return [row | {"score": draw(TIED_SCORES)} for row in rows]
    order = draw(st.permutations(range(len(rows))))
    return [row | {"score": 0.01 + rank / 100} for row, rank in zip(rows, order, strict=True)]


def columns(rows: list[dict], names=("video", "label", "start", "end")) -> dict[str, list]:
    """Rows as columns; `score` where the rows have it."""
    wanted = [*names, "score"] if rows and "score" in rows[0] else [*names]
    table = {name: [row[name] for row in rows] for name in wanted}
    table.setdefault("score", [])
    return table
