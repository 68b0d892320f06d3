"""Every kind of bad input in job and scene files gives one clear line: file, line, key path, value, what is allowed."""

# ruff: noqa: E501  a row of the table is one line

import re

import pytest

from synthvision.config.job import load_job
from synthvision.core.errors import ConfigError, SynthvisionError


def refused(job_folder, **changes):
    """Load a changed job that must be refused and return its problems as (file name, line, key path, message)."""
    path = job_folder.write(**changes)
    with pytest.raises(ConfigError) as caught:
        load_job(path)
    problems = caught.value.problems
    for problem in problems:
        text = str(problem)
        assert "\n" not in text
        # No word of the checking library, no name of a model or of a union's alternative.
        assert not re.search(r"Input should|Field required|pydantic|Extra inputs|function-|\[key\]", text), text
    return [(p.file.rsplit("/", 1)[-1], p.line, p.key_path, p.message) for p in problems]


# What is changed in which file; then file, line, key path, and what the message must hold.
ONE_FAULT = [
    # unknown key, with the nearest one
    ("job", ("frames: 4", "framse: 4"), "job.yaml", 6, "framse", r"no such key; did you mean 'frames'\? \(allowed: .*frames"),
    ("job", ("height: 240", "heigth: 240"), "job.yaml", 8, "image.heigth", r"did you mean 'height'"),
    ("scene", ("count: 2", "cuont: 2"), "scene.yaml", 11, "objects.mugs.cuont", r"did you mean 'count'"),
    ("scene", ("fov_deg: 50", "fov: 50"), "scene.yaml", 21, "camera.fov", r"did you mean 'fov_deg'"),
    # a key given twice
    ("job", ("seed: 3", "seed: 3\nframes: 5"), "job.yaml", 8, "frames", r"given twice, first on line 6"),
    ("scene", ("fov_deg: 50", "fov_deg: 50\n  fov_deg: 51"), "scene.yaml", 22, "camera.fov_deg", r"given twice, first on line 21"),
    # wrong type
    ("job", ("frames: 4", "frames: four"), "job.yaml", 6, "frames", r"must be a whole number from 1 to 100000000, got 'four'"),
    ("job", ("frames: 4", "frames: '4'"), "job.yaml", 6, "frames", r"must be a whole number .* got '4'"),
    ("job", ("frames: 4", "frames: true"), "job.yaml", 6, "frames", r"must be a whole number .* got true"),
    ("job", ("frames: 4", "frames: 4.5"), "job.yaml", 6, "frames", r"must be a whole number .* got 4.5"),
    ("job", ("frames: 4", "frames:"), "job.yaml", 6, "frames", r"must be a whole number .* got null"),
    ("job", ("frames: 4", "frames: [4]"), "job.yaml", 6, "frames", r"must be a whole number .* got \[4\]"),
    ("job", ("{width: 320, height: 240}", "[320, 240]"), "job.yaml", 8, "image", r"must be a block with the keys width, height, got \[320, 240\]"),
    ("job", ("{width: 320, height: 240}", "320"), "job.yaml", 8, "image", r"must be a block .* got 320"),
    ("scene", ("size_m: [2, 2]", "size_m: [2]"), "scene.yaml", 4, "surface.size_m", r"must be a list of 2 numbers.*got \[2\]"),
    ("scene", ("size_m: [2, 2]", "size_m: [2, x]"), "scene.yaml", 4, "surface.size_m.1", r"must be a number, got 'x'"),
    ("scene", ("kind: sun, ", "kind: sun, temperature_k: warm, "), "scene.yaml", 14, "lights.sun.temperature_k", r"must be a number.*uniform.* got 'warm'"),
    ("scene", ("pick: ground", "pick: ground\n  yaw_deg: no"), "scene.yaml", 4, "surface.yaw_deg", r"must be a number.* got 'no'"),
    ("scene", ("  illuminance_lux: 5000", "  illuminance_lux: 5000\n  visible: yes"), "scene.yaml", 18, "environment.visible", r"must be true or false, got 'yes'"),
    # out of range
    ("job", ("frames: 4", "frames: 0"), "job.yaml", 6, "frames", r"from 1 to 100000000, got 0"),
    ("job", ("seed: 3", "seed: -1"), "job.yaml", 7, "seed", r"from 0 to 9223372036854775807, got -1"),
    ("job", ("seed: 3", "seed: 9223372036854775808"), "job.yaml", 7, "seed", r"from 0 to"),
    ("job", ("width: 320", "width: 8"), "job.yaml", 8, "image.width", r"from 16 to 4096, got 8"),
    ("scene", ("fov_deg: 50", "fov_deg: 500"), "scene.yaml", 21, "camera.fov_deg", r"must be 1\.\.300, got 500"),
    ("scene", ("count: 2", "count: -2"), "scene.yaml", 11, "objects.mugs.count", r"must be 0\.\.10000, got -2"),
    ("scene", ("fov_deg: 50", "fov_deg: .inf"), "scene.yaml", 21, "camera.fov_deg", r"must be finite, got .inf"),
    # unknown word, with the nearest one
    ("scene", ("kind: scatter", "kind: scater"), "scene.yaml", 12, "objects.mugs.placement.kind", r"one of .*scatter.* got 'scater'; did you mean 'scatter'"),
    ("scene", ("kind: sun,", "kind: sum,"), "scene.yaml", 14, "lights.sun.kind", r"one of .* got 'sum'; did you mean 'sun'"),
    ("scene", ("count: 2", "role: thingg"), "scene.yaml", 11, "objects.mugs.role", r"one of thing, stuff, distractor, background, got 'thingg'; did you mean 'thing'"),
    ("job", ("seed: 3", "render: {backend: openlg}"), "job.yaml", 7, "render.backend", r"must be one of opengl, mitsuba, pyrender, got 'openlg'; did you mean 'opengl'"),
    ("job", ("seed: 3", "labels: {otherwise_by_rule: {min_side: drop}}"), "job.yaml", 7, "labels.otherwise_by_rule.min_side", r"did you mean 'min_side_px'"),
    # impossible distributions
    ("scene", ("uniform_int: [1, 3]", "uniform_int: [5, 2]"), "scene.yaml", 8, "objects.bottles.count.uniform_int", r"low not above high, got \[5, 2\]"),
    ("scene", ("uniform_int: [1, 3]", "uniform_imt: [1, 3]"), "scene.yaml", 8, "objects.bottles.count", r"did you mean uniform_int"),
    ("scene", ("uniform_int: [1, 3]", "uniform: [1, 3]"), "scene.yaml", 8, "objects.bottles.count", r"must give whole numbers"),
    ("scene", ("log_uniform: [2e4, 1e5]", "log_uniform: [0, 1e5]"), "scene.yaml", 14, "lights.sun.illuminance_lux.log_uniform", r"above 0"),
    ("scene", ("fov_deg: 50", "fov_deg: {normal: {mean: 50}}"), "scene.yaml", 21, "camera.fov_deg.normal.std", r"is missing"),
    ("scene", ("fov_deg: 50", "fov_deg: {normal: {mean: 50, std: 5}}"), "scene.yaml", 21, "camera.fov_deg", r"-inf\.\.inf; truncated_normal has bounds"),
    ("scene", ("fov_deg: 50", "fov_deg: {truncated_normal: {mean: 50, std: 1, low: 9, high: 5}}"), "scene.yaml", 21, "camera.fov_deg.truncated_normal.low", r"must not be above high"),
    ("scene", ("fov_deg: 50", "fov_deg: {choice: [40, 50], weights: [1]}"), "scene.yaml", 21, "camera.fov_deg.choice", r"one weight per entry"),
    ("scene", ("fov_deg: 50", "fov_deg: {choice: []}"), "scene.yaml", 21, "camera.fov_deg.choice", r"1 or more"),
    ("scene", ("fov_deg: 50", "fov_deg: {uniform: [40, 50], normal: {mean: 1, std: 1}}"), "scene.yaml", 21, "camera.fov_deg", r"must name one distribution, got uniform and normal"),
    # what is missing
    ("job", ("scene: scene.yaml\n", ""), "job.yaml", 1, "scene", r"is missing; What is sampled"),
    ("scene", ("{kind: sun, illuminance_lux: {log_uniform: [2e4, 1e5]}}", "{kind: sun}"), "scene.yaml", 14, "lights.sun.illuminance_lux", r"is missing; Light on a surface"),
    # rules over several keys
    ("scene", ("count: 2", "count: 2\n    role: thing\n    materials: {body: {roughness: 2}}"), "scene.yaml", 13, "objects.mugs.materials.body.roughness", r"must be 0\.\.1, got 2"),
    ("scene", ("fov_deg: 50", "fov_deg: 50\n  focal_mm: 35"), "scene.yaml", 18, "camera", r"either fov_deg or focal_mm, not both"),
    ("scene", ("{kind: scatter, min_distance_m: 0.1}", "{kind: inside, container: bowl}"), "scene.yaml", 12, "objects.mugs.placement", r"a group placed before it \(surface, bottles\), got 'bowl'"),
    ("job", ("name: mug", "name: bottle"), "job.yaml", 2, "classes", r"must be unique, got bottle more than once"),
    ("job", ("{category: bottle}", "{}"), "job.yaml", 3, "classes.0.match", r"must name at least one of"),
    # where a scene is looked for
    ("job", ("scene: scene.yaml", "scene: scen.yaml"), "job.yaml", 1, "scene", r"there is no file .*scen\.yaml; did you mean 'scene\.yaml'"),
    ("job", ("scene: scene.yaml", "scene: tabeltop"), "job.yaml", 1, "scene", r"no built-in scene 'tabeltop'; did you mean 'tabletop'"),
    ("job", ("scene: scene.yaml", "scene: scene"), "job.yaml", 1, "scene", r"for the file beside the job write scene\.yaml"),
    ("job", ("scene: scene.yaml", "scene: ../scene.yaml"), "job.yaml", 1, "scene", r"relative to the job file, with '/' and without '\.\.'"),
    ("job", ("scene: scene.yaml", "scene: /etc/scene.yaml"), "job.yaml", 1, "scene", r"relative to the job file"),
    ("job", ("scene: scene.yaml", "scene: 3"), "job.yaml", 1, "scene", r"must be the name of a scene, .* got 3"),
    ("job", ("scene: scene.yaml", "scene: {file: scene.yaml, sett: {}}"), "job.yaml", 1, "scene.sett", r"no such key beside file; did you mean 'set'"),
    ("job", ("scene: scene.yaml", "scene: {set: {objects.mugs.count: 1}}"), "job.yaml", 1, "scene.file", r"is missing; which scene to change"),
    ("job", ("scene: scene.yaml", "scene: {file: scene.yaml, set: {objects.mug.count: 1}}"), "job.yaml", 1, "scene.set.objects.mug.count", r"objects\.mug: there is no such key; did you mean 'mugs'"),
    ("job", ("scene: scene.yaml", "scene: {file: scene.yaml, set: {objects.mugs.count: x}}"), "job.yaml", 1, "scene.set.objects.mugs.count", r"must be a whole number.* got 'x'"),
    ("job", ("seed: 3", "assets: {roots: [../models]}"), "job.yaml", 7, "assets.roots.0", r"without '\.\.', got '\.\./models'"),
    ("job", ("seed: 3", "assets: {roots: [/models]}"), "job.yaml", 7, "assets.roots.0", r"relative to the job file"),
    ("job", ("seed: 3", "assets: {roots: [m=/models]}"), "job.yaml", 7, "assets.roots.0", r"relative to the job file"),
]  # fmt: skip


