"""The shell around the stages of a temporal track."""

from pathlib import Path

import pytest

from common.core.errors import InputError
from common.submission.temporal_stages import track_run


def test_a_track_is_found_by_its_name():
    run = track_run("activitynet")
    assert run.files.own == Path("artifacts") / run.params.profile / "activitynet"
    assert run.track is run.params.activitynet


@pytest.mark.parametrize("name", ["world", "nothing"])
def test_what_is_no_temporal_track_is_refused_with_those_that_are(name):
    with pytest.raises(InputError) as error:
        track_run(name)
    assert error.value.rule == "track.temporal"
    assert "activitynet" in str(error.value)
