"""Packaging refuses what the validator rejects."""

from __future__ import annotations

from pathlib import Path

from common.challenges.findings import Findings
from common.core.errors import InputError


def refuse_defects(findings: Findings, path: Path) -> None:
    """Raise if there is a defect.

    Raises:
        InputError: the first defect, and how many there are.
    """
    if findings.ok:
        return
    first = findings.defects[0]
    more = f" ({findings.n_defects} defects in all)" if findings.n_defects > 1 else ""
    raise InputError(first.rule, f"{path} {first.place}".rstrip(), first.problem + more, first.fix)
