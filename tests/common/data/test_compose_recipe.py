"""What a command lays over the params."""

import pytest

from common.core.errors import InputError
from common.data.compose_recipe import bounds, change_recipe, clips_recipe, size


def test_the_params_have_a_recipe():
    recipe = clips_recipe()
    assert set(recipe.videos) == {"train", "validation", "test"}


def test_nothing_changed_is_the_recipe_itself():
    assert change_recipe(clips_recipe(), [], [], "validation", {"fps": None}) == clips_recipe()


def test_a_plain_list_is_for_the_chosen_subset():
    recipe = change_recipe(clips_recipe(), ["a.txt", "b=c.txt"], ["7"], "validation", {})
    assert recipe.lists == {"validation": ["a.txt", "b=c.txt"]}
    assert recipe.videos == {"validation": 7}


def test_lists_and_counts_go_to_the_subsets_that_they_name():
    lists = ["test=b.txt", "train=a.txt", "train=c.txt"]
    recipe = change_recipe(clips_recipe(), lists, ["test=3"], "validation", {"fps": 5.0})
    assert recipe.lists == {"train": ["a.txt", "c.txt"], "test": ["b.txt"]}
    assert recipe.videos == {"train": clips_recipe().videos["train"], "test": 3}
    assert recipe.fps == 5.0


@pytest.mark.parametrize(
    ("videos", "changes", "message"),
    [
        (["many"], {}, "'many' is not a whole number"),
        (["test=1"], {}, "`videos` and `lists` must name the same subsets"),
        ([], {"fps": 0.0}, "world.composed.fps"),
        ([], {"width": 33}, "world.composed.width"),
        ([], {"group_pattern": "g[0-9]+"}, "needs a bracket"),
        ([], {"group_pattern": "(g"}, "not a regular expression"),
        ([], {"instances": {"min": 5, "max": 2}}, "min must not be above max"),
    ],
)
def test_a_value_that_does_not_fit_is_named(videos, changes, message):
    with pytest.raises(InputError, match=message):
        change_recipe(clips_recipe(), ["a.txt"], videos, "validation", changes)


def test_short_forms():
    assert bounds("2-6", "--instances") == {"min": 2, "max": 6}
    assert bounds("4", "--instances") == {"min": 4, "max": 4}
    assert size("160x120") == (160, 120)
    with pytest.raises(InputError, match="--size: '160 120' is not a whole number"):
        size("160 120")
