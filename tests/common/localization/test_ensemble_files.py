"""Members of an ensemble from files."""

import json

import numpy as np
import pytest

from common.core.errors import InputError
from common.core.params.localization import Ensemble, ProposalRule, SoftNms
from common.localization.ensemble_files import file_ensemble
from common.localization.maps import ScoreMaps, write_maps
from common.localization.tables import PROPOSAL_COLUMNS, make_table, write_table

VIDEOS = ["a", "b"]


def _result(path, labels=("jump",), videos=VIDEOS, score=0.5, **keys):
    rows = [{"segment": [1.0, 4.0], "score": score, "label": x} | keys for x in labels]
    rows = [{k: v for k, v in row.items() if v is not None} for row in rows]
    path.write_text(json.dumps({"results": {video: rows for video in videos}}))
    return path


def _maps(folder, seed=0):
    rng = np.random.default_rng(seed)
    for video in VIDEOS:
        start, end = rng.random((2, 8), dtype=np.float32)
        write_maps(folder, ScoreMaps(video, 10.0, start, end, rng.random((2, 8, 8), np.float32)))
    return folder


def _ensemble(paths, **spec):
    durations = dict.fromkeys(VIDEOS, 10.0)
    return file_ensemble(paths, VIDEOS, durations, ProposalRule(), SoftNms(), Ensemble(**spec))


def test_detections_are_fused_within_their_class(tmp_path):
    one = _result(tmp_path / "one.json", ["jump", "clap"])
    two = _result(tmp_path / "two.json", ["jump"], score=5.0)  # other scale, same rank
    found = _ensemble([one, two])
    fused = found.fuse((0.5, 0.5))
    assert found.kind == "detections"
    best = fused.groupby(["video", "label"])["score"].max()  # no class suppresses the other
    assert best.to_dict() == {(v, label): 0.5 for v in VIDEOS for label in ("clap", "jump")}


def test_a_verb_and_a_noun_make_a_class(tmp_path):
    path = _result(tmp_path / "epic.json", [None], verb=3, noun=14, action="3,14")
    assert set(_ensemble([path]).tables["epic"]["label"]) == {"3,14"}


def test_maps_are_fused_as_maps_or_as_proposals(tmp_path):
    paths = [_maps(tmp_path / "x", 1), _maps(tmp_path / "y", 2)]
    assert _ensemble(paths).kind == "maps"
    assert _ensemble(paths, level="proposals").kind == "proposals"
    assert tuple(_ensemble(paths).fuse((1.0, 0.0)).columns) == PROPOSAL_COLUMNS


def test_weight_zero_leaves_a_member_out(tmp_path):
    paths = [_maps(tmp_path / "x", 1), _maps(tmp_path / "y", 2)]
    alone, both = _ensemble(paths[:1]).fuse((1.0,)), _ensemble(paths).fuse((1.0, 0.0))
    assert alone.equals(both)


def test_maps_mix_with_proposals_of_others(tmp_path):
    theirs = _result(tmp_path / "theirs.json", [None])
    found = _ensemble([_maps(tmp_path / "ours"), theirs])
    assert found.kind == "proposals"
    assert len(found.fuse((0.5, 0.5)))


def test_only_videos_that_all_cover_count(tmp_path):
    one, two = _result(tmp_path / "one.json"), _result(tmp_path / "two.json", videos=["b", "z"])
    assert _ensemble([one, two]).videos == ("b",)


def test_a_table_of_the_stages_is_a_member(tmp_path):
    columns = {"video": ["a"], "start": [0.0], "end": [1.0], "score": [0.3], "member": "m"}
    write_table(tmp_path / "p.parquet", make_table(PROPOSAL_COLUMNS, columns))
    assert _ensemble([tmp_path / "p.parquet"]).kind == "proposals"


def test_detections_do_not_mix_with_maps(tmp_path):
    with pytest.raises(InputError) as error:
        _ensemble([_result(tmp_path / "one.json"), _maps(tmp_path / "x")])
    assert error.value.rule == "ensemble.kinds"


def test_a_file_without_the_fold_is_named(tmp_path):
    with pytest.raises(InputError, match=r"other\.json.*none of the 2 videos"):
        _ensemble([_result(tmp_path / "other.json", videos=["z"])])


@pytest.mark.parametrize("text", ["{", '{"results": []}', '{"results": {"a": [{"score": 1}]}}'])
def test_what_is_no_result_file_is_refused(text, tmp_path):
    (tmp_path / "bad.json").write_text(text)
    with pytest.raises(InputError) as error:
        _ensemble([tmp_path / "bad.json"])
    assert error.value.rule == "ensemble.file"


def test_two_members_need_two_names(tmp_path):
    (tmp_path / "in").mkdir()
    paths = [_result(tmp_path / "one.json"), _result(tmp_path / "in" / "one.json")]
    with pytest.raises(InputError) as error:
        _ensemble(paths)
    assert error.value.rule == "ensemble.names"
