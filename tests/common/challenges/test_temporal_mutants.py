"""Valid files spoiled in one way each: the right rule at the right place, and never a crash."""

import copy
import gzip
import json
import zipfile
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from common.challenges import formats
from common.core.errors import InputError
from tests.common.challenges.temporal_files import valid_document, write_truth

ACTIVITYNET = (
    "activitynet-detection",
    "activitynet-proposals",
    "activitynet-classification",
    "hacs-detection",
)
ALL = (*ACTIVITYNET, "epic-detection", "epic-recognition")
NAN = float("nan")
V1 = '$.results["vid_one"]'
P1 = '$.results["P01_11"]'
N1 = '$.results["P01_11_0"]'

# name -> (change of the document, rule, place)
Mutants = dict[str, tuple[Callable[[Any], object], str, str]]


def first(document, video="vid_one"):
    return document["results"][video][0]


def put(*keys_and_value):
    """A change that sets the value at a path of keys."""
    *keys, last, value = keys_and_value

    def change(document):
        for key in keys:
            document = document[key]
        document[last] = copy.deepcopy(value)

    return change


def drop(*keys):
    """A change that removes the member at a path of keys."""
    *path, last = keys

    def change(document):
        for key in path:
            document = document[key]
        del document[last]

    return change


GENERAL: Mutants = {
    "results is a list": (put("results", []), "json.results", "$.results"),
    "results is null": (put("results", None), "json.results", "$.results"),
    "no results": (drop("results"), "*.head", "$.results"),
    "results empty": (put("results", {}), "*.empty", "$.results"),
    "NaN in the head": (put("version", NAN), "json.number", "$.version"),
    "nested too deeply": (put("note", json.loads("[" * 80 + "]" * 80)), "json.depth", "$.note[0]"),
}
SCORED: Mutants = {
    "no score": (drop("results", "vid_one", 0, "score"), "anet.score", f"{V1}[0].score"),
    "score as text": (put("results", "vid_one", 0, "score", "1"), "anet.score", f"{V1}[0].score"),
    "score true": (put("results", "vid_one", 0, "score", True), "anet.score", f"{V1}[0].score"),
    "score null": (put("results", "vid_one", 0, "score", None), "anet.score", f"{V1}[0].score"),
    "score NaN": (put("results", "vid_one", 1, "score", NAN), "json.number", f"{V1}[1].score"),
    "score overflows": (
        put("results", "vid_one", 0, "score", 10**400),
        "json.number",
        f"{V1}[0].score",
    ),
    "unknown video": (
        lambda d: d["results"].update(zz=d["results"]["vid_one"]),
        "anet.video",
        '$.results["zz"]',
    ),
    "prefix of feature files": (
        lambda d: d["results"].update(v_vid_one=d["results"].pop("vid_one")),
        "anet.video",
        '$.results["v_vid_one"]',
    ),
    "video of another subset": (
        lambda d: d["results"].update(training1=d["results"]["vid_one"]),
        "anet.subset",
        '$.results["training1"]',
    ),
    "entries are an object": (put("results", "vid_one", {}), "anet.items", V1),
    "entries are null": (put("results", "vid_one", None), "anet.items", V1),
    "entry is a list": (put("results", "vid_one", 0, [1]), "anet.entry", f"{V1}[0]"),
}
LABELLED: Mutants = {
    "no label": (drop("results", "vid_one", 0, "label"), "anet.label", f"{V1}[0].label"),
    "label as number": (put("results", "vid_one", 0, "label", 3), "anet.label", f"{V1}[0].label"),
    "label in lower case": (
        put("results", "vid_one", 0, "label", "rope skipping"),
        "anet.label",
        f"{V1}[0].label",
    ),
    "label of another subset": (
        put("results", "vid_one", 0, "label", "Javelin throw"),
        "anet.label",
        f"{V1}[0].label",
    ),
}
TIMED: Mutants = {
    "no segment": (drop("results", "vid_one", 0, "segment"), "anet.segment", f"{V1}[0].segment"),
    "one time": (
        put("results", "vid_one", 0, "segment", [1.0]),
        "anet.segment",
        f"{V1}[0].segment",
    ),
    "times as text": (
        put("results", "vid_one", 0, "segment", ["1", 2.0]),
        "anet.segment",
        f"{V1}[0].segment[0]",
    ),
    "negative start": (
        put("results", "vid_one", 0, "segment", [-1.0, 2.0]),
        "anet.segment",
        f"{V1}[0].segment[0]",
    ),
    "end before start": (
        put("results", "vid_one", 0, "segment", [3.0, 2.0]),
        "anet.segment",
        f"{V1}[0].segment",
    ),
    "after the video": (
        put("results", "vid_one", 0, "segment", [60.0, 61.0]),
        "anet.duration",
        f"{V1}[0].segment",
    ),
    "infinite end": (
        put("results", "vid_one", 0, "segment", [1.0, float("inf")]),
        "json.number",
        f"{V1}[0].segment[1]",
    ),
}
EPIC: Mutants = {
    "no version": (drop("version"), "epic.version", "$.version"),
    "version as number": (put("version", 0.2), "epic.version", "$.version"),
    "no challenge": (drop("challenge"), "epic.challenge", "$.challenge"),
    "part of the challenge": (put("challenge", "action"), "epic.challenge", "$.challenge"),
    "no level": (drop("sls_tl"), "epic.sls", "$.sls_tl"),
    "level 6": (put("sls_pt", 6), "epic.sls", "$.sls_pt"),
    "level true": (put("sls_td", True), "epic.sls", "$.sls_td"),
    "level 2.5": (put("sls_td", 2.5), "epic.sls", "$.sls_td"),
}
EPIC_DETECTION: Mutants = {
    "verb 97": (put("results", "P01_11", 0, "verb", 97), "epic.verb", f"{P1}[0].verb"),
    "verb as text": (put("results", "P01_11", 0, "verb", "0"), "epic.verb", f"{P1}[0].verb"),
    "verb as float": (put("results", "P01_11", 0, "verb", 0.0), "epic.verb", f"{P1}[0].verb"),
    "noun -1": (put("results", "P01_11", 0, "noun", -1), "epic.noun", f"{P1}[0].noun"),
    "no action": (drop("results", "P01_11", 0, "action"), "epic.action", f"{P1}[0].action"),
    "other action": (
        put("results", "P01_11", 0, "action", "2,0"),
        "epic.action",
        f"{P1}[0].action",
    ),
    "action with a blank": (
        put("results", "P01_11", 0, "action", "0, 2"),
        "epic.action",
        f"{P1}[0].action",
    ),
    "score true": (put("results", "P01_11", 0, "score", True), "epic.score", f"{P1}[0].score"),
    "no segment": (drop("results", "P01_11", 0, "segment"), "epic.segment", f"{P1}[0].segment"),
    "no length": (
        put("results", "P01_11", 0, "segment", [2.0, 2.0]),
        "epic.segment",
        f"{P1}[0].segment",
    ),
    "after the video": (
        put("results", "P01_11", 0, "segment", [31.0, 32.0]),
        "epic.duration",
        f"{P1}[0].segment",
    ),
    "unknown video": (put("results", "P99_01", []), "epic.video", '$.results["P99_01"]'),
    "entries are text": (put("results", "P01_11", "x"), "epic.items", P1),
    "entry is null": (put("results", "P01_11", 0, None), "epic.entry", f"{P1}[0]"),
}
EPIC_RECOGNITION: Mutants = {
    "a verb missing": (
        drop("results", "P01_11_0", "verb", "96"),
        "epic.verb",
        f'{N1}.verb["96"]',
    ),
    "a noun too many": (
        put("results", "P01_11_0", "noun", "300", 0.1),
        "epic.noun",
        f'{N1}.noun["300"]',
    ),
    "padded key": (put("results", "P01_11_0", "verb", "07", 0.1), "epic.verb", f'{N1}.verb["07"]'),
    "key with a sign": (
        put("results", "P01_11_0", "noun", "+1", 0.1),
        "epic.noun",
        f'{N1}.noun["+1"]',
    ),
    "no nouns": (drop("results", "P01_11_0", "noun"), "epic.noun", f"{N1}.noun"),
    "verbs as list": (put("results", "P01_11_0", "verb", [0.1] * 97), "epic.verb", f"{N1}.verb"),
    "score as text": (
        put("results", "P01_11_0", "verb", "5", "0.1"),
        "epic.score",
        f'{N1}.verb["5"]',
    ),
    "score false": (
        put("results", "P01_11_0", "verb", "5", False),
        "epic.score",
        f'{N1}.verb["5"]',
    ),
    "score NaN": (
        put("results", "P01_11_0", "noun", "5", NAN),
        "json.number",
        f'{N1}.noun["5"]',
    ),
    "a segment missing": (drop("results", "P18_02_0"), "epic.missing_segment", '$.results["P18'),
    "a segment too many": (
        lambda d: d["results"].update(P18_02_9=d["results"]["P18_02_0"]),
        "epic.segment_id",
        '$.results["P18_02_9"]',
    ),
    "99 actions": (
        put("results", "P01_11_0", "action", {f"0,{n}": 0.1 for n in range(99)}),
        "epic.action",
        f"{N1}.action",
    ),
    "actions in one segment only": (
        put("results", "P01_11_0", "action", {f"0,{n}": 0.1 for n in range(100)}),
        "epic.action",
        '$.results["P01_11_1"].action',
    ),
    "action keys of another base": (
        put("results", "P01_11_0", "action", {str(n): 0.1 for n in range(100)}),
        "epic.action",
        f'{N1}.action["0"]',
    ),
    "segment is a list": (put("results", "P01_11_0", []), "epic.entry", N1),
}
BY_FORMAT: dict[str, Mutants] = {
    "activitynet-detection": GENERAL | SCORED | LABELLED | TIMED,
    "activitynet-proposals": GENERAL | SCORED | TIMED,
    "activitynet-classification": GENERAL | SCORED | LABELLED,
    "hacs-detection": GENERAL | SCORED | LABELLED | TIMED,
    "epic-detection": GENERAL | EPIC | EPIC_DETECTION,
    "epic-recognition": GENERAL | EPIC | EPIC_RECOGNITION,
}


