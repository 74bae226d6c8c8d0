"""What a validator finds: defects (the server refuses, skips or misreads it) and warnings."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

SHOWN = 50
SCHEMA_VERSION = 1


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong or looks wrong.

    Args:
        rule: stable id, `area.name`, with a line in `docs/rules.md`.
        place: place within the file: JSON path (`$.results["abc"][3].label`), `line 7`, a member or
            sequence name; empty when the file as a whole is meant.
        problem: what was found and what was expected; lower case start, no full stop.
        fix: what to do about it, as a sentence.
    """

    rule: str
    place: str
    problem: str
    fix: str

    def __str__(self) -> str:
        place = f"{self.place}: " if self.place else ""
        return printable(f"{place}{self.problem}. {self.fix} [{self.rule}]")


def printable(text: str) -> str:
    """Text on one line in which a terminal finds nothing to obey: escaped as in JSON."""
    if text.isprintable():
        return text
    return "".join(letter if letter.isprintable() else _escaped(letter) for letter in text)


def _escaped(letter: str) -> str:
    # JSON need not escape DEL, so it is done here.
    return json.dumps(letter)[1:-1] if letter != "\x7f" else "\\u007f"


@dataclass(slots=True)
class Findings:
    """Collects findings: lists at most 50 of each level and counts all of them.

    `notes` say which checks were left out and why; they are neither defects nor warnings.
    """

    defects: list[Finding] = field(default_factory=list)
    warnings: list[Finding] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    n_defects: int = 0
    n_warnings: int = 0

    def reject(self, rule: str, place: str, problem: str, fix: str) -> None:
        """Note a defect: the file must not be uploaded."""
        self.n_defects += 1
        if len(self.defects) < SHOWN:
            self.defects.append(Finding(rule, place, problem, fix))

    def warn(self, rule: str, place: str, problem: str, fix: str) -> None:
        """Note a warning: scored as it stands, but it looks like a mistake."""
        self.n_warnings += 1
        if len(self.warnings) < SHOWN:
            self.warnings.append(Finding(rule, place, problem, fix))

    def note(self, text: str) -> None:
        """Say once that a check could not be made, and why."""
        if text not in self.notes:
            self.notes.append(text)

    @property
    def ok(self) -> bool:
        """True if there is no defect (warnings are allowed)."""
        return self.n_defects == 0

    def to_dict(self, format: str, file: str) -> dict[str, Any]:
        """The JSON document of `emc2 validate --json`."""
        return {
            "schema_version": SCHEMA_VERSION,
            "ok": self.ok,
            "format": format,
            "file": file,
            "defects": [_as_dict(finding) for finding in self.defects],
            "warnings": [_as_dict(finding) for finding in self.warnings],
            "counts": {"defects": self.n_defects, "warnings": self.n_warnings},
            "notes": list(self.notes),
        }


def _as_dict(finding: Finding) -> dict[str, str]:
    return {
        "rule": finding.rule,
        "place": finding.place,
        "problem": finding.problem,
        "fix": finding.fix,
    }
