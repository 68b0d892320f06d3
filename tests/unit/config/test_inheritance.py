"""Scenes that build on another: what is merged, what replaces, where faults are reported, circles."""

from __future__ import annotations

import json

import pytest

from synthvision.config.job import Job, load_job
from synthvision.core.errors import ConfigError


@pytest.fixture
def extending(job_folder):
    """Write a scene over the folder's own and let the job name it; return the job's path."""

    def write(text, name="case.yaml", base="scene.yaml"):
        (job_folder.folder / name).write_text(f"extends: {base}\n{text}", encoding="utf-8")
        job_folder.write(job=[("scene: scene.yaml", f"scene: {name}")])
        return job_folder.job_path

    return write


def problems_of(path, *overrides):
    with pytest.raises(ConfigError) as caught:
        load_job(path, overrides)
    return [(p.file, p.line, p.key_path, p.message) for p in caught.value.problems]


def test_blocks_are_merged_and_lists_and_values_replaced(extending):
    scene = load_job(
        extending("objects:\n  mugs: {count: 5, pick: [bowl]}\n  cans: {pick: can}\nmax_restarts: 3\n")
    ).scene
    assert list(scene.objects) == ["bottles", "mugs", "cans"]
    assert scene.objects["mugs"].count == 5
    assert [query.asset for query in scene.objects["mugs"].pick.queries] == ["bowl"]
    assert scene.objects["mugs"].placement.min_distance_m == 0.1
    assert scene.max_restarts == 3
    assert scene.description == "a few bottles"


def test_null_takes_a_key_away(extending):
    scene = load_job(extending("objects: {bottles: null}\nenvironment: null\nlights: {sun: null}\n")).scene
    assert list(scene.objects) == ["mugs"]
    assert scene.environment is None
    assert not scene.lights


def test_null_of_what_is_not_there_is_refused_with_the_nearest_name(extending):
    path = extending("objects: {botles: null}\n")
    [(file, line, key, message)] = problems_of(path)
    assert file.endswith("case.yaml")
    assert (line, key) == (2, "objects.botles")
    assert message.endswith("has no objects.botles; did you mean 'bottles'?")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{placement: {min_distance_m: 0.3}}", {"kind": "scatter", "min_distance_m": 0.3}),
        ("{placement: {kind: scatter, margin_m: 0.1, min_distance_m: 0.2}}", {"margin_m": 0.1}),
        ("{placement: {kind: row, spacing_m: 0.1}}", {"kind": "row", "spacing_m": 0.1}),
    ],
    ids=["same kind", "same kind named", "another kind"],
)
def test_a_block_of_another_kind_replaces(extending, text, expected):
    placement = load_job(extending(f"objects:\n  mugs: {text}\n")).scene.objects["mugs"].placement
    assert {key: getattr(placement, key) for key in expected} == expected


def test_a_new_pick_takes_the_parameters_of_the_old_one_with_it(extending, job_folder):
    job_folder.write(scene=[("    pick: bottle\n", "    pick: bottle\n    params: {fill_level: 0.6}\n")])
    (job_folder.folder / "case.yaml").write_text("extends: scene.yaml\nobjects: {bottles: {pick: can}}\n")
    (job_folder.folder / "job.yaml").write_text(
        (job_folder.folder / "job.yaml").read_text().replace("scene: scene.yaml", "scene: case.yaml")
    )
    bottles = load_job(job_folder.job_path).scene.objects["bottles"]
    assert not bottles.params
    assert bottles.count.bounds() == (1, 3)


def test_a_distribution_replaces_another(extending):
    path = extending("objects:\n  bottles: {count: {poisson: {mean: 2, max: 4}}}\n")
    assert load_job(path).scene.objects["bottles"].count.bounds() == (0, 4)


def test_the_short_form_of_a_camera_meets_a_list_of_one(extending):
    camera = load_job(extending("camera: {fov_deg: 70}\n")).scene.cameras[0]
    assert (camera.fov_deg, camera.distance_m) == (70, 1.2)


