"""Coverage-guided fuzzing of one parser; no test: it needs atheris (`pip install atheris`).

    python -m tests.common.challenges.fuzz ava --seconds 600 --corpus found/ava

Stops at the first input that is neither read nor refused in order. What it finds interesting stays
in the corpus folder; `--keep N` then prints N of them as entries for `fuzz_seeds.json`.
"""

from __future__ import annotations

import argparse
import base64
import json
import sys
import tempfile
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["common.challenges"]):
    from common.challenges import formats
    from tests.common.challenges import mask_files
    from tests.common.challenges.temporal_files import write_truth
    from tests.common.challenges.test_fuzz_seeds import AVA_FILES, CHECKS, FORMATS, MASK_FORMATS

    for name in ("ava", *FORMATS, *MASK_FORMATS):
        formats.module_of(name)  # formats are imported when asked for: too late to be instrumented


def starts(parser: str) -> list[bytes]:
    """Valid inputs to begin with."""
    if parser == "ava":
        lines = b"mov_one,0902,0.11,0.1,0.5,0.9,12,0.9\nmov_one,902.0,0.1,0.1,0.5,0.9,12,0.8\n"
        rest = [bytes([place]) + data for place, data in enumerate(AVA_FILES.values(), start=1)]
        return [b"\0" + lines, *rest]
    masks = {form: mask_files.pngs(mask_files.truth_masks(form)) for form in MASK_FORMATS}
    if parser == "pictures":
        return [next(iter(masks["portrait"].values()))]
    if parser == "archives":
        found = []
        with tempfile.TemporaryDirectory() as folder:
            for place, form in enumerate(MASK_FORMATS):
                path = mask_files.write_zip(Path(folder) / "a.zip", masks[form])
                found.append(bytes([place]) + path.read_bytes())
        return found
    if parser == "settings":
        return [
            b'{"subset": "validation", "tail_verbs": [1, 2], "dtype": "float32", "capacity": 50}'
        ]
    return [b"{}"]


def main() -> None:
    """Fuzz, or print what was found."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("parser", choices=CHECKS)
    options.add_argument("--seconds", type=int, default=600)
    options.add_argument("--corpus", type=Path, required=True)
    options.add_argument("--keep", type=int, default=0)
    chosen = options.parse_args()
    chosen.corpus.mkdir(parents=True, exist_ok=True)
    if chosen.keep:
        files = sorted(chosen.corpus.iterdir(), key=lambda path: (path.stat().st_size, path.name))
        step = max(1, len(files) // chosen.keep)
        for path in files[::step][: chosen.keep]:
            data = base64.b64encode(path.read_bytes()).decode()
            sys.stdout.write(json.dumps({"parser": chosen.parser, "data": data}) + ",\n")
        return
    for place, data in enumerate(starts(chosen.parser)):
        (chosen.corpus / f"start-{place}").write_bytes(data)
    folder = Path(tempfile.mkdtemp())
    truths = {form: write_truth(folder / form, form) for form in FORMATS}

    def one(data: bytes) -> None:
        if data:
            CHECKS[chosen.parser](data, folder, truths)

    limits = [f"-max_total_time={chosen.seconds}", "-max_len=4096", "-timeout=20"]
    atheris.Setup([sys.argv[0], *limits, str(chosen.corpus)], one)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