@pytest.mark.parametrize(("which", "change", "file", "line", "key_path", "match"), ONE_FAULT)
def test_one_fault_gives_one_line(job_folder, which, change, file, line, key_path, match):
    problems = refused(job_folder, **{which: [change]})
    assert [problem[:3] for problem in problems] == [(file, line, key_path)], problems
    assert re.search(match, problems[0][3]), problems[0][3]


def test_all_faults_of_all_files_come_at_once_in_the_order_of_their_lines(job_folder):
    problems = refused(
        job_folder,
        job=[("frames: 4", "frames: 0"), ("seed: 3", "sed: 3"), ("width: 320", "width: wide")],
        scene=[("uniform_int: [1, 3]", "uniform_int: [3, 1]"), ("count: 2", "cont: 2"), ("kind: shell", "kind: shel")],
    )
    assert [(file, line) for file, line, _, _ in problems] == [
        ("job.yaml", 6), ("job.yaml", 7), ("job.yaml", 8), ("scene.yaml", 8), ("scene.yaml", 11), ("scene.yaml", 19),
    ]  # fmt: skip


def test_a_fault_of_yaml_and_a_fault_of_a_value_come_together(job_folder):
    problems = refused(job_folder, job=[("seed: 3", "seed: 3\nseed: 4"), ("frames: 4", "frames: -4")])
    assert [problem[2] for problem in problems] == ["frames", "seed"]


