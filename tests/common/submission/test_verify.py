"""Every kind of change is found, and named."""

import json

import pytest

from common.core.errors import InputError
from common.submission.folder import write_submission
from common.submission.verify import read_manifest, verify


@pytest.fixture
def folder(repository, make_submission):
    folder = repository / "submissions" / "activitynet" / "sample"
    write_submission(folder, make_submission(), repository)
    return folder


def rules(findings):
    return {(defect.rule, defect.place) for defect in findings.defects}


def test_untouched_all_is_as_it_was(folder, repository):
    findings = verify(folder, repository)
    assert findings.ok, [str(d) for d in findings.defects]
    assert {w.rule for w in findings.warnings} <= {"verify.commit", "verify.dirty"}
    assert not findings.notes


@pytest.mark.parametrize(
    "name, rule",
    [
        ("submissions/activitynet/sample/report.html", "verify.file"),
        ("submissions/activitynet/sample/metrics.json", "verify.file"),
        ("artifacts/sample/features/slowfast/video_0000.safetensors", "verify.data"),
        ("artifacts/sample/activitynet/bmn.safetensors", "verify.weights"),
    ],
)
def test_one_more_byte_is_found(name, rule, folder, repository):
    with (repository / name).open("a") as stream:
        stream.write(" ")
    (found,) = rules(verify(folder, repository))
    assert found[0] == rule and (name.endswith(found[1]) or found[1] in name)


def test_a_changed_score_is_found_by_hash_and_by_evaluation(folder, repository):
    path = folder / "submission.json"
    document = json.loads(path.read_text())
    for entries in document["results"].values():
        for entry in entries:
            entry["segment"] = [0.0, 0.5]
    path.write_text(json.dumps(document))
    found = rules(verify(folder, repository))
    assert ("verify.file", "submission.json") in found
    assert ("verify.scores", "average_mAP") in found


def test_a_leaderboard_file_that_became_invalid_is_found(folder, repository):
    path = folder / "submission.json"
    path.write_text(path.read_text().replace("push box", "push bux"))
    assert "anet.label" in {rule for rule, _ in rules(verify(folder, repository))}


def test_a_changed_ground_truth_is_found(folder, repository):
    path = repository / "artifacts/sample/world/truth/annotations.json"
    document = json.loads(path.read_text())
    document["database"]["video_0000"]["annotations"][0]["segment"][0] += 0.25
    path.write_text(json.dumps(document))
    assert ("verify.data", "artifacts/sample/world/truth") in rules(verify(folder, repository))


def test_a_file_that_is_gone_counts_unless_told(folder, repository):
    (repository / "artifacts/sample/activitynet/bmn.safetensors").unlink()
    (found,) = verify(folder, repository).defects
    assert found.rule == "verify.weights" and "is not here" in found.problem
    lenient = verify(folder, repository, ignore_missing=True)
    assert lenient.ok and "bmn.safetensors is not here" in " ".join(lenient.notes)


def test_without_the_ground_truth_the_file_is_still_validated(folder, repository):
    (repository / "artifacts/sample/world/truth/annotations.json").unlink()
    (repository / "artifacts/sample/world/truth").rmdir()
    findings = verify(folder, repository, ignore_missing=True)
    assert findings.ok
    assert any("scores were not computed again" in note for note in findings.notes)


def test_a_changed_lock_is_found(folder, repository):
    lock = repository / "tracks/activitynet/dvc.lock"
    lock.write_text(lock.read_text().replace("md5: a", "md5: z"))
    assert rules(verify(folder, repository)) == {("verify.lock", "tracks/activitynet/dvc.lock")}


def change_manifest(folder, change):
    manifest = read_manifest(folder)
    change(manifest)
    (folder / "manifest.json").write_text(json.dumps(manifest))


@pytest.mark.parametrize(
    "change, rule, place",
    [
        (lambda m: m["code"].update({"common.core": "0" * 64}), "verify.code", "common.core"),
        (lambda m: m["code"].update({"common.gone": "0" * 64}), "verify.code", "common.gone"),
        (lambda m: m["params"].update({"profile": "full"}), "verify.params", "profile"),
        (lambda m: m["params"].update({"no": {"such": 1}}), "verify.params", "no.such"),
        (
            lambda m: m["evaluator"].update({"sha256": "0" * 64}),
            "verify.evaluator",
            "common.challenges.activitynet",
        ),
    ],
)
def test_what_was_another_when_it_was_made(change, rule, place, folder, repository):
    change_manifest(folder, change)
    assert rules(verify(folder, repository)) == {(rule, place)}


def test_other_package_versions_are_a_warning(folder, repository):
    change_manifest(folder, lambda m: m["packages"].update({"numpy": "1.0"}))
    findings = verify(folder, repository)
    assert findings.ok
    assert ("verify.package", "numpy") in {(w.rule, w.place) for w in findings.warnings}


def test_a_foreign_file_in_the_folder_is_a_warning(folder, repository):
    (folder / "notes.txt").write_text("mine")
    assert "notes.txt" in {w.place for w in verify(folder, repository).warnings}


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"schema_version": 9}', '{"schema_version": 1}'])
def test_no_manifest_of_ours(text, tmp_path):
    (tmp_path / "manifest.json").write_text(text)
    with pytest.raises(InputError, match="no manifest of ours"):
        verify(tmp_path)


def test_no_manifest_at_all(tmp_path):
    with pytest.raises(InputError, match=r"manifest\.json.*cannot be read"):
        verify(tmp_path)
