"""The rules of the house that no other tool checks."""

import ast
import re
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[1]
PRODUCT = sorted(path for folder in ("common", "tracks") for path in (ROOT / folder).rglob("*.py"))
FORBIDDEN_NAMES = {"utils.py", "helpers.py", "misc.py"}
# What runs code from a file. `common/training/weights.py` is the one place that opens .pth files.
UNSAFE = re.compile(
    r"\bpickle\.loads?\(|\byaml\.load\(|allow_pickle=True|\beval\(|shell=True|weights_only=False"
)


def test_no_file_is_a_drawer():
    assert not [path for path in PRODUCT if path.name in FORBIDDEN_NAMES]


def test_files_stay_short():
    long = {str(p.relative_to(ROOT)): n for p in PRODUCT if (n := _lines(p)) > 400}
    assert not long


def test_stage_modules_are_thin_shells():
    long = {
        str(p.relative_to(ROOT)): _lines(p)
        for p in PRODUCT
        if p.is_relative_to(ROOT / "tracks") and _lines(p) > 120
    }
    assert not long


def test_nothing_runs_code_from_a_file():
    found = [
        f"{path.relative_to(ROOT)}: {match.group()}"
        for path in PRODUCT
        for match in [UNSAFE.search(_code(path))]
        if match
    ]
    assert not found


def test_only_the_reader_opens_videos():
    allowed = {ROOT / "common" / "video"}
    found = [
        p for p in PRODUCT if re.search(r"\bav\.open\(", p.read_text()) and p.parent not in allowed
    ]
    assert not found


def test_only_the_command_line_prints():
    found = []
    for path in PRODUCT:
        if path.is_relative_to(ROOT / "common" / "cli"):
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "print":
                if not any(keyword.arg == "file" for keyword in node.keywords):
                    found.append(f"{path.relative_to(ROOT)}:{node.lineno}")
    assert not found


def test_mmaction_is_imported_in_one_room():
    found = [
        p
        for p in PRODUCT
        if re.search(r"^\s*(from|import) mmaction", p.read_text(), re.M)
        and not p.is_relative_to(ROOT / "common" / "models")
        and not p.name.startswith("bench_")
    ]
    assert not found


def test_every_program_ends_in_order():
    """A stage that lacks its input says so in a line: no bare traceback."""
    found = [
        str(p.relative_to(ROOT))
        for p in PRODUCT
        if '__name__ == "__main__"' in (text := p.read_text())
        and "run_program(" not in text.split('__name__ == "__main__"')[1]
    ]
    assert not found


@pytest.mark.parametrize("path", sorted((ROOT / "tracks").glob("*/dvc.yaml")), ids=str)
def test_a_track_has_at_most_forty_stages(path):
    assert len(yaml.safe_load(path.read_text())["stages"]) <= 40


def test_no_function_stands_in_two_tracks():
    seen: dict[str, set[str]] = {}
    for path in PRODUCT:
        if not path.is_relative_to(ROOT / "tracks"):
            continue
        track = path.relative_to(ROOT / "tracks").parts[0]
        for node in ast.walk(_bare(ast.parse(path.read_text()))):
            # A call that names the track is how a track says what it is.
            if isinstance(node, ast.FunctionDef) and len(node.body) > 2:
                body = "\n".join(map(ast.unparse, node.body)).replace(track, "TRACK")
                seen.setdefault(body, set()).add(f"{track}: {path.name}: {node.name}")
    copies = [sorted(where) for where in seen.values() if len({w.split(":")[0] for w in where}) > 1]
    assert not copies


def _lines(path: Path) -> int:
    return len(path.read_text().splitlines())


def _code(path: Path) -> str:
    """The source without comments and docstrings, where a rule may be named."""
    return re.sub(r"\.eval\(", ".evaluate_mode(", ast.unparse(_bare(ast.parse(path.read_text()))))


def _bare(tree: ast.Module) -> ast.Module:
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if isinstance(body, list) and body and isinstance(body[0], ast.Expr):
            if isinstance(body[0].value, ast.Constant):
                body[0] = ast.Pass()
    return tree