@pytest.fixture(scope="module")
def truths(tmp_path_factory):
    folder = tmp_path_factory.mktemp("truths")
    return {form: write_truth(folder / form, form) for form in ALL}


def findings_of(form, text: str | bytes, truths, folder):
    path = folder / "pred.json"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return formats.check(form, path, truths[form])


@pytest.mark.parametrize("form", ALL)
def test_the_valid_file_has_no_finding(form, truths, tmp_path):
    findings = findings_of(form, json.dumps(valid_document(form)), truths, tmp_path)
    assert (findings.n_defects, findings.n_warnings, findings.notes) == (0, 0, [])


@pytest.mark.parametrize("form", ALL)
def test_every_mutant_is_caught_by_its_own_rule_at_its_place(form, truths, tmp_path):
    mutants = BY_FORMAT[form]
    assert len(mutants) >= 15
    area = form.partition("-")[0].replace("hacs", "anet").replace("activitynet", "anet")
    for name, (change, rule, place) in mutants.items():
        document = valid_document(form)
        change(document)
        findings = findings_of(form, json.dumps(document), truths, tmp_path)
        wanted = {rule.replace("*", area), "epic.results"} if "*" in rule else {rule}
        hit = [f for f in findings.defects if f.rule in wanted and f.place.startswith(place)]
        assert hit, (name, [str(f) for f in findings.defects])


