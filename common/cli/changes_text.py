"""What `emc2 verify` found, as a person reads it."""

from __future__ import annotations

from common.challenges.findings import Findings


def changes_text(findings: Findings, folder: str) -> str:
    """Changes, warnings and notes, one line each, and a last line with the verdict."""
    lines = [folder]
    lines += [f"changed: {finding}" for finding in findings.defects]
    if findings.n_defects > len(findings.defects):
        lines.append(f"… and {findings.n_defects - len(findings.defects)} more changes")
    lines += [f"warning: {finding}" for finding in findings.warnings]
    lines += [f"note: {note}" for note in findings.notes]
    as_it_was = "all that is here is as it was" if findings.notes else "all is as it was"
    verdict = as_it_was if findings.ok else f"{findings.n_defects} changed or absent"
    lines.append(f"{'ok' if findings.ok else 'FAIL'}: {verdict}")
    return "\n".join(lines)
