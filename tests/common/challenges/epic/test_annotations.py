import pytest

from common.challenges.epic.annotations import (
    EpicSegment,
    SegmentBounds,
    clock_seconds,
    count_warning,
    read_classes,
    read_segments,
    read_tail,
    read_unseen,
    read_video_info,
)
from common.challenges.epic.ground_truth import read_truth
from common.challenges.formats import Settings
from common.core.errors import InputError
from common.core.records import LabelledSegment
from tests.common.challenges.temporal_files import EPIC_TABLE, write_truth


def write(tmp_path, text, name="EPIC_100_validation.csv"):
    path = tmp_path / name
    path.write_text(text)
    return path


def test_rows_become_segments(tmp_path):
    first = read_segments(write(tmp_path, EPIC_TABLE))[0]
    assert first == EpicSegment("P01_11_0", "P01", "P01_11", 0.5, 1.89, 0, 2)
    assert first.record("take plate") == LabelledSegment("P01_11", 0.5, 1.89, "take plate")


def test_the_test_table_has_no_classes(tmp_path):
    text = "".join(line.rsplit(",", 2)[0] + "\n" for line in EPIC_TABLE.splitlines())
    assert read_segments(write(tmp_path, text))[0].verb is None
    with pytest.raises(InputError, match="no columns verb_class"):
        read_truth(write(tmp_path, text), Settings()).require_classes()


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("00:00:01.89", 1.89),
        ("01:00:00.50", 3600.5),
        ("00:28:20.59", 0.0 + 28 * 60 + 20.59),
        ("02:03:04", 7384.0),
    ],
)
def test_times_are_added_as_the_official_program_does(text, seconds):
    assert clock_seconds(text) == seconds


@pytest.mark.parametrize("text", ["1.5", "00:00", "0:0:0:0", "00:00:61.0", "aa:00:00", "-1:00:00"])
def test_other_times_are_refused(text):
    with pytest.raises(ValueError, match="is not a time"):
        clock_seconds(text)


def test_malformed_rows_are_named_by_line(tmp_path):
    text = EPIC_TABLE.replace(",0,2\n", ",97,2\n").replace("00:00:09.00", "9.0")
    with pytest.raises(InputError, match="line 2: verb_class '97' is not.*lines 4"):
        read_segments(write(tmp_path, text))


def test_a_narration_id_may_stand_once(tmp_path):
    with pytest.raises(InputError, match="line 3: P01_11_0 stands on line 2 already"):
        read_segments(write(tmp_path, EPIC_TABLE.replace("P01_11_1,", "P01_11_0,")))


def test_class_ids_count_from_zero(tmp_path):
    path = write(tmp_path, "id,key,instances,category\n0,take,\"['take', 'get']\",a\n1,put,x,b\n")
    assert [c.key for c in read_classes(path)] == ["take", "put"]
    path.write_text("id,key,instances,category\n1,take,x,a\n")
    with pytest.raises(InputError, match="0, 1, 2"):
        read_classes(path)


@pytest.mark.parametrize(
    ("name", "text", "read", "told"),
    [
        ("EPIC_100_tail_nouns.csv", "noun\n56\n9\n56\n", read_tail, "line 4: 56 stands on line 2"),
        ("EPIC_100_tail_verbs.csv", "verb\n3\n97\n", read_tail, "line 3: verb '97' is not"),
        ("unseen.csv", "participant_id\nP18\nP18\n", read_unseen, "line 3: P18 stands on line 2"),
        ("classes.csv", "id,key,category\n0,a,b\n0,c,d\n", read_classes, "line 3: 0 stands on"),
        (
            "EPIC_100_video_info.csv",
            "video_id,duration,fps,resolution\nP01_11,9,50,4x4\nP01_11,9,50,4x4\n",
            read_video_info,
            "line 3: P01_11 stands on line 2",
        ),
    ],
)
def test_an_id_stands_once_in_every_table(tmp_path, name, text, read, told):
    with pytest.raises(InputError, match=told):
        read(write(tmp_path, text, name))


