import json

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from common.challenges.json_reading import (
    explain_text,
    json_bytes,
    member_place,
    odd_values,
    parse_slowly,
    quoted,
    raw_members,
    text_problem,
)

values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**30), 10**30)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=6),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3)
    ),
    max_leaves=12,
)
objects = st.dictionaries(st.text(max_size=4), values, max_size=5)


@given(objects, st.booleans())
@settings(deadline=None)
def test_members_of_an_honest_object_hold_its_values(document, ascii_only):
    text = json.dumps(document, ensure_ascii=ascii_only).encode("utf-8")
    members = raw_members(text)
    if members is None:  # An escaped colon: the slow way decides.
        assert b"\\u003" in text
    else:
        assert {key: json.loads(bytes(raw)) for key, raw in members.items()} == document


@given(objects.filter(bool), st.data())
@settings(deadline=None)
def test_a_repeated_key_is_never_overlooked(document, data):
    pairs = list(document.items())
    pairs.insert(data.draw(st.integers(0, len(pairs))), data.draw(st.sampled_from(pairs)))
    inner = ",".join(f"{json.dumps(key)}:{json.dumps(value)}" for key, value in pairs)
    assert raw_members(f"{{{inner}}}".encode()) is None
    _, problems = explain_text(f"{{{inner}}}".encode())
    assert [problem.rule for problem in problems].count("json.duplicate") >= 1


@given(values)
@settings(deadline=None)
def test_what_we_write_is_read_back_and_has_nothing_odd(document):
    text = json_bytes(document)
    assert json.loads(text) == document
    assert parse_slowly(text) == document
    assert list(odd_values(document, "$")) == []
    assert text_problem(text) is None


@given(st.binary(max_size=30) | objects.map(lambda d: json.dumps(d).encode()[:-1] + b"x"))
@settings(deadline=None)
def test_any_bytes_are_explained_and_what_the_fast_way_takes_the_slow_way_takes(data):
    if raw_members(data) is not None and text_problem(data) is None:
        document, _ = explain_text(data)
        assert isinstance(document, dict)
    elif text_problem(data) is None:
        document, problems = explain_text(data)
        assert problems or document is None or not isinstance(document, dict)


@pytest.mark.parametrize(
    "text",
    ['{"\\u0061": 1, "a": 2}', '{"a": "\\u003a", "a": 2}', '{"a:": 1, "a:": 2}', '{"": 1, "": 2}'],
)
def test_escapes_do_not_hide_a_repeated_key(text):
    assert raw_members(text.encode()) is None
    assert [p.rule for p in explain_text(text.encode())[1]] == ["json.duplicate"]


@pytest.mark.parametrize(
    ("text", "place", "problem"),
    [
        ('{"results": {"a b": [{"score": NaN}]}}', '$.results["a b"][0].score', "NaN is not"),
        ('{"x": [1, [2, -Infinity]]}', "$.x[1][1]", "-Infinity is not"),
        ('{"x": 1e999}', "$.x", "1e999 is not"),
        ('{"x": ' + "9" * 6000 + "}", "$.x", "999999999999… (6000 characters) is not"),
        ('{"x": ' + "9" * 350 + "}", "$.x", "999999999999… (350 characters) is not"),
        ('{"results": {"v": {"verb": {"0": NaN}}}}', '$.results["v"].verb["0"]', "NaN is not"),
        ('{"x y": {"x": 1, "x": 2}}', '$["x y"].x', "more than once"),
        ('{"x": "\\ud800"}', "$.x", "half of a surrogate pair"),
        ('{"\\ud800": 1}', '$["\\ud800"]', "half of a surrogate pair"),
    ],
)
def test_odd_values_are_named_with_their_place(text, place, problem):
    _, problems = explain_text(text.encode())
    assert [found.place for found in problems] == [place]
    assert problem in problems[0].problem


def test_a_depth_of_64_passes_and_65_does_not():
    for depth, rules in ((64, []), (65, ["json.depth"])):
        text = "[" * depth + "]" * depth
        assert [p.rule for p in explain_text(text.encode())[1]] == rules


def test_syntax_errors_name_the_line():
    _, problems = explain_text(b'{"a": 1,\n"b": tru}')
    assert (problems[0].rule, problems[0].place) == ("json.syntax", "line 2")


def test_bytes_that_are_not_utf_8_name_the_line():
    assert text_problem(b'{"a": 1,\n"\xff": 2}').place == "line 2"


def test_keys_of_the_format_follow_a_dot_and_data_stands_in_brackets():
    assert member_place("$", "results") == "$.results"
    assert member_place("$.results", "abc") == '$.results["abc"]'
    assert member_place('$.results["a"][0]', "two words") == '$.results["a"][0]["two words"]'


def test_long_and_wild_keys_are_shortened_and_printable():
    assert len(quoted("x" * 500)) < 90
    for wild in ('a"\n', "\x7f", "\x9b31m", "\u202e", "\ud800", "\U000e0001"):
        assert quoted(wild).isprintable()
        assert json.loads(quoted(wild)) == wild


@given(st.from_regex(r"-?(0|[1-9][0-9]{0,24})\.[0-9]{1,24}(e-?[0-9]{1,2})?", fullmatch=True))
@settings(deadline=None)
def test_the_typed_decoder_reads_numbers_to_the_last_bit(text):
    assert msgspec.json.decode(text.encode(), type=float) == float(text)
