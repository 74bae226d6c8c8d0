"""The page as a whole: what stands in it, what may not."""

import base64
import hashlib
import json
import re
from dataclasses import replace
from html.parser import HTMLParser

import numpy as np
import pandas as pd
import pytest

from common.core.errors import InputError
from common.submission.report.data import ReportData, Score, Verdict
from common.submission.report.page import render_report, write_report

HOSTILE = "</script><img src=x onerror=alert(1)>"
VOID = {"meta", "img", "input", "link", "br"}


class Outline(HTMLParser):
    """Tags with their attributes, nesting checked."""

    def __init__(self, page):
        super().__init__(convert_charrefs=True)
        self.tags, self.open, self.texts = [], [], []
        self.feed(page)
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.texts.append(data)

    def named(self, tag):
        return [attributes for name, attributes in self.tags if name == tag]


@pytest.fixture(scope="module")
def page(make_report):
    return render_report(make_report())


@pytest.fixture(scope="module")
def outline(page):
    return Outline(page)


def section_ids(page):
    return [tag["id"] for tag in Outline(page).named("section")]


def raw_of(page):
    text = re.search(r'id="report-data">(.*?)</script>', page, re.S).group(1)
    assert "<" not in text
    return json.loads(text)


def test_all_sections_stand_in_the_order_of_questions(page):
    assert section_ids(page) == [
        "map", "recall", "classes", "errors", "sensitivity", "calibration", "timelines",
        "ensemble", "long-tail", "provenance", "raw",
    ]  # fmt: skip


def test_same_data_same_bytes(page, make_report):
    assert render_report(make_report()) == page


def test_nothing_is_fetched_and_nothing_styled_inline(page, outline):
    assert not re.search(r"https?://", page.replace("http://www.w3.org/2000/svg", ""))
    assert not [tag for tag, attributes in outline.tags if "style" in attributes]
    assert not [a for _, a in outline.tags if any(key.startswith("on") for key in a)]
    assert {a["src"][:16] for a in outline.named("img")} == {"data:image/webp;"}
    assert outline.named("link") == []


def test_the_policy_names_the_style_and_the_script_that_stand_there(page, outline):
    policy = next(a["content"] for a in outline.named("meta") if "http-equiv" in a)
    for tag, rule in (("style", "style-src"), ("script", "script-src")):
        text = re.findall(rf"<{tag}>(.*?)</{tag}>", page, re.S)
        assert len(text) == 1
        digest = base64.b64encode(hashlib.sha256(text[0].encode()).digest()).decode()
        assert f"{rule} 'sha256-{digest}'" in policy
    assert policy.startswith("default-src 'none'; img-src data:;")
    assert "unsafe" not in policy


def test_every_chart_says_its_message_and_has_a_table(page, outline):
    for attributes in outline.named("svg"):
        spoken = attributes.get("role") in ("img", "group") and attributes.get("aria-label")
        assert spoken or attributes.get("aria-hidden") == "true"
    figures = re.findall(r"<figure.*?</figure>", page, re.S)
    assert len(figures) > 10
    assert all('class="chart"' in figure and "<table" in figure for figure in figures)


def test_headings_ids_and_language(outline):
    levels = [int(tag[1]) for tag, _ in outline.tags if re.fullmatch(r"h[1-6]", tag)]
    assert levels[0] == 1 and levels.count(1) == 1
    assert all(b - a <= 1 for a, b in zip(levels, levels[1:], strict=False))
    ids = [a["id"] for _, a in outline.tags if "id" in a]
    assert len(ids) == len(set(ids))
    assert outline.named("html")[0]["lang"] == "en"
    targets = {a["href"][1:] for a in outline.named("a")}
    assert targets <= set(ids)


def test_scores_of_the_page_are_the_evaluators(make_report):
    from common.challenges.activitynet import evaluate_detections

    data = make_report()
    official = evaluate_detections(data.truth, data.detections)
    results = raw_of(render_report(data))["results"]
    assert results["map_per_tiou"] == pytest.approx(official.map_per_tiou, abs=5e-5)
    for row in results["classes"]:
        column = official.classes.index(row["label"])
        assert row["ap"] == pytest.approx(official.ap[:, column].mean(), abs=5e-5)


def test_header_shows_score_spread_verdict_seeds_and_floors(page):
    head = page[: page.index("</header>")]
    for text in (
        "38.17\u00a0%", "± 1.12 over seeds", "the validator takes it, 1 warning", "seeds 0, 1, 2",
        "commit 94e35361bb", "random proposals", "10.45\u00a0%", "3.7 × the better one",
    ):  # fmt: skip
        assert text in head, text


