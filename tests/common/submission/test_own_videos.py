"""Ids of one's own videos in the result file."""

from common.submission.own_videos import official_ids


def test_official_files_are_listed_by_their_official_id():
    assert official_ids(["v_GGSY1Qvo990", "v_home", "holiday"]) == {
        "v_GGSY1Qvo990": "GGSY1Qvo990",
        "v_home": "v_home",
        "holiday": "holiday",
    }


def test_two_files_never_share_an_id():
    both = ["v_GGSY1Qvo990", "GGSY1Qvo990"]
    assert list(official_ids(both).values()) == both
