"""Scene records: what is not exactly a scene of this version is refused, at every level, and said where."""

from __future__ import annotations

import copy
import dataclasses
import json
import math
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

import synthvision.scene
from synthvision.core.errors import DatasetError, UsageError
from synthvision.scene import (
    AirMedium,
    AssetRef,
    Backdrop,
    BrownConradyLens,
    Camera,
    Environment,
    KannalaBrandtLens,
    LensSurface,
    MaterialOverride,
    Optics,
    PointLight,
    Rain,
    RectLight,
    Scene,
    SceneObject,
    Sensor,
    SnowCover,
    Snowfall,
    SpotLight,
    SunLight,
    Weather,
    Wetness,
    scene_from_json,
    scene_to_json,
)

# One of everything; of the two lenses a camera has one, the other is in `FISHEYE`.
FULL = Scene(
    camera=Camera(
        size_wh=(64, 48),
        focal_xy_px=(50.0, 51.0),
        centre_xy_px=(32.0, 24.0),
        position_m=(0.0, 0.0, 1.0),
        rotation_wxyz=(1.0, 0.0, 0.0, 0.0),
        lens=BrownConradyLens(k1=-0.2, p1=0.001),
        optics=Optics(vignetting_r2=-0.3, blades=6),
        lens_surface=LensSurface(drops=12, seed=4),
        sensor=Sensor(jpeg_quality=80, noise_seed=5),
    ),
    objects=(
        SceneObject(
            instance_id=1,
            name="bottles/0",
            asset=AssetRef("builtin", "bottle", {"height_m": 0.25, "colours": [[0.1, 0.2, 0.3]], "lid": True}),
            category="bottle",
            materials=(MaterialOverride(slot="body", asset=AssetRef("builtin", "oak"), base_colour=(0.1, 0.2, 0.3)),),
            attributes={"top_face": "5"},
        ),
        SceneObject(instance_id=2, name="floor", asset=AssetRef("builtin", "ground"), role="background"),
    ),
    lights=(
        SunLight(direction_xyz=(0.0, 0.0, 1.0), illuminance_lux=100_000.0),
        PointLight(position_m=(0.0, 0.0, 2.0), intensity_cd=80.0),
        SpotLight(position_m=(0.0, 0.0, 2.0), direction_xyz=(0.0, 0.0, -1.0), intensity_cd=800.0),
        RectLight(
            position_m=(0.0, 1.0, 2.0), rotation_wxyz=(0.0, 1.0, 0.0, 0.0), size_wh_m=(1.2, 0.8), intensity_cd=400.0
        ),
    ),
    environment=Environment(asset=AssetRef("builtin", "sky"), illuminance_lux=10_000.0),
    backdrop=Backdrop(asset=AssetRef("photos", "one"), luminance_cd_m2=200.0),
    weather=Weather(
        name="sleet",
        air=(AirMedium(kind="fog", visibility_m=120.0, falloff_m=30.0), AirMedium(kind="dust", visibility_m=2000.0)),
        rain=Rain(rate_mm_h=4.0),
        snowfall=Snowfall(rate_mm_h=0.5),
        wetness=Wetness(film=0.8, puddles=0.2),
        snow_cover=SnowCover(cover=0.4),
        wind_m_s=(2.0, -1.0),
        seed=9,
    ),
    factors={"weather.kind": "clear", "levels": [1, 2.5, None], "deep": {"a": False}},
    rejections={"overlap": 3},
)
FISHEYE = dataclasses.replace(FULL.camera, lens=KannalaBrandtLens(k1=0.01, max_angle_rad=1.6))
DATA: dict[str, Any] = json.loads(json.dumps(scene_to_json(FULL)))

#: Numbers that may also be left open.
OPTIONAL = {"jpeg_quality", "falloff_m"}
#: Mappings whose keys are the user's own.
FREE = {"factors", "rejections", "params", "attributes"}


def places(node: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[tuple[str | int, ...], Any]]:
    yield path, node
    items = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, value in items:
        yield from places(value, (*path, key))


def changed(path: tuple[str | int, ...], value: Any) -> dict[str, Any]:
    data = copy.deepcopy(DATA)
    node: Any = data
    for key in path[:-1]:
        node = node[key]
    node[path[-1]] = value
    return data


def dotted(path: tuple[str | int, ...]) -> str:
    return ".".join(map(str, path))


