"""Every rule id of the challenges floor stands on the page, and every rule there is in use."""

import ast
import re
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
PAGE = ROOT / "docs" / "rules.md"
SOURCES = [
    *sorted((ROOT / "common" / "challenges").rglob("*.py")),
    ROOT / "common" / "core" / "records.py",
    ROOT / "common" / "core" / "files.py",
]
# Calls whose first argument is a rule id.
CALLS = {"InputError", "Finding", "reject", "warn"}
SHAPE = re.compile(r"[a-z]+\.[a-z_0-9]+")


def rules_on_page() -> list[str]:
    return re.findall(r"^\| `([a-z]+\.[a-z_0-9]+)` \|", PAGE.read_text(), flags=re.MULTILINE)


def rule_patterns(sources: Sequence[Path] = SOURCES) -> dict[str, str]:
    """Rule ids in the code as patterns (an f-string leaves parts open) -> file."""
    found = {}
    for path in sources:
        for node in ast.walk(ast.parse(path.read_text())):
            for text in _rule_texts(node):
                found[text] = str(path.relative_to(ROOT))
    return found


def _rule_texts(node: ast.AST):
    if isinstance(node, ast.Call) and node.args:
        name = node.func.attr if isinstance(node.func, ast.Attribute) else ""
        name = node.func.id if isinstance(node.func, ast.Name) else name
        first = node.args[0]
        if name in CALLS and isinstance(first, ast.Constant) and isinstance(first.value, str):
            yield re.escape(first.value)
        if name in CALLS and isinstance(first, ast.JoinedStr):
            yield "".join(
                re.escape(part.value) if isinstance(part, ast.Constant) else "[a-z_]+"
                for part in first.values
            )
    # Ids are also kept in names and passed on: any text of their shape and area counts.
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        area, _, end = node.value.partition(".")
        if SHAPE.fullmatch(node.value) and area in AREAS and end not in SUFFIXES:
            yield re.escape(node.value)


AREAS = {rule.split(".")[0] for rule in rules_on_page()}
SUFFIXES = {"json", "csv", "zip", "png", "txt"}


def test_every_rule_id_in_the_code_stands_on_the_page():
    page = rules_on_page()
    missing = {
        pattern: file
        for pattern, file in rule_patterns().items()
        if not any(re.fullmatch(pattern, rule) for rule in page)
    }
    assert missing == {}


def test_every_rule_on_the_page_is_used():
    product = [path for folder in ("common", "tracks") for path in (ROOT / folder).rglob("*.py")]
    patterns = list(rule_patterns(product))
    unused = [rule for rule in rules_on_page() if not any(re.fullmatch(p, rule) for p in patterns)]
    assert unused == []


def test_a_rule_stands_once_with_a_level_and_two_examples():
    page = rules_on_page()
    assert len(page) == len(set(page))
    for line in PAGE.read_text().splitlines():
        if line.startswith("| `"):
            cells = [cell.strip() for cell in line.strip("|").split("|")]
            assert len(cells) == 5 and all(cells), line
            assert set(re.split(r", ", cells[1])) <= {"reject", "warn", "stop"}, line
