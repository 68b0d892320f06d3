"""Keypoints of the classes in the manifest: from the catalogue, in its order, for what the class can hold."""

from __future__ import annotations

import pytest

from synthvision.config.job import load_job
from synthvision.library.procedural.models.people.body import COCO_KEYPOINTS
from synthvision.pipeline.class_entries import class_entries
from synthvision.pipeline.frame import open_library

SCENE = """
scene:
  surface: {pick: ground, size_m: [8, 8]}
  objects:
    people: {pick: pedestrian, count: 1, placement: {kind: on_surface}}
    cans: {pick: can, count: 1, placement: {kind: on_surface}}
  environment: {pick: studio, illuminance_lux: 4000}
  camera: {kind: shell, fill: 0.9, fov_deg: 45}
image: {width: 64, height: 64}
"""


@pytest.fixture
def entries(tmp_path):
    def make(classes: str):
        (tmp_path / "job.yaml").write_text(SCENE + f"classes: {classes}\n")
        job = load_job(tmp_path / "job.yaml")
        return {entry.name: entry for entry in class_entries(job, open_library(job))}

    return make


def test_people_have_the_17_points_of_coco_in_its_order(entries):
    found = entries("[{name: person, match: {asset: pedestrian}}, {name: can, match: {category: can}}]")
    person = found["person"]
    assert person.keypoints == tuple(COCO_KEYPOINTS)
    assert person.keypoints[:3] == ("nose", "left_eye", "right_eye")
    assert person.keypoints[-1] == "right_ankle"
    assert len(person.keypoints) == 17
    assert ("left_knee", "left_hip") in person.skeleton or ("left_hip", "left_knee") in person.skeleton
    assert {name for pair in person.skeleton for name in pair} <= set(person.keypoints)
    assert "nose" not in found["can"].keypoints


def test_the_first_class_that_takes_all_of_a_model_is_its_last(entries):
    found = entries(
        "[{name: flat, match: {group: people, attributes: {pose: lying}}}, {name: person, match: {group: people}},"
        " {name: anything, match: {asset: '*'}}]"
    )
    assert found["flat"].keypoints == found["person"].keypoints == tuple(COCO_KEYPOINTS)
    assert found["anything"].keypoints == entries("[{name: can, match: {asset: can}}]")["can"].keypoints


def test_classes_of_parts_and_of_other_groups_have_none(entries):
    found = entries("[{name: lid, match: {group: cans, part: lid}}, {name: x, match: {group: others}}]")
    assert found["lid"].keypoints == found["x"].keypoints == ()
