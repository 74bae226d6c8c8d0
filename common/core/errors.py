"""The one error that a user can mend."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class InputError(Exception):
    """Something a user gave us is wrong and can be mended. The command line prints it and exits 1.

    Args:
        rule: stable id of the broken rule, `area.name`, for instance `anet.label`.
        where: file and place (line, JSON path, frame, video id).
        problem: what was found and what was expected; lower case start, no full stop.
        fix: what to do about it, as a sentence.
    """

    def __init__(self, rule: str, where: str, problem: str, fix: str) -> None:
        # Positional args only: worker processes pickle exceptions through `args`.
        super().__init__(rule, where, problem, fix)
        self.rule, self.where, self.problem, self.fix = rule, where, problem, fix

    def __str__(self) -> str:
        return f"{self.where}: {self.problem}. {self.fix} [{self.rule}]"


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """A sentence that names the nearest known word, or the known words when none is near."""
    words = sorted(known)
    near = difflib.get_close_matches(word, words, n=1, cutoff=0.6)
    if near:
        return f'Did you mean "{near[0]}"?'
    shown = ", ".join(words[:12])
    return f"Known: {shown}{' …' if len(words) > 12 else ''}."
