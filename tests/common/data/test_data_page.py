"""docs/data.md names every rule that the data floor can break, and every param of composing."""

import re
from pathlib import Path

from common.core.params.composed import Composed

ROOT = Path(__file__).resolve().parents[3]
PAGE = (ROOT / "docs" / "data.md").read_text()


def test_every_rule_stands_on_the_page_and_no_other():
    code = "".join(path.read_text() for path in (ROOT / "common" / "data").glob("*.py"))
    areas = "sources|data|clips|compose|adopt|doctor"
    used = set(re.findall(rf'InputError\(\s*"((?:{areas})\.[a-z0-9_]+)"', code))
    rules = PAGE.split("## Error rules")[1]
    assert set(re.findall(rf"`((?:{areas})\.[a-z0-9_]+)`", rules)) == used


def test_every_param_of_composing_stands_on_the_page():
    table = PAGE.split("| key | meaning |")[1].split("**Cuts.**")[0]
    assert set(re.findall(r"`([a-z_]+)`", table)) >= set(Composed.model_fields)