@pytest.mark.parametrize("form", ALL)
def test_repeated_keys_are_caught_at_every_level(form, truths, tmp_path):
    text = json.dumps(valid_document(form))
    video = next(iter(valid_document(form)["results"]))
    mutants = {
        '{"version": ': ('{"version": "x", "version": ', "$.version"),
        f'"{video}": ': (f'"{video}": [], "{video}": ', f'$.results["{video}"]'),
        '"score": ': ('"score": 1, "score": ', f'$.results["{video}"][0].score'),
        '"verb": {': ('"verb": {"0": 1, ', f'$.results["{video}"].verb["0"]'),
    }
    for found, (spoiled, place) in mutants.items():
        if found not in text:
            continue
        findings = findings_of(form, text.replace(found, spoiled, 1), truths, tmp_path)
        places = [f.place for f in findings.defects if f.rule == "json.duplicate"]
        assert places == [place]


@pytest.mark.parametrize("form", ALL)
def test_bytes_that_are_no_plain_json_are_caught(form, truths, tmp_path):
    good = json.dumps(valid_document(form), indent=1).encode()
    mutants = {
        "byte order mark": (b"\xef\xbb\xbf" + good, "json.encoding", "line 1"),
        "UTF-16": (good.decode().encode("utf-16"), "json.encoding", "line 1"),
        "Latin-1": (good.replace(b'"version"', b'"versi\xf3n"'), "json.encoding", "line "),
        "gzip": (gzip.compress(good), "json.encoding", "line 1"),
        "cut off": (good[: len(good) // 2], "json.syntax", "line "),
        "garbage behind": (good + b"\n}", "json.syntax", f"line {len(good.splitlines()) + 1}"),
        "empty": (b"", "json.syntax", "line 1"),
        "a list": (b"[]", "json.top", "$"),
        "nested lists": (b"[" * 20_000 + b"]" * 20_000, "json.depth", "$"),
        "nested inside": (b'{"a":' * 20_000 + b"1" + b"}" * 20_000, "json.depth", "$"),
    }
    for name, (data, rule, place) in mutants.items():
        findings = findings_of(form, data, truths, tmp_path)
        hit = [f for f in findings.defects if f.rule == rule and f.place.startswith(place)]
        assert hit, (name, [str(f) for f in findings.defects])


@pytest.mark.parametrize("form", ["epic-detection", "epic-recognition"])
def test_the_archive_must_hold_test_json_alone(form, truths, tmp_path):
    good = json.dumps(valid_document(form))
    for names, (defect, warning) in {
        ("test.json",): (None, None),
        ("pred.json",): ("pred.json", None),
        ("test.json", "notes.txt"): ("notes.txt", None),
        ("test.json", "__MACOSX/test.json"): (None, "__MACOSX/test.json"),
        ("folder/test.json",): ("folder/test.json", None),
        ("../test.json",): ("../test.json", None),
    }.items():
        path = tmp_path / "pred.zip"
        with zipfile.ZipFile(path, "w") as archive:
            for name in names:
                archive.writestr(name, good)
        findings = formats.check(form, path, truths[form])
        assert [f.place for f in findings.defects][:1] == ([defect] if defect else [])
        assert [f.place for f in findings.warnings] == ([warning] if warning else [])


@pytest.mark.parametrize(
    ("end", "warned"), [(42.5, False), (42.51, False), (42.512, True), (43.0, True)]
)
def test_an_end_may_pass_the_duration_by_a_hundredth(end, warned, truths, tmp_path):
    document = valid_document("activitynet-detection")
    document["results"]["v_two"][0]["segment"] = [1.5, end]
    findings = findings_of("activitynet-detection", json.dumps(document), truths, tmp_path)
    assert [f.rule for f in findings.warnings] == ["anet.duration"] * warned


def test_only_fifty_findings_are_listed_but_all_are_counted(truths, tmp_path):
    document = valid_document("activitynet-detection")
    document["results"]["vid_one"] *= 40
    for item in document["results"]["vid_one"]:
        item["score"] = None
    findings = findings_of("activitynet-detection", json.dumps(document), truths, tmp_path)
    assert (len(findings.defects), findings.n_defects) == (50, 80)


def test_without_ground_truth_the_form_is_still_checked(tmp_path):
    for form in ALL:
        path = tmp_path / "pred.json"
        path.write_text(json.dumps(valid_document(form)))
        findings = formats.check(form, path, None)
        assert findings.ok and findings.notes
        path.write_text(json.dumps({"results": {"x": 3}}))
        assert not formats.check(form, path, None).ok


def leaves(value, path=()):
    if isinstance(value, dict):
        yield from ((*path, key) for key in value)
        for key, item in value.items():
            yield from leaves(item, (*path, key))
    elif isinstance(value, list):
        yield from ((*path, i) for i in range(len(value)))
        for i, item in enumerate(value):
            yield from leaves(item, (*path, i))


ODD = st.sampled_from(
    [None, True, 0, -1, 1e308, NAN, float("inf"), 10**30, 10**400, "", "x", "0,2", [], [1], {}]
    + [[1.0, 2.0], [2.0, 1.0], {"a": 1}, "vid_one", "\ud800", "é", "Long jump", 0.5]
)


@given(data=st.data())
@settings(
    deadline=None, max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_random_edits_never_crash_and_what_passes_can_be_scored(data, truths, tmp_path):
    form = data.draw(st.sampled_from(ALL))
    document = valid_document(form)
    for _ in range(data.draw(st.integers(1, 3))):
        *path, last = data.draw(st.sampled_from(list(leaves(document)) or [("version",)]))
        parent = document
        for key in path:
            parent = parent[key]
        parent[last] = copy.deepcopy(data.draw(ODD))
    text = json.dumps(document)
    findings = findings_of(form, text, truths, tmp_path)
    assert all(str(finding).isprintable() for finding in findings.defects + findings.warnings)
    check_scoring(form, findings.ok, truths[form], tmp_path)


@given(data=st.data())
@settings(
    deadline=None, max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_random_bytes_never_crash(data, truths, tmp_path):
    form = data.draw(st.sampled_from(ALL[:5]))
    text = bytearray(json.dumps(valid_document(form)).encode())
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(text) - 1))
        piece = data.draw(st.sampled_from([b"", b'"', b"{", b"}", b"[", b",", b":", b"\\u003a"]))
        text[at : at + data.draw(st.integers(0, 6))] = piece + data.draw(st.binary(max_size=2))
    findings = findings_of(form, bytes(text), truths, tmp_path)
    check_scoring(form, findings.ok, truths[form], tmp_path)


def check_scoring(form, passed, truth, folder) -> None:
    """What the validator passes, the evaluator scores and the packager takes."""
    pred, out = folder / "pred.json", folder / ("o.zip" if form.startswith("epic") else "o.json")
    try:
        formats.evaluate(form, pred, truth)
    except InputError:
        assert not passed
    if passed:
        formats.package(form, pred, out, truth)
        assert formats.check(form, out, truth).ok
    else:
        with pytest.raises(InputError):
            formats.package(form, pred, out, truth)
