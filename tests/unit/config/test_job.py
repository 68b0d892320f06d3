"""Loading, overrides, the resolved form and the hash of jobs."""

import json
import re

import pytest

from synthvision.config.job import Job, Override, load_job
from synthvision.core.builtin import builtin_names
from synthvision.core.errors import ConfigError, UsageError


def problems_of(path, *overrides):
    with pytest.raises(ConfigError) as caught:
        load_job(path, overrides)
    return [(p.file, p.line, p.key_path, p.message) for p in caught.value.problems]


def test_a_job_and_its_scene_are_read(job_folder):
    job = load_job(job_folder.job_path)
    assert job.name == "job"
    assert job.folder == job_folder.folder
    assert job.class_names == ("bottle", "mug")
    assert (job.image.width, job.image.height) == (320, 240)
    assert job.scene.cameras[0].fov_deg == 50
    assert job.frames_of_one_scene == job.frames_per_scene == 1
    assert str(job_folder.job_path) == str(load_job(str(job_folder.job_path)).folder / "job.yaml")


@pytest.mark.parametrize("name", builtin_names("render_configs"))
def test_every_built_in_job_loads_by_its_name(name):
    job = load_job(name)
    assert job.name == name
    assert Job.from_resolved(json.loads(json.dumps(job.resolved()))) == job


def test_overrides_reach_into_job_and_scene_and_the_last_one_wins(job_folder):
    job = load_job(
        job_folder.job_path,
        [
            "frames=7",
            "scene.objects.bottles.count={uniform_int: [2, 9]}",
            "scene.objects.mugs.pick=[mug, can]",
            "scene.objects.mugs.placement.min_distance_m=5e-2",
            "scene.camera.fov_deg=40",
            "scene.cameras.0.roll_deg=3",
            "labels.min_side_px=5",
            "output.depth=true",
            "classes.1.name=cup",
            "scene.lights.lamp={kind: point, illuminance_lux: 300}",
            ("seed", 11),
            Override("image.width", 64, "--width 64"),
            "frames=8",
        ],
    )
    assert job.frames == 8
    assert job.seed == 11
    assert job.image.width == 64
    assert job.image.height == 240
    assert job.scene.objects["bottles"].count.bounds() == (2, 9)
    assert len(job.scene.objects["mugs"].pick.queries) == 2
    assert job.scene.objects["mugs"].placement.min_distance_m == 0.05
    assert job.scene.cameras[0].fov_deg == 40
    assert job.scene.cameras[0].roll_deg == 3
    assert job.scene.cameras[0].distance_m == 1.2
    assert job.labels.min_side_px == 5
    assert job.output.depth
    assert job.class_names == ("bottle", "cup")
    assert set(job.scene.lights) == {"sun", "lamp"}


def test_a_key_of_the_scene_needs_no_scene_before_it(job_folder):
    job = load_job(job_folder.job_path, ["objects.mugs.count=7", "camera.fov_deg=33", "exposure.mode=manual"])
    assert job.scene.objects["mugs"].count == 7
    assert job.scene.cameras[0].fov_deg == 33
    assert job.scene.exposure.mode == "manual"
    assert not set(Job.model_fields) & {*type(job.scene).model_fields, "camera"}


def test_an_override_may_replace_the_scene_and_change_it(job_folder):
    job = load_job(job_folder.job_path, ["scene.objects.dice.count=1", "scene=tabletop"])
    assert job.scene.objects["dice"].count == 1
    assert "bottles" in job.scene.objects


def test_a_scene_may_be_changed_in_the_job_or_stand_in_it(job_folder):
    path = job_folder.write(
        job=[("scene: scene.yaml", "scene: {file: scene.yaml, set: {objects.mugs.count: 5, camera.fov_deg: 33}}")]
    )
    job = load_job(path, ["scene.objects.bottles.count=9"])
    assert job.scene.objects["mugs"].count == 5
    assert job.scene.objects["bottles"].count == 9
    assert job.scene.cameras[0].fov_deg == 33
    inline = "scene: {objects: {a: {pick: bottle}}, camera: {kind: shell, distance_m: 2}}"
    assert load_job(job_folder.write(job=[("scene: scene.yaml", inline)])).scene.cameras[0].distance_m == 2


