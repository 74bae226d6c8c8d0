"""The head of an EPIC submission: version, challenge, and the three supervision levels."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from common.challenges.archives import Archive, is_clutter
from common.challenges.findings import Findings
from common.challenges.json_reading import BadNumber, member_place, shown
from common.challenges.payloads import is_zip, read_plain
from common.core.errors import InputError

VERSION = "0.2"
MEMBER = "test.json"
LEVELS = ("sls_pt", "sls_tl", "sls_td")
MAX_LEVEL = 5
_FIX_LEVEL = f"Write an integer from 0 to {MAX_LEVEL}."
_FIX_MEMBER = f"Put the JSON into the archive as {MEMBER}; `emc2 package` does it."


def read_submission(path: Path, findings: Findings) -> bytes | None:
    """The JSON text as the server takes it: `test.json` alone at the top of a ZIP, or bare.

    Raises:
        InputError: the file cannot be opened.
    """
    if not is_zip(path):
        return read_plain(path)
    try:
        with Archive(path) as archive:
            for defect in archive.defects:
                findings.reject(defect.rule, defect.place, defect.problem, defect.fix)
            for name in archive.names:
                if is_clutter(name):
                    problem = "a file of the operating system, which the server skips"
                    findings.warn("epic.clutter", name, problem, _FIX_MEMBER)
                elif name != MEMBER:
                    problem = f"{MEMBER} alone is expected in the archive"
                    findings.reject("epic.member", name, problem, _FIX_MEMBER)
            if MEMBER in archive.names:
                return archive.read(MEMBER)
    except InputError as error:
        findings.reject(error.rule, "", error.problem, error.fix)
        return None
    if findings.ok:
        findings.reject("epic.member", MEMBER, f"the archive holds no {MEMBER}", _FIX_MEMBER)
    return None


def check_head(head: Mapping[str, Any], challenge: str, findings: Findings) -> None:
    """Note what is wrong with the members beside `results`."""
    for key, wanted in (("version", VERSION), ("challenge", challenge)):
        if key not in head:
            findings.reject(f"epic.{key}", f"$.{key}", f"no {key}", f'Write "{wanted}".')
        elif head[key] != wanted and not isinstance(head[key], BadNumber):
            problem = f'{shown(head[key])}, "{wanted}" is expected'
            findings.reject(f"epic.{key}", f"$.{key}", problem, f'Write "{wanted}".')
    for key in LEVELS:
        level = head.get(key)
        if key not in head:
            findings.reject("epic.sls", f"$.{key}", f"no supervision level {key}", _FIX_LEVEL)
        elif isinstance(level, bool) or not isinstance(level, int) or not 0 <= level <= MAX_LEVEL:
            problem = f"supervision level {shown(level)}, 0 to {MAX_LEVEL} is expected"
            findings.reject("epic.sls", f"$.{key}", problem, _FIX_LEVEL)
    for key in head:
        if key not in ("version", "challenge", *LEVELS):
            place = member_place("$", key)
            findings.warn("epic.unknown_key", place, "the server ignores this key", "Remove it.")


def require_official_head(head: Mapping[str, Any], challenge: str, where: str) -> None:
    """The checks of the official detection script: the challenge name is a substring test there.

    Raises:
        InputError: the first that fails, in the official order.
    """
    for key, right in (
        ("version", lambda value: value == VERSION),
        ("challenge", lambda value: isinstance(value, str) and value in challenge),
    ):
        if key not in head or not right(head[key]):
            wanted = VERSION if key == "version" else challenge
            problem = f'{shown(head.get(key))}, "{wanted}" is expected'
            raise InputError(f"epic.{key}", f"{where} $.{key}", problem, f'Write "{wanted}".')
    for key in LEVELS:
        level = head.get(key)
        if not isinstance(level, int | float) or not 0 <= level <= MAX_LEVEL:
            problem = f"supervision level {shown(level)}, 0 to {MAX_LEVEL} is expected"
            raise InputError("epic.sls", f"{where} $.{key}", problem, _FIX_LEVEL)
