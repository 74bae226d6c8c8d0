"""Matches and error types: the published program's example, a plain reference, invariances."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from common.submission.analysis.matching import (
    BACKGROUND_TIOU,
    KIND_LETTER,
    KIND_NAME,
    Kind,
    match_detections,
)

TIOU = np.linspace(0.5, 0.95, 10)
segment = st.tuples(st.integers(0, 20), st.integers(1, 12)).map(lambda s: (s[0], s[0] + s[1]))
truth_row = st.tuples(st.sampled_from("uvw"), segment, st.sampled_from("ABC"))
# The videos x and the label D have no truth.
found_row = st.tuples(st.sampled_from("uvwx"), segment, st.sampled_from("ABCD"), st.integers(0, 4))


def as_truth(rows):
    return pd.DataFrame(
        [(v, float(s[0]), float(s[1]), c) for v, s, c in rows],
        columns=["video", "start", "end", "label"],
    )


def as_detections(rows):
    return pd.DataFrame(
        [(v, float(s[0]), float(s[1]), c, k / 4) for v, s, c, k in rows],
        columns=["video", "start", "end", "label", "score"],
    )


def in_file_order(matches, values):
    """(K, N) values of the detections in the order of the table that was given."""
    result = np.full((len(values), matches.detections["row"].max() + 1), -9)
    result[:, matches.detections["row"]] = values
    return result


def plain_tiou(a, b):
    overlap = max(0.0, min(a.end, b.end) - max(a.start, b.start))
    return overlap / (a.end - a.start + b.end - b.start - overlap)


def plain_kinds(truth, detections, threshold):
    """The rules once more, one detection after the other; {row: kind}."""
    truth = truth.sort_values(["video", "start", "end", "label"], kind="stable")
    labels, taken, kinds = set(truth["label"]), set(), {}
    by_score = detections.iloc[::-1].sort_values("score", ascending=False, kind="stable")
    for row in by_score.itertuples():
        if row.label not in labels:
            continue
        in_video = [t for t in truth.itertuples() if t.video == row.video]
        free = [
            (plain_tiou(t, row), t.Index)
            for t in in_video
            if t.label == row.label and t.Index not in taken and plain_tiou(t, row) >= threshold
        ]
        if free:
            taken.add(max(free)[1])
            kinds[row.Index] = Kind.TRUE_POSITIVE
            continue
        best = max((plain_tiou(t, row) for t in in_video), default=0.0)
        first = next((t for t in in_video if plain_tiou(t, row) == best), None)
        same = first is not None and first.label == row.label
        if best >= threshold:
            kinds[row.Index] = Kind.DOUBLE if same else Kind.WRONG_LABEL
        elif best < BACKGROUND_TIOU:
            kinds[row.Index] = Kind.BACKGROUND
        else:
            kinds[row.Index] = Kind.LOCALISATION if same else Kind.CONFUSION
    return kinds


def test_the_published_programs_example(golden_truth, golden_detections):
    matches = match_detections(golden_truth, golden_detections)
    kinds = in_file_order(matches, matches.kind)
    assert ["".join(map(str, column)) for column in kinds[[0, 5, 9]].T] == list(
        golden_detections["kinds"]
    )


@settings(max_examples=60, deadline=None)
@given(st.lists(truth_row, min_size=1, max_size=8), st.lists(found_row, min_size=1, max_size=20))
def test_kinds_equal_a_plain_loop(truth_rows, found_rows):
    truth, detections = as_truth(truth_rows), as_detections(found_rows)
    matches = match_detections(truth, detections)
    for level in (0, 4, 8):
        expected = plain_kinds(truth, detections, TIOU[level])
        given_kinds = dict(
            zip(matches.detections["row"].tolist(), matches.kind[level].tolist(), strict=True)
        )
        assert given_kinds == expected
    assert matches.n_ignored == len(detections) - len(matches.detections)


@settings(max_examples=30, deadline=None)
@given(
    st.lists(truth_row, min_size=1, max_size=8, unique=True),
    st.lists(found_row, min_size=1, max_size=15),
    st.randoms(use_true_random=False),
)
def test_order_of_files_does_not_count_when_scores_differ(truth_rows, found_rows, random):
    detections = as_detections(found_rows).assign(score=np.linspace(0.1, 0.9, len(found_rows)))
    truth = as_truth(truth_rows)
    order = random.sample(range(len(detections)), len(detections))
    shuffled = detections.iloc[order].reset_index(drop=True)
    one, two = match_detections(truth, detections), match_detections(truth, shuffled)
    columns = ["video", "start", "end", "label", "score"]
    pd.testing.assert_frame_equal(one.detections[columns], two.detections[columns])
    assert (one.kind == two.kind).all()


@settings(max_examples=30, deadline=None)
@given(st.lists(truth_row, min_size=1, max_size=8), st.lists(found_row, max_size=20))
def test_a_truth_segment_is_matched_once_and_by_its_own_class(truth_rows, found_rows):
    matches = match_detections(as_truth(truth_rows), as_detections(found_rows))
    for row in matches.match:
        used = row[row >= 0]
        assert len(set(used)) == len(used)
        classes = matches.detections["class_index"].to_numpy()[row >= 0]
        assert (matches.truth["class_index"].to_numpy()[used] == classes).all()


def test_chunks_do_not_change_the_best_overlap(monkeypatch, make_truth, make_detections):
    truth, durations = make_truth(8)
    detections = make_detections(truth, durations)
    whole = match_detections(truth, detections)
    monkeypatch.setattr("common.submission.analysis.matching._CHUNK_PAIRS", 37)
    parts = match_detections(truth, detections)
    assert (whole.best_truth == parts.best_truth).all()
    assert (whole.best_tiou == parts.best_tiou).all()


def test_no_detections_at_all(golden_truth, golden_detections):
    matches = match_detections(golden_truth, golden_detections.iloc[:0])
    assert matches.kind.shape == (10, 0)
    assert matches.n_truth.tolist() == [4, 2]


@pytest.mark.parametrize("names", [KIND_LETTER, KIND_NAME])
def test_every_kind_has_its_own_name(names):
    assert set(names) == set(Kind)
    assert len(set(names.values())) == len(Kind)
