"""The page again from its folder, and two submissions side by side."""

from dataclasses import replace

import pytest

from common.core.errors import InputError
from common.submission.folder import write_submission
from common.submission.rebuild import compare_reports, load_report, rebuild_report
from common.submission.report.data import Score
from common.submission.verify import verify


@pytest.fixture
def folder(repository, make_submission):
    folder = repository / "submissions" / "activitynet" / "sample"
    write_submission(folder, make_submission(), repository)
    return folder


@pytest.fixture
def other(repository, make_submission):
    other = repository / "submissions" / "activitynet" / "other"
    submission = make_submission()
    report = replace(submission.report, headline=Score("average mAP", 0.3317))
    write_submission(other, make_submission(report=report), repository)
    return other


def test_an_untouched_page_is_up_to_date(folder, repository):
    before = (folder / "report.html").read_bytes()
    assert rebuild_report(folder, repository) is False
    assert (folder / "report.html").read_bytes() == before


def test_a_lost_page_comes_back_with_the_same_bytes(folder, repository):
    before = (folder / "report.html").read_bytes()
    (folder / "report.html").unlink()
    assert rebuild_report(folder, repository) is True
    assert (folder / "report.html").read_bytes() == before
    assert verify(folder, repository).ok


def test_a_page_drawn_by_other_code_is_replaced_and_still_verifies(folder, repository):
    page = folder / "report.html"
    page.write_text(page.read_text().replace("<h1>", '<h1 class="old">'))
    assert not verify(folder, repository).ok
    assert rebuild_report(folder, repository) is True
    assert verify(folder, repository).ok


def test_a_page_of_another_leaderboard_file_is_refused(folder, repository):
    path = folder / "submission.json"
    path.write_text(path.read_text().replace("0.", "0.0"))
    before = (folder / "report.html").read_bytes()
    with pytest.raises(InputError, match="not the file that"):
        rebuild_report(folder, repository)
    assert (folder / "report.html").read_bytes() == before


def test_a_lost_leaderboard_file_is_named(folder, repository):
    (folder / "submission.json").unlink()
    with pytest.raises(InputError, match=r"submission\.json"):
        load_report(folder, repository)


def test_comparison_shows_the_change(folder, other, repository, tmp_path):
    out = tmp_path / "compared.html"
    ours, theirs = compare_reports(folder, other, out, root=repository)
    assert (ours.headline.value, theirs.headline.value) == (0.3817, 0.3317)
    assert "+5.00 points against other" in out.read_text()
    assert verify(folder, repository).ok


def test_a_comparison_replaces_only_pages_of_ours(folder, other, repository, tmp_path):
    out = tmp_path / "compared.html"
    out.write_text("my notes")
    with pytest.raises(InputError, match="is not a report"):
        compare_reports(folder, other, out, root=repository)
    assert out.read_text() == "my notes"
    compare_reports(folder, other, out, force=True, root=repository)
    compare_reports(folder, other, out, root=repository)
    assert "against other" in out.read_text()


def test_other_subsets_do_not_compare(folder, repository, make_submission, tmp_path):
    other = repository / "submissions" / "activitynet" / "other"
    submission = make_submission()
    report = replace(submission.report, subset="validation")
    write_submission(other, make_submission(report=report), repository)
    with pytest.raises(InputError, match="its subset is validation"):
        compare_reports(folder, other, tmp_path / "a.html", root=repository)
