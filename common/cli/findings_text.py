"""What a validator found, as a person reads it."""

from __future__ import annotations

from common.challenges.findings import SHOWN, Finding, Findings


def findings_text(findings: Findings, format: str, file: str) -> str:
    """Defects, warnings and notes, one line each, and a last line with the verdict."""
    lines = [f"{file} ({format})"]
    lines += _level("defect", findings.defects, findings.n_defects)
    lines += _level("warning", findings.warnings, findings.n_warnings)
    lines += [f"note: {note}" for note in findings.notes]
    verdict = "fine" if findings.ok else "the server would refuse, skip or misread this file"
    counts = [_count(findings.n_defects, "defect"), _count(findings.n_warnings, "warning")]
    lines.append(f"{', '.join(counts)}: {verdict}")
    return "\n".join(lines)


def _level(word: str, shown: list[Finding], total: int) -> list[str]:
    lines = [f"{word}: {finding}" for finding in shown]
    if total > len(shown):
        lines.append(f"… and {total - len(shown)} more {word}s (the first {SHOWN} are listed)")
    return lines


def _count(number: int, word: str) -> str:
    return f"{number} {word}{'' if number == 1 else 's'}"
