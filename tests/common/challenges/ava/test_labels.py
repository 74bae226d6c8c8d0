import pytest

from common.challenges.ava.labels import ava_label_map, read_label_map
from common.core.errors import InputError


def test_the_60_classes_of_ava_come_with_the_product():
    labels = ava_label_map()
    assert len(labels.names) == 60 and labels.n_classes == 80
    assert labels.names[1] == "bend/bow (at the waist)"
    assert labels.names[80].startswith("watch")
    assert 2 not in labels.names


def test_the_table_equals_the_official_file(shared_data):
    folder = shared_data / "reference" / "ava"
    official = read_label_map(folder / "ava_action_list_v2.1_for_activitynet_2018.pbtxt")
    assert ava_label_map() == official


def test_the_file_names_its_licence():
    from common.challenges.ava import labels

    text = (labels.Path(labels.__file__).with_name("ava_actions.pbtxt")).read_text()
    assert "CC BY 4.0" in text.split("item {")[0]


def test_both_forms_of_label_map_are_read(tmp_path):
    path = tmp_path / "a.pbtxt"
    path.write_text('label {\n  name: "sit"\n  label_id: 11\n  label_type: POSE\n}\n')
    assert read_label_map(path).names == {11: "sit"}


@pytest.mark.parametrize(
    "text",
    ["", 'item {\n  name: "a"\n  id: x\n}\n', 'item {\n  name: "a"\n  id: 0\n}\n', "  id: 3\n"]
    + ['  name: "a"\n  id: 1\n  name: "b"\n  id: 1\n', '  name: "a"\n  id: ' + "9" * 5000],
)
def test_a_label_map_without_names_or_ids_is_refused(tmp_path, text):
    path = tmp_path / "a.pbtxt"
    path.write_text(text)
    with pytest.raises(InputError) as caught:
        read_label_map(path)
    assert caught.value.rule == "ava.label_map"
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(InputError):
        read_label_map(path)