def test_a_list_of_cameras_replaces_a_single_one(extending):
    text = (
        "cameras:\n  - {name: left, kind: shell, distance_m: 2}\n  - {name: right, kind: rig, offset_m: [0.1, 0, 0]}\n"
    )
    assert [camera.name for camera in load_job(extending(text)).scene.cameras] == ["left", "right"]


def test_faults_are_reported_where_they_were_written(extending):
    path = extending("objects:\n  mugs:\n    count: -2\ncamera:\n  fov_deg: 170\n")
    found = {(file.rpartition("/")[2], line, key) for file, line, key, _ in problems_of(path)}
    assert found == {("case.yaml", 4, "objects.mugs.count"), ("case.yaml", 6, "camera.fov_deg")} or found == {
        ("case.yaml", 4, "objects.mugs.count"), ("case.yaml", 5, "camera")
    }  # fmt: skip


def test_faults_of_the_scene_below_are_reported_there(extending, job_folder):
    path = extending("max_restarts: 2\n")
    job_folder.write(
        job=[("scene: scene.yaml", "scene: case.yaml")], scene=[("min_distance_m: 0.1", "min_distance_m: -1")]
    )
    [(file, line, key, _)] = problems_of(path)
    assert (file.rpartition("/")[2], key) == ("scene.yaml", "objects.mugs.placement.min_distance_m")
    assert line == 12


def test_a_chain_of_scenes_is_merged_from_below(extending, job_folder):
    (job_folder.folder / "middle.yaml").write_text("extends: scene.yaml\nmax_restarts: 4\nmax_attempts: 9\n")
    scene = load_job(extending("max_attempts: 10\n", base="middle.yaml")).scene
    assert (scene.max_restarts, scene.max_attempts) == (4, 10)
    assert list(scene.objects) == ["bottles", "mugs"]


def test_a_circle_is_refused_and_shown(extending, job_folder):
    (job_folder.folder / "other.yaml").write_text("extends: case.yaml\n")
    [(file, line, key, message)] = problems_of(extending("", base="other.yaml"))
    assert (file.rpartition("/")[2], line, key) == ("other.yaml", 1, "extends")
    assert "must not lead back to itself, got case -> other -> case" in message


def test_an_unknown_scene_is_refused_with_the_nearest_name(extending):
    [(file, _, key, message)] = problems_of(extending("", base="tabletopp"))
    assert key == "extends"
    assert file.endswith("case.yaml")
    assert "did you mean 'tabletop'?" in message


def test_extends_must_be_a_name(extending):
    [(_, _, key, message)] = problems_of(extending("", base="[a, b]"))
    assert key == "extends"
    assert "must be the name of a scene" in message


def test_a_scene_inside_a_job_may_build_on_another(job_folder):
    job_folder.write(job=[("scene: scene.yaml", "scene: {extends: scene.yaml, objects: {mugs: {count: 3}}}")])
    assert load_job(job_folder.job_path).scene.objects["mugs"].count == 3


def test_a_fault_of_a_scene_inside_a_job_is_reported_there(job_folder):
    job_folder.write(job=[("scene: scene.yaml", "scene: {extends: scene.yaml, objects: {mugs: {count: -1}}}")])
    [(file, line, key, _)] = problems_of(job_folder.job_path)
    assert (file.rpartition("/")[2], line, key) == ("job.yaml", 1, "scene.objects.mugs.count")


def test_overrides_reach_into_a_merged_scene(extending):
    path = extending("camera: {fov_deg: 70}\n")
    job = load_job(path, ["camera.fov_deg=40", "objects.mugs.count=1"])
    assert job.scene.cameras[0].fov_deg == 40
    assert Job.from_resolved(json.loads(json.dumps(job.resolved()))) == job


def test_built_in_scenes_can_be_built_on(extending):
    scene = load_job(
        extending("objects: {balls: null}\n", base="tabletop"), ["classes=[{name: a, match: {category: can}}]"]
    )
    assert "balls" not in scene.scene.objects