def test_lists_and_video_table(tmp_path):
    assert read_tail(write(tmp_path, "noun\n56\n59\n", "EPIC_100_tail_nouns.csv")) == (56, 59)
    unseen = write(tmp_path, "participant_id\nP18\nP32\n", "unseen.csv")
    assert read_unseen(unseen) == ("P18", "P32")
    write_truth(tmp_path, "epic-detection")
    video = read_video_info(tmp_path / "EPIC_100_video_info.csv", {"P01_11": "validation"})[0]
    assert (video.subset, video.duration, video.width) == ("validation", 30.5, 1920)


def test_a_folder_gives_durations_and_lists_and_settings_win(tmp_path):
    write_truth(tmp_path, "epic-detection")
    (tmp_path / "EPIC_100_tail_verbs.csv").write_text("verb\n3\n")
    truth = read_truth(tmp_path, Settings(unseen_participants=("P01",)))
    assert truth.durations == {"P01_11": 30.5, "P18_02": 25.0}
    assert truth.tail_verbs == (3,) and truth.tail_nouns is None
    assert truth.unseen_participants == ("P01",)
    assert [warning.split(":")[0] for warning in truth.warnings] == [
        "EPIC_100_validation.csv",
        "EPIC_100_video_info.csv",
        "EPIC_100_tail_verbs.csv",
    ]
    assert "3 rows, published are 9,668" in truth.warnings[0]


def test_a_folder_without_the_table_of_the_subset_is_refused(tmp_path):
    write_truth(tmp_path, "epic-detection")
    with pytest.raises(InputError, match=r"holds no EPIC_100_train\.csv"):
        read_truth(tmp_path, Settings(subset="train"))


def test_published_counts_hold_for_the_official_tables(shared_data):
    folder = shared_data / "reference" / "epic-kitchens-100"
    validation = read_segments(folder / "EPIC_100_validation.csv.gz")
    assert count_warning("EPIC_100_validation.csv.gz", len(validation)) is None
    assert len({(s.verb, s.noun) for s in validation}) == 1_352
    test = read_segments(folder / "EPIC_100_test_timestamps.csv.gz")
    assert count_warning("EPIC_100_test_timestamps.csv.gz", len(test)) is None
    for name, read in {
        "EPIC_100_verb_classes.csv": read_classes,
        "EPIC_100_noun_classes.csv": read_classes,
        "EPIC_100_tail_verbs.csv": read_tail,
        "EPIC_100_tail_nouns.csv": read_tail,
        "EPIC_100_video_info.csv": read_video_info,
    }.items():
        assert count_warning(name, len(read(folder / name))) is None


def test_the_official_folder_serves_as_ground_truth(shared_data):
    truth = read_truth(shared_data / "reference" / "epic-kitchens-100", Settings())
    assert len(truth.videos) == 138
    assert truth.unseen_participants == ("P18", "P32")
    assert (len(truth.tail_verbs or ()), len(truth.tail_nouns or ())) == (86, 228)
    assert sum(s.participant in ("P18", "P32") for s in truth.segments) == 1_065
    assert truth.warnings == []


@pytest.mark.parametrize(
    ("old", "new", "rule", "problem"),
    [
        ("00:00:01.89", "00:00:00.40", "epic.times", "its end is not after"),
        ("00:00:01.89", "00:00:41.00", "epic.outside", "its video ends at 40.00 s"),
        ("P01_11_0,P01,P01_11,", "P01_11_0,P01,P99_01,", "epic.unlisted_video", "P99_01"),
        (",0,2\n", ",9,2\n", "table.row", "verb_class '9' is not a number from 0 to 4"),
    ],
)
def test_a_row_that_does_not_fit_the_other_tables_is_named_by_line(
    tmp_path, old, new, rule, problem
):
    text = EPIC_TABLE.replace(old, new, 1)
    assert text != EPIC_TABLE
    durations = dict.fromkeys([line.split(",")[2] for line in EPIC_TABLE.splitlines()[1:]], 40.0)
    with pytest.raises(InputError, match=f"line 2: .*{problem}") as caught:
        read_segments(write(tmp_path, text), SegmentBounds(5, 300, durations))
    assert caught.value.rule == rule
