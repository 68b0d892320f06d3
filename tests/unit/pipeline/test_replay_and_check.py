"""A frame made again, with and without a change; and what only a second drawing can find."""

from __future__ import annotations

import shutil

import cv2
import numpy as np
import pytest

from synthvision.core.errors import UsageError
from synthvision.dataset.reader import open_dataset
from synthvision.pipeline.check import check_dataset
from synthvision.pipeline.replay import replay_frame


def test_a_replay_is_the_frame_itself(small_set, tmp_path):
    again = replay_frame(small_set, 3, out=tmp_path / "again")
    for name in ("images/0000/00000003.png", "ids/0000/00000003.png", "depth/0000/00000003.tiff"):
        assert (again / name).read_bytes() == (small_set / name).read_bytes(), name


@pytest.mark.parametrize("change", ["exposure.compensation_ev=-2", "lights.sun.illuminance_lux=500"])
def test_a_change_that_moves_nothing_leaves_the_ids_byte_equal(small_set, tmp_path, change):
    again = replay_frame(small_set, 3, [change], tmp_path / "again")
    assert (again / "ids/0000/00000003.png").read_bytes() == (small_set / "ids/0000/00000003.png").read_bytes()
    before, after = open_dataset(small_set).frame(3).rgb(), open_dataset(again).frame(3).rgb()
    assert not np.array_equal(before, after)
    assert check_dataset(again) == []


def test_a_change_of_the_camera_moves_the_picture_and_not_the_world(small_set, tmp_path):
    again = replay_frame(small_set, 3, ["camera.azimuth_deg=10"], tmp_path / "again")
    before, after = open_dataset(small_set).frame(3).scene, open_dataset(again).frame(3).scene
    assert before.objects == after.objects
    assert before.camera != after.camera


def test_a_change_that_names_nothing_has_the_nearest_name(small_set, tmp_path):
    with pytest.raises(UsageError, match=r"lights\.sun\.illuminance_lux"):
        replay_frame(small_set, 3, ["lights.sun.iluminance_lux=500"], tmp_path / "again")
    assert not (tmp_path / "again").exists()


def test_a_clean_set_has_no_findings_even_when_drawn_again(small_set):
    assert check_dataset(small_set, rerender=3) == []


def test_a_flipped_picture_is_found_by_drawing_again(small_set, tmp_path):
    """Everything of a frame flipped at once agrees with itself; only the scene tells."""
    broken = tmp_path / "broken"
    shutil.copytree(small_set, broken)
    path = broken / "images/0000/00000002.png"
    cv2.imwrite(str(path), cv2.imread(str(path))[:, ::-1])
    found = {finding.check for finding in check_dataset(broken, rerender=6) if finding.frame == 2}
    assert "rerender_picture" in found