def test_a_job_that_is_no_block(job_folder):
    job_folder.job_path.write_text("- scene\n")
    with pytest.raises(ConfigError, match=r"job\.yaml:1: must be a block with the keys .*scene"):
        load_job(job_folder.job_path)


def test_a_broken_scene_file_is_named_itself(job_folder):
    path = job_folder.write()
    (job_folder.folder / "scene.yaml").write_text("objects: [\n")
    with pytest.raises(ConfigError, match=r"scene\.yaml:\d+: must be valid YAML") as caught:
        load_job(path)
    assert len(caught.value.problems) == 1
    (job_folder.folder / "scene.yaml").write_text("[1]\n")
    with pytest.raises(ConfigError, match=r"scene\.yaml:1: must be a scene: a block of keys, got \[1\]"):
        load_job(path)


@pytest.mark.parametrize(
    ("name", "match"),
    [
        ("quikstart", r"no built-in job named 'quikstart'; did you mean 'quickstart'"),
        ("nowhere/job.yaml", r"nowhere/job\.yaml: there is no such file"),
        ("quickstat.yaml", r"quickstat\.yaml: there is no such file; did you mean 'quickstart' \(built in\)\?"),
    ],
)
def test_a_job_that_is_not_there(name, match, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SynthvisionError, match=match) as caught:
        load_job(name)
    assert caught.value.exit_code == 2


def test_a_folder_in_place_of_a_job(tmp_path):
    with pytest.raises(ConfigError, match="must be a YAML file, got a folder"):
        load_job(tmp_path)