def test_an_invalid_or_dirty_submission_is_shown_as_such(make_report):
    data = make_report(verdict=Verdict(False, 3, 0), provenance={"dirty": True, "commit": "ab"})
    page = render_report(data)
    assert "✗ 3 defects" in page and "uncommitted changes" in page
    assert "validator takes it" not in page


def test_hostile_names_are_shown_as_text(make_report):
    data = make_report(n_videos=3)
    truth = data.truth.assign(label=data.truth["label"].where(data.truth.index > 2, HOSTILE))
    found = pd.concat([data.detections, truth.assign(score=0.5)], ignore_index=True)
    page = render_report(
        replace(
            data,
            title=HOSTILE,
            truth=truth,
            detections=found,
            notes=(HOSTILE,),
            train_counts={HOSTILE: 3},
            provenance={"name": HOSTILE, HOSTILE: {HOSTILE: HOSTILE}},
        )
    )
    assert "<img src=x" not in page
    outline = Outline(page)
    assert HOSTILE in "".join(outline.texts)
    assert raw_of(page)["source"]["title"] == HOSTILE


def test_only_sections_with_data_are_drawn(make_settings):
    data = ReportData(
        "Recognition", "epic_recognition", "sample", "test", "epic-recognition",
        make_settings(), Score("action top-1", 0.4),
    )  # fmt: skip
    page = render_report(data)
    assert section_ids(page) == ["raw"]
    assert "40.00" in page


def test_a_page_that_is_too_large_has_fewer_key_frames_and_says_so(make_report, make_settings):
    whole = render_report(make_report())
    limit = len(whole.encode()) / 1e6 * 0.9
    page = render_report(make_report(settings=make_settings(max_megabytes=limit)))
    assert len(page.encode()) <= limit * 1e6
    assert 0 < page.count("<img") < whole.count("<img")
    assert "Key frames are cut to" in page and "Key frames" not in whole


def test_a_page_that_is_far_too_large_has_no_key_frames(make_report, make_settings):
    page = render_report(make_report(settings=make_settings(max_megabytes=0.1)))
    assert "<img" not in page
    assert "Key frames are left out" in page and "0.1 MB" in page


def test_frames_that_do_not_exist_are_left_out(make_report):
    page = render_report(make_report(n_videos=2, key_frames=lambda video, time: None))
    assert "<img" not in page
    assert section_ids(page).count("timelines") == 1


def test_no_detection_at_all_still_gives_a_page(make_report):
    data = make_report(n_videos=2)
    page = render_report(replace(data, detections=data.detections.iloc[:0]))
    assert "Average mAP 0.00" in page


def test_a_class_without_training_instances_and_groups_without_classes(make_report):
    data = make_report(n_videos=4, train_counts={})
    page = render_report(data)
    assert "head – (0 classes)" in page


def test_a_video_with_truth_but_no_duration_is_named(make_report):
    data = make_report(n_videos=2)
    with pytest.raises(InputError, match=r"video_0000.*no duration"):
        render_report(replace(data, durations={"video_0001": 30.0}))


def test_against_another_submission_changes_are_shown(make_report):
    ours = make_report()
    before = replace(
        ours,
        headline=Score("average mAP", 0.3517),
        provenance={"name": "older"},
        detections=ours.detections[ours.detections["score"] > 0.3],
    )
    page = render_report(ours, before)
    assert "+3.00 points against older" in page
    assert page.count("older") > 3
    assert ">change</th>" in page


def test_many_videos_are_cut_to_the_settings(make_report, make_settings):
    data = make_report(n_videos=60, per_video=30, settings=make_settings(videos=10))
    outline = Outline(render_report(data))
    videos = [a for a in outline.named("details") if a.get("class") == "video"]
    assert len(videos) == 10
    assert not any("open" in a for a in videos)


def test_forty_videos_with_busy_frames_stay_below_two_megabytes(make_report):
    rng = np.random.default_rng(0)
    frames = rng.integers(0, 255, (5, 12, 16, 3), dtype=np.uint8)

    def busy(video, time):
        return np.kron(frames[int(time) % 5], np.ones((10, 10, 1), dtype=np.uint8))

    page = render_report(make_report(n_videos=40, key_frames=busy))
    assert len(page.encode()) < 2e6
    assert page.count("<img") > 200


def test_write_report_is_whole_or_absent(tmp_path, make_report):
    target = tmp_path / "report.html"
    write_report(target, make_report(n_videos=2))
    assert target.read_text(encoding="utf-8").startswith("<!doctype html>")
    assert [p.name for p in tmp_path.iterdir()] == ["report.html"]
