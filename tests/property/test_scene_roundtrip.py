"""A scene through JSON text is the same scene, to the last bit of every float."""

from __future__ import annotations

import dataclasses
import json
import struct
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from synthvision.core.errors import DatasetError
from synthvision.core.hashing import canonical_json
from synthvision.scene import (
    AirMedium,
    AssetRef,
    Backdrop,
    BrownConradyLens,
    Camera,
    Environment,
    Exposure,
    KannalaBrandtLens,
    LensSurface,
    MaterialOverride,
    Optics,
    Origin,
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
from synthvision.scene.weather import WEATHER_RANGES

# Every finite float, also -0.0, subnormal ones and the largest.
number = st.floats(allow_nan=False, allow_infinity=False)
vector2 = st.tuples(number, number)
vector3 = st.tuples(number, number, number)
quaternion = st.tuples(number, number, number, number)
# Any character that UTF-8 can hold, so also quotes, control characters and those beyond 16 bits.
word = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
whole = st.integers(-(2**63), 2**63 - 1)
json_value = st.recursive(
    st.none() | st.booleans() | whole | number | word,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(word, inner, max_size=3),
    max_leaves=6,
)
facts = st.dictionaries(word, json_value, max_size=3)
assets = st.builds(AssetRef, word, word, facts)


def maybe(strategy):
    return st.none() | strategy


materials = st.builds(
    MaterialOverride,
    slot=word,
    asset=maybe(assets),
    base_colour=maybe(vector3),
    metallic=maybe(number),
    roughness=maybe(number),
    uv_scale=number,
    uv_offset=vector2,
    uv_rotation_rad=number,
)
things = st.builds(
    SceneObject,
    instance_id=st.integers(1, 65_535),
    name=word,
    asset=assets,
    position_m=vector3,
    rotation_wxyz=quaternion,
    scale=vector3,
    role=st.sampled_from(["thing", "stuff", "distractor", "background"]),
    category=maybe(word),
    materials=st.lists(materials, max_size=2).map(tuple),
    attributes=st.dictionaries(word, word, max_size=2),
)
suns = st.builds(SunLight, direction_xyz=vector3, illuminance_lux=number, colour=vector3, angular_diameter_rad=number)
points = st.builds(PointLight, position_m=vector3, intensity_cd=number, colour=vector3, radius_m=number)
spots = st.builds(
    SpotLight,
    position_m=vector3,
    direction_xyz=vector3,
    intensity_cd=number,
    colour=vector3,
    inner_angle_rad=number,
    outer_angle_rad=number,
    radius_m=number,
)


def built(kind, /, **more):
    """Objects of a class whose fields are numbers, vectors and text; `more` for the others."""
    known = {
        "float": number,
        "float | None": maybe(number),
        "int": whole,
        "int | None": maybe(whole),
        "str": word,
        "bool": st.booleans(),
        "tuple[float, float]": vector2,
        "Vector3": vector3,
        "Quaternion": quaternion,
    }
    return st.builds(kind, **{f.name: known[f.type] for f in dataclasses.fields(kind) if f.type in known}, **more)


def within_ranges(kind, block):
    """Objects of a part of the weather that checks its numbers."""
    return st.builds(kind, **{name: st.floats(*ends) for name, ends in WEATHER_RANGES[block].items()})


rectangles = built(RectLight)
weathers = built(
    Weather,
    air=st.lists(built(AirMedium, kind=st.sampled_from(["haze", "fog", "dust"])), max_size=2).map(tuple),
    rain=maybe(built(Rain)),
    snowfall=maybe(built(Snowfall)),
    wetness=maybe(within_ranges(Wetness, "wetness")),
    snow_cover=maybe(within_ranges(SnowCover, "snow_cover")),
)
exposures = st.builds(
    Exposure,
    mode=st.sampled_from(["auto", "manual"]),
    ev100=number,
    compensation_ev=number,
    tone_curve=st.sampled_from(["filmic", "linear"]),
    white_balance_rgb=vector3,
)
cameras = st.builds(
    Camera,
    name=word,
    size_wh=st.tuples(whole, whole),
    focal_xy_px=vector2,
    centre_xy_px=vector2,
    position_m=vector3,
    rotation_wxyz=quaternion,
    near_m=number,
    far_m=number,
    exposure=exposures,
    lens=maybe(built(BrownConradyLens) | built(KannalaBrandtLens)),
    optics=maybe(built(Optics)),
    lens_surface=maybe(built(LensSurface)),
    sensor=maybe(built(Sensor, demosaic=st.sampled_from(["hamilton_adams", "malvar", "bilinear"]))),
    velocity_m_s=vector3,
    angular_velocity_rad_s=vector3,
)
scenes = st.builds(
    Scene,
    camera=cameras,
    objects=st.lists(things, max_size=3, unique_by=(lambda o: o.instance_id, lambda o: o.name)).map(tuple),
    lights=st.lists(suns | points | spots | rectangles, max_size=4).map(tuple),
    environment=maybe(
        st.builds(Environment, asset=assets, illuminance_lux=number, rotation_rad=number, visible=st.booleans())
    ),
    backdrop=maybe(st.builds(Backdrop, asset=assets, luminance_cd_m2=number)),
    weather=maybe(weathers),
    origin=st.builds(Origin, seed=whole, frame=whole, scene_index=whole, view=whole, camera=whole, attempt=whole),
    factors=facts,
    rejections=st.dictionaries(word, whole, max_size=2),
)


def leaves(node: Any, path: str = "") -> Iterator[tuple[str, str, Any]]:
    """Path, type and exact value of everything in a scene; floats as their bits."""
    if dataclasses.is_dataclass(node):
        yield path, type(node).__name__, None
        for field in dataclasses.fields(node):
            yield from leaves(getattr(node, field.name), f"{path}.{field.name}")
    elif isinstance(node, dict):
        yield path, "dict", sorted(node)
        for key, value in node.items():
            yield from leaves(value, f"{path}.{key}")
    elif isinstance(node, list | tuple):
        yield path, type(node).__name__, len(node)
        for index, value in enumerate(node):
            yield from leaves(value, f"{path}.{index}")
    elif isinstance(node, float):
        yield path, "float", struct.pack("<d", node)
    else:
        yield path, type(node).__name__, node


@given(scenes)
def test_a_scene_through_json_text_is_the_same_to_the_last_bit(scene):
    data = scene_to_json(scene)
    again = scene_from_json(json.loads(json.dumps(data)))
    assert again == scene
    # Equality takes 0.0 for -0.0, 1 for 1.0 and True for 1: look closer.
    assert sorted(map(repr, leaves(again))) == sorted(map(repr, leaves(scene)))
    assert canonical_json(scene_to_json(again)) == canonical_json(data)


@given(scenes, st.data())
def test_an_unknown_key_in_any_record_of_any_scene_is_refused(scene, data):
    record = scene_to_json(scene)
    dicts = list(records(record))
    target = data.draw(st.sampled_from(range(len(dicts))))
    dicts[target]["no_such_key"] = data.draw(json_value)
    with pytest.raises(DatasetError, match="no_such_key: Unexpected keyword argument"):
        scene_from_json(record)


def records(data: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Every mapping of a scene's JSON whose keys are given by the schema."""
    yield data
    yield data["camera"]
    yield data["camera"]["exposure"]
    yield data["origin"]
    yield from data["lights"]
    for holder in (*data["objects"], data["environment"], data["backdrop"]):
        if holder is not None:
            yield holder
            yield holder["asset"]
    for item in data["objects"]:
        for material in item["materials"]:
            yield material
            if material["asset"] is not None:
                yield material["asset"]
