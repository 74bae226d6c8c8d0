import json

from typer.testing import CliRunner

from common.challenges.parity import CaseParity, compare_folder
from common.cli import evaluators_page
from common.cli.evaluators_page import page
from tests.common.challenges.temporal_files import valid_document, write_truth

BENCH = {
    "columns": [
        "format",
        "size",
        "ours CPU s",
        "ours wall s",
        "budget s",
        "official CPU s",
        "ratio x",
        "floor CPU s",
        "over floor x",
        "ours MB",
        "official MB",
    ],
    "rows": [["ava", "1.4 M rows", 2.5, 2.6, 4.0, 121.0, 48.4, 1.0, 2.5, 300, None]],
    "machine": {"processor": "a processor", "cores": 2},
}


def golden_folder(tmp_path, average_map):
    folder = tmp_path / "golden" / "activitynet-detection"
    case = folder / "tiny"
    write_truth(case, "activitynet-detection").rename(case / "gt.json")
    (case / "pred.json").write_text(json.dumps(valid_document("activitynet-detection")))
    values = {"average_mAP": average_map, "n_gt": 3, "classes": ["Rope skipping", "Long jump"]}
    refused = {"official": {"error": "KeyError"}, "tie_order_dependent": False}
    (folder / "refused").mkdir()
    (folder / "refused" / "gt.json").write_bytes((case / "gt.json").read_bytes())
    (folder / "refused" / "pred.json").write_text("{}")
    cases = {"tiny": {"official": values, "tie_order_dependent": True}, "refused": refused}
    (folder / "expected.json").write_text(json.dumps({"cases": cases}))
    return tmp_path / "golden"


def test_a_wrong_value_is_counted_as_unequal(tmp_path):
    tiny, refused = compare_folder(golden_folder(tmp_path, 0.123))
    assert (tiny.n_values, tiny.n_equal, tiny.official, tiny.tied) == (4, 3, 0.123, True)
    assert refused.refused and refused.n_equal == 1


def test_a_difference_in_the_last_bit_is_unequal(tmp_path):
    ours = compare_folder(golden_folder(tmp_path / "a", 0.0))[0].ours
    assert compare_folder(golden_folder(tmp_path / "b", ours))[0].n_equal == 4
    nearly = ours * (1 + 2**-52)
    assert compare_folder(golden_folder(tmp_path / "c", nearly))[0].n_equal == 3


def test_every_format_has_a_table_with_its_measured_row():
    cases = [
        CaseParity("ava", "nasty", 0.5, 0.5, 60, 60, False, True),
        CaseParity("portrait", "sequences", None, None, 1, 1, True, False),
    ]
    text = page(cases, BENCH)
    assert "## ava" in text and "## portrait" in text
    assert "| nasty (ties) | 0.5 | 0.5 | 60 of 60 |" in text
    assert "| full size: 1.4 M rows | – | – | – | 121.0 | – | 2.5 | 300 | 48.4 | 1.0 |" in text
    assert "| sequences | refused | refused | yes |" in text


def test_the_command_writes_the_page(tmp_path):
    import typer

    app = typer.Typer()
    app.command()(evaluators_page.main)
    bench, out = tmp_path / "bench.json", tmp_path / "page.md"
    bench.write_text(json.dumps(BENCH))
    arguments = ["--bench", str(bench), "--out", str(out), "--golden"]
    done = CliRunner().invoke(app, [*arguments, str(tmp_path / "none")])
    assert done.exit_code == 0 and not out.exists()
    done = CliRunner().invoke(app, [*arguments, str(golden_folder(tmp_path, 0.5))])
    assert "4 of 5 values equal in 2 cases" in done.stdout
    assert out.read_text().startswith("# Evaluators")
