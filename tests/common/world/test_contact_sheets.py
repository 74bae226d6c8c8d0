"""Contact sheets: a row for every class, video and kind of mask scene."""

import numpy as np

from common.world.contact_sheets import class_sheet, mask_sheet, video_sheet
from common.world.mask_scenes import SCENES
from common.world.script import write_scripts


def test_a_class_sheet_has_two_columns_of_seven_pictures_in_a_row(small):
    scripts = write_scripts(small.rendered, small.seed)
    sheet = class_sheet(["push box", "pick up ball", "throw ball"], scripts, small)
    assert sheet.shape == (2 * 120, 2 * 7 * 160, 3)
    assert (sheet[120:, 7 * 160 :] == 0).all()  # the empty fourth place


def test_a_video_sheet_draws_each_instance_on_the_time_line(small):
    script = write_scripts(small.rendered, small.seed)[0]
    sheet = video_sheet([script], small, n_cells=4)
    assert sheet.shape == (150, 4 * 160, 3)
    line = sheet[125]
    scale = line.shape[0] / script.duration
    for instance in script.instances:
        middle = round(0.5 * (instance.start + instance.end) * scale)
        assert (line[middle] != 244).any()
    assert (line[round(0.5 * script.instances[0].start * scale)] == 244).all()


def test_a_mask_sheet_shows_every_kind_of_scene(small):
    sheet = mask_sheet(small, n_cells=2)
    assert sheet.shape == (len(SCENES) * 120, 2 * 160, 3)
    assert all(np.ptp(row) > 100 for row in np.split(sheet, len(SCENES)))
