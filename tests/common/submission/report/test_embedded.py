"""A page can be made again from itself and the detections."""

import pytest

from common.core.errors import InputError
from common.submission.report.data import ClassifierRow
from common.submission.report.embedded import read_report_data
from common.submission.report.page import render_report, write_report


def test_made_again_it_has_the_same_bytes(tmp_path, make_report):
    data = make_report(n_videos=6)
    page = tmp_path / "report.html"
    write_report(page, data)
    again = read_report_data(page, data.detections)
    assert "<img" in page.read_text(encoding="utf-8")
    assert render_report(again) == page.read_text(encoding="utf-8")


def test_a_page_that_was_cut_has_the_same_bytes_again(tmp_path, make_report, make_settings):
    data = make_report(n_videos=6, settings=make_settings(max_megabytes=0.19))
    page = tmp_path / "report.html"
    write_report(page, data)
    assert "Key frames are cut" in page.read_text(encoding="utf-8")
    again = read_report_data(page, data.detections)
    assert render_report(again) == page.read_text(encoding="utf-8")


def test_an_empty_group_survives(tmp_path, make_report):
    row = ClassifierRow("joint", 0.5, 0.6, None, 0.1)
    write_report(tmp_path / "a.html", make_report(n_videos=2, classifiers=(row,)))
    assert read_report_data(tmp_path / "a.html", None).classifiers == (row,)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "<p>another page</p>",
        '<script type="application/json" id="report-data">{</script>',
        '<script type="application/json" id="report-data">{"schema_version": 99}</script>',
        '<script type="application/json" id="report-data">{"schema_version": 1, "source": {}}'
        "</script>",
    ],
)
def test_what_is_no_page_of_ours_is_refused(tmp_path, text):
    (tmp_path / "a.html").write_text(text)
    with pytest.raises(InputError, match="holds no report data"):
        read_report_data(tmp_path / "a.html", None)


def test_a_missing_page_is_named(tmp_path):
    with pytest.raises(InputError, match="gone.html"):
        read_report_data(tmp_path / "gone.html", None)