@pytest.mark.parametrize(
    ("option", "key_path", "match"),
    [
        ("framse=3", "framse", "no such key; did you mean 'frames'"),
        ("objcts.mugs.count=3", "objcts", "no such key; did you mean 'objects'"),
        ("objects.mugs.cuont=3", "scene.objects.mugs.cuont", "did you mean 'count'"),
        ("image.widht=3", "image.widht", "did you mean 'width'"),
        ("imge.width=64", "imge", "did you mean 'image'"),
        ("frames=0", "frames", "from 1 to 100000000, got 0"),
        ("frames=three", "frames", "must be a whole number .* got 'three'"),
        ("frames=[1", "frames", "must be valid YAML"),
        ("frames.x=1", "frames", "holds 4 and no keys; set it as a whole"),
        ("scene.objects.botles.count=3", "scene.objects.botles", r"'bottles'\? \(there are: bottles, mugs\)"),
        ("scene.objects.mugs.count=[5, 2]", "scene.objects.mugs.count", "must be a whole number"),
        ("scene.objects.mugs.count={uniform_int: [5, 2]}", "scene.objects.mugs.count.uniform_int", r"got \[5, 2\]"),
        ("scene.camera.fov=3", "scene.cameras.0.fov", "did you mean 'fov_deg'"),
        ("classes.7.name=x", "classes.7", "number of an item of this list .0 to 1., got '7'"),
        ("scene.objects.mugs.pick.first=x", "scene.objects.mugs.pick.first", "number of an item of this list"),
        ("scene=tabeltop", "scene", "did you mean 'tabletop'"),
        ("weather=rian", "scene.weather", "must name a weather preset, got 'rian'; did you mean 'rain'"),
        ("weather.kind=rian", "scene.weather.kind", "must name a weather preset, got 'rian'; did you mean 'rain'"),
        ("weather={kind: w, presets: {w: {like: rian}}}", "scene.weather.presets.w.like", "must name a weather preset"),
        ("camera.preset=fone", "scene.cameras.0.preset", "must name a camera preset, got 'fone'; did you mean 'phone'"),
        ("labels.otherwise=hide", "labels.otherwise", "one of drop, ignore, keep, got 'hide'"),
        ("assets.roots=[../x]", "assets.roots.0", r"without '\.\.'"),
    ],
)  # fmt: skip
def test_a_bad_override_names_the_option_and_not_a_file(job_folder, option, key_path, match):
    ((file, line, found, message),) = problems_of(job_folder.job_path, option)
    assert file == f"--set {option}"
    assert line is None
    assert found == key_path
    assert re.search(match, message), message


def test_bad_overrides_and_bad_files_come_together(job_folder):
    path = job_folder.write(job=[("seed: 3", "seed: -3")])
    found = problems_of(path, "frames=0", "image.widht=3")
    assert [file.split("/")[-1] for file, *_ in found] == ["job.yaml", "--set frames=0", "--set image.widht=3"]


@pytest.mark.parametrize("option", ["frames", "=3", "a..b=3", ".a=3", ""])
def test_an_override_without_key_and_value_is_refused(job_folder, option):
    with pytest.raises(UsageError, match="must be KEY=VALUE"):
        load_job(job_folder.job_path, [option])


def test_other_options_are_named_as_typed(job_folder):
    ((file, *_),) = problems_of(job_folder.job_path, Override("frames", 0, "--frames 0"))
    assert file == "--frames 0"


def test_the_hash_leaves_out_only_what_changes_no_frame(job_folder):
    job = load_job(job_folder.job_path)
    assert load_job(job_folder.job_path, ["frames=400"]).job_hash == job.job_hash
    for change in ("seed=4", "image.width=321", "scene.objects.mugs.count=3", "output.depth=true", "classes.0.name=b"):
        assert load_job(job_folder.job_path, [change]).job_hash != job.job_hash, change


def test_the_resolved_form_holds_every_value_and_no_path(job_folder):
    resolved = load_job(job_folder.job_path).resolved()
    assert resolved["scene"]["objects"]["bottles"]["count"] == {"uniform_int": [1, 3]}
    assert resolved["labels"]["otherwise"] == "ignore"
    assert resolved["render"]["backend"] == "opengl"
    assert str(job_folder.folder) not in json.dumps(resolved)


def test_a_resolved_job_of_another_version_is_refused_with_all_its_faults(job_folder):
    resolved = load_job(job_folder.job_path).resolved()
    resolved["colour"] = 1
    resolved["frames"] = "4"
    with pytest.raises(ConfigError, match="cards: colour: there is no such key") as caught:
        Job.from_resolved(resolved, name="cards")
    assert len(caught.value.problems) == 2


def test_jobs_are_equal_by_what_they_make(job_folder):
    job = load_job(job_folder.job_path)
    assert job == Job.from_resolved(job.resolved(), name="other")
    assert hash(job) == hash(Job.from_resolved(job.resolved()))
    assert job != load_job(job_folder.job_path, ["seed=9"])


def test_frames_of_one_scene_count_views_steps_and_cameras(job_folder):
    path = job_folder.write(
        scene=[
            (
                "camera:\n  kind: shell\n  distance_m: 1.2\n  fov_deg: 50\n",
                "cameras:\n  - {kind: shell, name: left, distance_m: 1}\n"
                "  - {kind: rig, name: right, offset_m: [0.06, 0, 0]}\n",
            )
        ]
    )
    assert load_job(path, ["views_per_scene=3"]).frames_of_one_scene == 6
    assert load_job(path, ["views_per_scene=3", "frames_per_scene=5"]).frames_of_one_scene == 30


def test_a_kind_that_has_a_default_may_be_left_out(job_folder):
    """What the reference page says is the default of `kind` is what a block without it is."""
    whole = "placement: {kind: scatter, min_distance_m: 0.1}"
    path = job_folder.write(
        scene=[
            (whole, "placement: {pose: lying}"),
            ("{kind: sun, illuminance_lux", "{illuminance_lux"),
            ("  kind: shell\n", ""),
            ("description: a few bottles", "description: a few bottles\nbackground: {}"),
        ]
    )
    scene = load_job(path).scene
    kinds = (scene.objects["mugs"].placement, scene.lights["sun"], scene.cameras[0], scene.background)
    assert [part.kind for part in kinds] == ["on_surface", "sun", "shell", "environment"]
    changed = load_job(path, ["camera.distance_m=3", "objects.mugs.placement.clearance_m=0.1"]).scene
    assert changed.cameras[0].distance_m == 3
    assert changed.objects["mugs"].placement.clearance_m == 0.1
    assert load_job(path).resolved() == load_job(path, ["lights.sun.kind=sun"]).resolved()
