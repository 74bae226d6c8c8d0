"""The stage `world` for each kind of profile that needs nothing official."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml

from common.core.errors import InputError
from common.core.params.reader import read_params_file
from common.data.ledger import data_folder
from common.data.link import link
from common.data.make_dataset import make_dataset
from common.data.sources import read_sources
from common.video.encode import encode_video


@pytest.fixture
def own_videos(tmp_path, monkeypatch):
    """Two annotated videos, linked, and the clips profile set to adopt them."""
    monkeypatch.setenv("EMC2_DATA", str(tmp_path / "data"))
    folder = tmp_path / "mine"
    database = {
        name: {
            "duration": 2.0,
            "subset": subset,
            "annotations": [{"label": "Walk", "segment": [0.0, 1.0]}],
        }
        for name, subset in (("a", "training"), ("b", "validation"))
    }
    for name in database:
        encode_video(folder / "videos" / f"{name}.mp4", [np.zeros((16, 16, 3), np.uint8)] * 20, 10)
    document = {"version": "VERSION test", "taxonomy": [], "database": database}
    (folder / "annotations.json").write_text(json.dumps(document))
    return folder


def _params(tmp_path, **changes):
    values = yaml.safe_load(Path("params.yaml").read_text())
    values["profile"] = "clips"
    values["world"]["profiles"]["clips"] |= changes
    path = tmp_path / "params.yaml"
    path.write_text(yaml.safe_dump(values, sort_keys=False))
    return read_params_file(path).resolved["clips"]


def test_own_annotated_videos_become_the_dataset(own_videos, tmp_path):
    link("annotated-videos", own_videos, read_sources(), data_folder(), None)
    make_dataset(_params(tmp_path, kind="adopted"), tmp_path / "world")
    videos = pd.read_csv(tmp_path / "world" / "videos.csv").set_index("video")
    assert dict(videos["subset"]) == {"a": "train", "b": "test"}
    clips = pd.read_csv(tmp_path / "world" / "clips.csv")
    assert set(clips["label"]) == {"Walk", "background"}
    truth = json.loads((tmp_path / "world" / "truth" / "annotations.json").read_text())
    assert set(truth["database"]) == {"b"}


def test_a_folder_without_annotations_is_not_linked(own_videos):
    (own_videos / "annotations.json").unlink()
    with pytest.raises(InputError) as caught:
        link("annotated-videos", own_videos, read_sources(), data_folder(), None)
    assert caught.value.rule == "data.annotations"


def test_adopting_without_its_section_is_an_error(own_videos, tmp_path):
    params = _params(tmp_path, kind="adopted", adopted=None)
    with pytest.raises(InputError) as caught:
        make_dataset(params, tmp_path / "world")
    assert caught.value.rule == "data.recipe"
