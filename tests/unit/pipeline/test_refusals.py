"""Statistics of constraints that were missed: counted from records, summed over a run, said in one line."""

from __future__ import annotations

import pytest

from synthvision.config.job import load_job
from synthvision.core.errors import ConfigError, ConstraintError, PlacementError
from synthvision.pipeline.frame import UNPLACED_ATTEMPTS, FrameMaker
from synthvision.pipeline.refusals import Refusals, attempts_for, missed_by
from synthvision.pipeline.rehearsal import dry_run
from synthvision.scene import Camera, Origin, Scene

CAMERA = Camera(
    size_wh=(4, 4), focal_xy_px=(4, 4), centre_xy_px=(2, 2), position_m=(0, 0, 1), rotation_wxyz=(1, 0, 0, 0)
)
NEAR = "constraints=[{kind: distance, of: bottles, between: [0, %s]}]"


def test_only_what_whole_scenes_missed_is_counted():
    rejections = {"constraint: count of cars 2..3": 4, "objects.cups: overlap with cups": 9, "plan: no cars": 1}
    assert missed_by(Scene(camera=CAMERA, rejections=rejections)) == {"count of cars 2..3": 4, "no cars": 1}


def test_attempts_are_counted_from_one():
    job = load_job("quickstart")
    assert attempts_for(Scene(camera=CAMERA, origin=Origin(attempt=3)), job) == 4


def test_a_later_step_of_a_video_was_not_sampled_anew():
    job = load_job("quickstart", ["frames_per_scene=3"])
    steps = [Scene(camera=CAMERA, origin=Origin(frame=frame, attempt=2)) for frame in range(4)]
    assert [attempts_for(scene, job) for scene in steps] == [3, 0, 0, 3]


def test_a_run_says_how_much_was_refused_and_why():
    refusals = Refusals()
    assert not str(refusals)
    refusals.add(1, {})
    assert not str(refusals)
    refusals.add(3, {"count of cars 2..3": 2})
    assert refusals.share == pytest.approx(0.5)
    assert str(refusals) == "2 of 4 sampled scenes (50%) were refused; missed: count of cars 2..3 (2 times)"


def test_a_dry_run_counts_attempts():
    job = load_job("quickstart", [NEAR % 0.8, "frames=6"])
    rehearsal = dry_run(job, scenes=6)
    assert rehearsal.refusals.accepted == 6
    assert rehearsal.refusals.attempts > 6
    assert "by estimate" in str(rehearsal)
    assert "distance of bottles 0..0.8" in str(rehearsal)


def test_a_dry_run_of_what_cannot_be_says_what_was_missed():
    job = load_job("quickstart", [NEAR % 0.01, "max_attempts=3"])
    with pytest.raises(ConstraintError, match=r"by estimate none of 3 attempts did; missed: distance of bottles"):
        dry_run(job, scenes=1)


def test_contradictory_constraints_are_found_before_sampling():
    wanted = "constraints=[{kind: count, of: bottles, between: [1, 2]}, {kind: count, of: bottles, between: [5, 6]}]"
    with pytest.raises(ConfigError, match=r"count of bottles 5\.\.6: the scene has 1 to 2 of bottles"):
        dry_run(load_job("quickstart", [wanted]), scenes=1)


def _unplaced(monkeypatch, maker: FrameMaker, times: int) -> None:
    """Let the first attempts of every frame find no place."""
    sample = maker.sampler.sample

    def sample_or_not(frame, attempt=0, **words):
        if attempt < times:
            raise PlacementError("camera.look_at: nothing is there")
        return sample(frame, attempt, **words)

    monkeypatch.setattr(maker.sampler, "sample", sample_or_not)


def test_a_scene_without_a_place_counts_as_an_attempt(monkeypatch):
    with FrameMaker(load_job("quickstart", [NEAR % 9])) as maker:
        _unplaced(monkeypatch, maker, 3)
        scene = maker.accept(0).scene
    assert scene.origin.attempt == 3
    assert missed_by(scene) == {"a place for camera.look_at": 3}


def test_scenes_that_never_find_a_place_are_told_soon(monkeypatch):
    with FrameMaker(load_job("quickstart", [NEAR % 9])) as maker:
        _unplaced(monkeypatch, maker, UNPLACED_ATTEMPTS)
        with pytest.raises(PlacementError, match="nothing is there"):
            maker.accept(0)
    with FrameMaker(load_job("quickstart")) as maker:
        _unplaced(monkeypatch, maker, 1)
        with pytest.raises(PlacementError):
            maker.accept(0)