def inside_free(path: tuple[str | int, ...]) -> bool:
    return not FREE.isdisjoint(path)


RECORDS = [path for path, node in places(DATA) if isinstance(node, dict) and not inside_free(path)]
LEAVES = [
    (path, node) for path, node in places(DATA) if not isinstance(node, dict | list) and not inside_free(path) and path
]


def test_the_full_scene_comes_back():
    assert scene_from_json(DATA) == FULL
    assert scene_to_json(scene_from_json(DATA)) == DATA


def test_defaults_may_be_left_out_of_a_record():
    assert scene_from_json({"camera": DATA["camera"]}) == Scene(camera=FULL.camera)


def test_the_parameters_below_cover_every_class():
    shapes = {frozenset(node) for path, node in places(DATA) if path in RECORDS}
    # The fisheye is the other kind of lens: tests below put it in the place of the first.
    shapes.add(frozenset(scene_to_json(dataclasses.replace(FULL, camera=FISHEYE))["camera"]["lens"]))
    classes = [kind for kind in vars(synthvision.scene).values() if dataclasses.is_dataclass(kind)]
    assert shapes == {frozenset(field.name for field in dataclasses.fields(kind)) for kind in classes}
    assert len(RECORDS) == 29
    assert len(LEAVES) > 190


def test_a_fisheye_comes_back_and_is_checked_as_strictly():
    scene = dataclasses.replace(FULL, camera=FISHEYE)
    data = json.loads(json.dumps(scene_to_json(scene)))
    assert scene_from_json(data) == scene
    for key, value in (("k1", "0.1"), ("max_angle_rad", None), ("k5", 0.1)):
        wrong = copy.deepcopy(data)
        wrong["camera"]["lens"][key] = value
        with pytest.raises(DatasetError, match=rf"schema; camera\.lens\.kannala_brandt\.{key}: "):
            scene_from_json(wrong)


@pytest.mark.parametrize("path", RECORDS, ids=dotted)
def test_an_unknown_key_is_refused_at_every_level(path):
    with pytest.raises(
        DatasetError, match=r"must match this version's schema; .*colour_of_the_moon: Unexpected keyword"
    ):
        scene_from_json(changed((*path, "colour_of_the_moon"), 1))


@pytest.mark.parametrize(
    "path",
    [
        ("factors",),
        ("factors", "deep"),
        ("rejections",),
        ("objects", 0, "asset", "params"),
        ("objects", 0, "attributes"),
    ],
    ids=dotted,
)
def test_the_users_own_keys_are_kept(path):
    value = 7 if path == ("rejections",) else "new"
    node: Any = scene_to_json(scene_from_json(changed((*path, "colour_of_the_moon"), value)))
    for key in path:
        node = node[key]
    assert node["colour_of_the_moon"] == value


@pytest.mark.parametrize(
    "key",
    [
        ("camera",),
        ("camera", "size_wh"),
        ("objects", 0, "instance_id"),
        ("objects", 0, "asset"),
        ("objects", 0, "asset", "pack"),
        ("lights", 0, "direction_xyz"),
        ("lights", 1, "kind"),
        ("lights", 2, "intensity_cd"),
        ("environment", "illuminance_lux"),
        ("backdrop", "luminance_cd_m2"),
        ("lights", 3, "size_wh_m"),
        ("weather", "air", 0, "visibility_m"),
        ("weather", "rain", "rate_mm_h"),
        ("weather", "snowfall", "rate_mm_h"),
    ],
    ids=dotted,
)
def test_a_missing_key_is_refused_and_named(key):
    data = copy.deepcopy(DATA)
    node: Any = data
    for part in key[:-1]:
        node = node[part]
    del node[key[-1]]
    with pytest.raises(
        DatasetError, match=f"must match this version's schema; .*{key[-1] if key[-1] != 'kind' else 1}"
    ):
        scene_from_json(data)


