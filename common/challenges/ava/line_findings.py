"""Findings about lines of a table: sorted by line, fifty told in words, all of them counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from common.challenges.findings import SHOWN, Findings

Level = Literal["defect", "warning"]
Tell = Callable[[str, str, str, str], None]
Describe = Callable[[int], tuple[str, str]]


@dataclass(frozen=True, slots=True)
class _Told:
    line: int
    rule: str
    problem: str
    fix: str


@dataclass(slots=True)
class LineFindings:
    """Collects findings by line; a million of them cost little, as few are put into words."""

    told: dict[Level, list[_Told]] = field(default_factory=lambda: {"defect": [], "warning": []})
    counts: dict[Level, int] = field(default_factory=lambda: {"defect": 0, "warning": 0})
    _counts_of_rule: Counter[str] = field(default_factory=Counter)

    def one(self, level: Level, rule: str, line: int, problem: str, fix: str) -> None:
        """Note one finding; those of one rule must come by rising line."""
        self.counts[level] += 1
        self._counts_of_rule[rule] += 1
        if self._counts_of_rule[rule] <= SHOWN:
            self.told[level].append(_Told(line, rule, problem, fix))

    def many(
        self,
        level: Level,
        rule: str,
        lines: NDArray[np.int64],
        concerned: NDArray[np.bool_],
        describe: Describe,
    ) -> None:
        """Note the same finding for many rows.

        Args:
            level: defect or warning.
            rule: its id.
            lines: line of every row of the table.
            concerned: (n,) True for the rows that it is about.
            describe: problem and fix of a row; called for the first few.
        """
        rows = np.flatnonzero(concerned)
        self.counts[level] += len(rows)
        for row in rows[np.argsort(lines[rows], kind="stable")[:SHOWN]].tolist():
            self.told[level].append(_Told(int(lines[row]), rule, *describe(row)))

    def emit(self, findings: Findings) -> None:
        """Hand all of them on, the lowest lines in words."""
        levels: tuple[tuple[Level, Tell], ...]
        levels = ("defect", findings.reject), ("warning", findings.warn)
        for level, tell in levels:
            told = sorted(self.told[level], key=lambda entry: entry.line)[:SHOWN]
            for entry in told:
                tell(entry.rule, f"line {entry.line}", entry.problem, entry.fix)
            self.counts[level] -= len(told)
        findings.n_defects += self.counts["defect"]
        findings.n_warnings += self.counts["warning"]
