"""Coverage-guided fuzzing of one parser; no test: it needs atheris (`pip install atheris`).

    python -m tests.common.challenges.fuzz ava --seconds 600 --corpus found/ava

Stops at the first input that is neither read nor refused in order, takes 20 seconds, or 1.5 GB.
What it finds interesting stays in the corpus folder; `--keep N` then prints N of them as entries
for `fuzz_seeds.json`. `docs/evaluators.md` says what was fuzzed and for how long.
"""

from __future__ import annotations

import argparse
import base64
import json
import sys
import tempfile
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["common.challenges", "zipfile", "csv", "json.decoder"]):
    from common.challenges import formats
    from tests.common.challenges import mask_files
    from tests.common.challenges.temporal_files import (
        ANNOTATIONS,
        EPIC_INFO,
        EPIC_TABLE,
        valid_document,
        write_truth,
    )
    from tests.common.challenges.test_fuzz_seeds import (
        AVA_FILES,
        CHECKS,
        FORMATS,
        LISTS,
        MASK_FORMATS,
        described,
    )

    for name in ("ava", *FORMATS, *MASK_FORMATS):
        formats.module_of(name)  # formats are imported when asked for: too late to be instrumented

# Parser -> the check that it goes through, and the first bytes that it may have there.
PARSERS = {
    "activitynet": ("results", (0, 1, 2)),
    "hacs": ("results", (3,)),
    "epic": ("results", (4, 5)),
    "davis": ("archives", (0, 1)),
    "portrait": ("archives", (2,)),
    "ava": ("ava", (0, 1, 2, 3)),
    "lists": ("lists", (0, 1, 2, 3)),
    "pictures": ("pictures", ()),
    "tables": ("tables", ()),
    "annotations": ("annotations", ()),
    "settings": ("settings", ()),
}


def starts(parser: str) -> list[bytes]:
    """Valid inputs to begin with."""
    check, firsts = PARSERS[parser]
    if check == "results":
        documents = (json.dumps(valid_document(FORMATS[first])).encode() for first in firsts)
        return [bytes([first]) + data for first, data in zip(firsts, documents, strict=True)]
    if check == "archives":
        return [data for first in firsts for data in _archives(first)]
    if parser == "ava":
        lines = b"mov_one,0902,0.11,0.1,0.5,0.9,12,0.9\nmov_one,902.0,0.1,0.1,0.5,0.9,12,0.8\n"
        rest = [bytes([place]) + data for place, data in enumerate(AVA_FILES.values(), start=1)]
        return [b"\0" + lines, *rest]
    if parser == "lists":
        return [bytes([place]) + data for place, data in enumerate(LISTS.values())]
    if parser == "annotations":
        return [json.dumps(ANNOTATIONS).encode(), b'{"database": {}}']
    if parser == "tables":
        tail, unseen = "verb\npour\n", "participant_id\nP18\n"
        classes = "id,key,instances,category\n0,take,\"['take', 'pick']\",retrieve\n"
        return [text.encode() for text in (EPIC_TABLE, EPIC_INFO, tail, unseen, classes)]
    if parser == "pictures":
        return [next(iter(_masks(2).values()))]
    return [b'{"subset": "validation", "tail_verbs": [1, 2], "dtype": "float32", "capacity": 50}']


def _masks(first: int) -> dict[str, bytes]:
    return mask_files.pngs(mask_files.truth_masks(MASK_FORMATS[first]))


def _archives(first: int) -> list[bytes]:
    """One as it is, one as a description of its entries."""
    with tempfile.TemporaryDirectory() as folder:
        path = mask_files.write_zip(Path(folder) / "a.zip", _masks(first))
        return [bytes([first]) + path.read_bytes(), bytes([first, 1]) + described(_masks(first))]


def seed_of(parser: str, data: bytes) -> tuple[str, bytes]:
    """The check and the bytes that it is given for an input of the fuzzer."""
    check, firsts = PARSERS[parser]
    return check, bytes([firsts[data[0] % len(firsts)]]) + data[1:] if firsts else data


def keep(parser: str, corpus: Path, n: int) -> None:
    """Print `n` entries for `fuzz_seeds.json`, of all lengths up to 2 KiB."""
    files = sorted(corpus.iterdir(), key=lambda path: (path.stat().st_size, path.name))
    files = [path for path in files if 0 < path.stat().st_size <= 2048]
    for path in files[:: max(1, len(files) // n)][:n]:
        check, data = seed_of(parser, path.read_bytes())
        entry = {"parser": check, "data": base64.b64encode(data).decode()}
        sys.stdout.write(json.dumps(entry) + ",\n")


def main() -> None:
    """Fuzz, or print what was found."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("parser", choices=PARSERS)
    options.add_argument("--seconds", type=int, default=600)
    options.add_argument("--corpus", type=Path, required=True)
    options.add_argument("--keep", type=int, default=0)
    chosen = options.parse_args()
    if chosen.keep:
        keep(chosen.parser, chosen.corpus, chosen.keep)
        return
    chosen.corpus.mkdir(parents=True, exist_ok=True)
    for place, data in enumerate(starts(chosen.parser)):
        (chosen.corpus / f"start-{place}").write_bytes(data)
    folder = Path(tempfile.mkdtemp())
    truths = {form: write_truth(folder / form, form) for form in FORMATS}

    def one(data: bytes) -> None:
        if data:
            check, data = seed_of(chosen.parser, data)
            CHECKS[check](data, folder, truths)

    limits = [f"-max_total_time={chosen.seconds}", "-max_len=16384", "-timeout=20"]
    atheris.Setup([sys.argv[0], *limits, "-rss_limit_mb=1500", str(chosen.corpus)], one)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