@pytest.mark.parametrize(("path", "value"), LEAVES, ids=[dotted(path) for path, _ in LEAVES])
def test_a_value_of_another_type_is_refused_wherever_it_stands(path, value):
    """Nothing is converted: no number out of text, no text out of a number, no flag out of either."""
    wrong: list[Any] = [{"x": 1}, [1]]
    if isinstance(value, bool):
        wrong += [1, 0, "true", "yes"]
    elif isinstance(value, int):
        wrong += [str(value), float(value), True, None, value + 0.5]
    elif isinstance(value, float):
        wrong += [str(value), True, None, math.nan, math.inf]
    elif isinstance(value, str):
        wrong += [1, 1.5, True]
    elif value is None:
        wrong = [True]
    if path[-1] in OPTIONAL and None in wrong:
        wrong.remove(None)
    for bad in wrong:
        with pytest.raises(DatasetError, match="a scene record must"):
            scene_from_json(changed(path, bad))


def test_the_message_names_the_place():
    with pytest.raises(DatasetError, match=r"schema; objects\.0\.materials\.0\.base_colour\.1: .*valid number"):
        scene_from_json(changed(("objects", 0, "materials", 0, "base_colour", 1), "0.5"))
    # Also for one of several kinds of light: of the kind that was meant, not of the first in the list.
    with pytest.raises(DatasetError, match=r"schema; lights\.2\.spot\.intensity_cd: .*valid number"):
        scene_from_json(changed(("lights", 2, "intensity_cd"), "800"))
    with pytest.raises(DatasetError, match=r"schema; lights\.0: .*'moon'.*'sun', 'point', 'spot'"):
        scene_from_json(changed(("lights", 0, "kind"), "moon"))


@pytest.mark.parametrize(
    "path",
    [
        ("camera", "position_m"),
        ("camera", "size_wh"),
        ("camera", "lens_surface", "drop_radius_m"),
        ("objects", 0, "rotation_wxyz"),
        ("weather", "wind_m_s"),
        ("weather", "air", 0, "albedo_rgb"),
    ],
)
def test_vectors_of_another_length_are_refused(path):
    right: Any = DATA
    for key in path:
        right = right[key]
    for wrong in ([*right, right[0]], right[:-1], []):
        with pytest.raises(DatasetError, match=dotted(path).replace(".", r"\.")):
            scene_from_json(changed(path, wrong))


def test_records_that_make_no_scene_are_dataset_errors_too():
    with pytest.raises(DatasetError, match="instance_id must be 1 to 65535, got 0"):
        scene_from_json(changed(("objects", 0, "instance_id"), 0))
    with pytest.raises(DatasetError, match="instance ids must be unique"):
        scene_from_json(changed(("objects", 0, "instance_id"), 2))
    for nothing in (None, [], "scene", 3):
        with pytest.raises(DatasetError, match="a scene record must match this version's schema; scene: "):
            scene_from_json(nothing)
    with pytest.raises(DatasetError, match="not JSON serializable"):
        scene_from_json(changed(("factors", "levels"), {1, 2}))


def test_whole_numbers_are_taken_for_real_ones():
    # JSON of other programs has no 1.0; the other way round would lose something.
    scene = scene_from_json(changed(("camera", "near_m"), 1))
    assert scene.camera.near_m == 1.0
    assert type(scene.camera.near_m) is float


@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf])
@pytest.mark.parametrize("where", ["factors", "params", "field"])
def test_what_is_not_finite_is_never_written(number, where):
    if where == "factors":
        scene = dataclasses.replace(FULL, factors={"a": [{"b": number}]})
    elif where == "params":
        asset = AssetRef("builtin", "sky", {"turbidity": number})
        scene = dataclasses.replace(FULL, environment=Environment(asset=asset, illuminance_lux=1.0))
    else:
        scene = dataclasses.replace(FULL, camera=dataclasses.replace(FULL.camera, far_m=number))
    with pytest.raises(
        UsageError, match=r"^the numbers of a scene must be finite; scene\.(factors|environment|camera)\."
    ):
        scene_to_json(scene)


@pytest.mark.parametrize("value", ["0.1", np.zeros(3), [0.0, 0.0, 0.0], (0.0, 0.0)])
def test_a_scene_made_of_the_wrong_things_is_never_written(value):
    scene = dataclasses.replace(FULL, camera=dataclasses.replace(FULL.camera, position_m=value))
    with pytest.raises(UsageError, match=r"^a scene must hold plain numbers, text, tuples and mappings: "):
        scene_to_json(scene)


def test_numpy_doubles_are_written_as_plain_floats():
    scene = dataclasses.replace(FULL, camera=dataclasses.replace(FULL.camera, near_m=np.float64(0.1)))
    assert type(scene_to_json(scene)["camera"]["near_m"]) is float
