"""Colours against published values, limits of fields, and messages of the scene file's models."""

from __future__ import annotations

import numpy as np
import pytest
from pydantic import TypeAdapter, ValidationError

from synthvision.core.streams import rng_for
from synthvision.sampling.colours import balance_gains, linear_from_hex, linear_from_hsv, luminance, temperature_colour
from synthvision.sampling.config import SceneSpec, spec_warnings
from synthvision.sampling.drawing import Drawer, Ledger
from synthvision.sampling.values import ColourValue, ParameterValue

COLOUR = TypeAdapter(ColourValue)


def test_srgb_and_hue_give_known_linear_colours():
    assert linear_from_hex("#808080") == pytest.approx([0.2158605] * 3, abs=1e-6)
    assert linear_from_hsv(1 / 3, 1, 1) == pytest.approx((0, 1, 0))
    assert linear_from_hsv(-1 / 3, 1, 0.5) == pytest.approx(linear_from_hex("#000080"), abs=2e-3)


@pytest.mark.parametrize(
    ("kelvin", "x", "y"),
    # Black body and daylight chromaticities of CIE 15: illuminant A, 4,000 K, D50, D65, 10,000 K.
    [(2_856, 0.4476, 0.4074), (4_000, 0.3805, 0.3768), (5_003, 0.3457, 0.3585), (6_504, 0.3127, 0.3290),
     (10_000, 0.2787, 0.2920)],
)  # fmt: skip
def test_light_of_a_temperature_has_its_chromaticity(kelvin, x, y):
    rgb = np.array(temperature_colour(kelvin))
    to_xyz = np.array(
        [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]]
    )
    xyz = to_xyz @ rgb
    assert xyz[:2] / xyz.sum() == pytest.approx([x, y], abs=3e-3)
    assert luminance(tuple(rgb)) == pytest.approx(1)


def test_white_balance_keeps_white_as_bright():
    gains = np.array(balance_gains(temperature_colour(3_000), 0.5, 15))
    assert luminance(tuple(gains * temperature_colour(3_000))) == pytest.approx(1)
    assert balance_gains((1, 1, 1), 1, 0) == pytest.approx((1, 1, 1), abs=2e-3)
    warm = balance_gains((1, 1, 1), 1, 20)
    assert warm[0] > 1 > warm[2]


def test_colours_of_every_form_are_drawn():
    drawer = Drawer(0, 0, "", Ledger())
    forms = {
        "hex": "#ff0000",
        "rgb": [0.1, 0.2, {"uniform": [0.3, 0.4]}],
        "hsv": {"hsv": {"h": {"uniform": [0.3, 0.36]}, "s": 1, "v": 1}},
        "choice": {"choice": ["#00ff00", [0, 0, 1]], "weights": [0, 1]},
    }
    drawn = {name: drawer.colour(name, COLOUR.validate_python(value)) for name, value in forms.items()}
    assert drawn["hex"] == (1, 0, 0)
    assert drawn["rgb"][:2] == (0.1, 0.2)
    assert 0.3 <= drawn["rgb"][2] <= 0.4
    assert drawn["hsv"][1] == 1
    assert max(drawn["hsv"][0], drawn["hsv"][2]) < 0.2
    assert drawn["choice"] == (0, 0, 1)


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("red", "must be a colour like '#c0392b'"),
        ([2, 0, 0], r"must be 0\.\.1, got 2"),
        ([{"normal": {"mean": 0.5, "std": 0.1}}, 0, 0], r"must be 0\.\.1, .*truncated_normal has bounds"),
        ({"hvs": {}}, r"must be \[r, g, b\].*got the keys hvs"),
        (3, r"must be \[r, g, b\].*got 3"),
    ],
)
def test_a_wrong_colour_is_refused(value, message):
    with pytest.raises(ValidationError, match=message):
        COLOUR.validate_python(value)


def test_parameters_take_every_kind_of_value():
    parameter = TypeAdapter(ParameterValue)
    for value in (
        3,
        0.5,
        "matt",
        "#ff0000",
        {"choice": ["a", "b"]},
        {"choice": ["#ff0000"]},
        {"choice": [1, 2]},
        [0, 0, 1],
    ):
        assert parameter.dump_python(parameter.validate_python(value), mode="json", exclude_none=True) in (
            value,
            [float(part) for part in value] if isinstance(value, list) else value,
        )


def scene(**changes):
    return {"objects": {"a": {"pick": "box"}}, **changes}


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (scene(objects={"a": {"pick": "x", "count": {"uniform_int": [-1, 3]}}}), r"count must be 0\.\.10000, got -1"),
        (scene(objects={"a": {"pick": {}}}), "must name either an asset, a category or a tag, or any_of"),
        (scene(objects={"a": {"pick": {"any_of": [{"asset": "x", "weight": 0}]}}}), "at least one weight in any_of"),
        (scene(objects={"a": {"pick": "x", "scale": 0}}), "must be above 0, got 0"),
        (scene(objects={"a.b": {"pick": "x"}}), "name of objects or lights must not"),
        (scene(objects={"a": {"pick": "x", "placement": {"kind": "inside", "container": "bowl"}}}),
         r"objects\.a\.placement must name a group placed before it \(surface\), got 'bowl'"),
        (scene(objects={"a": {"pick": "x", "placement": {"kind": "on_surface", "on": "b"}}, "b": {"pick": "y"}}),
         "must name a group placed before it"),
        (scene(objects={"a": {"pick": "x", "count": 2, "placement": {"kind": "fixed"}}}),
         "placement holds one object"),
        (scene(camera={"kind": "shell"}), "must have one of distance_m, fill and frame_target"),
        (scene(camera={"kind": "shell", "distance_m": 1, "fov_deg": 50, "focal_mm": 35}), "either fov_deg or focal_mm"),
        (scene(camera={"kind": "shell", "distance_m": 1, "fov_deg": {"uniform": [0, 50]}}), r"must be 1\.\.300"),
        (scene(camera={"kind": "shell", "distance_m": 1}, cameras=[]), "either camera or cameras"),
        (scene(cameras=[{"kind": "rig", "name": "r", "offset_m": [0, 0, 0]}]), "must be of kind shell or fixed"),
        (scene(cameras=[{"kind": "shell", "distance_m": 1}] * 2), "camera names must be unique"),
        (scene(lighting={"day": {}}, lights={"s": {"kind": "sun", "illuminance_lux": 1}}), "either lighting"),
        (scene(lighting={"day": {"weight": 0}}), "at least one weight in lighting"),
        (scene(lights={"s": {"kind": "sun", "illuminance_lux": 1, "temperature_k": 5000, "colour": "#ffffff"}}),
         "either temperature_k or colour"),
        (scene(lights={"s": {"kind": "sun", "illuminance_lux": {"uniform": [-1, 1]}}}), "must be 0 or more"),
        (scene(surface={"size_m": [0, 1]}), "size_m must be above 0"),
        (scene(colour="red"), "Extra inputs are not permitted"),
    ],
)  # fmt: skip
def test_a_wrong_scene_file_is_refused_with_what_must_hold(data, message):
    with pytest.raises(ValidationError, match=message):
        SceneSpec.model_validate(data)


def test_one_camera_goes_by_camera_and_several_by_number():
    one = SceneSpec.model_validate(scene(camera={"kind": "shell", "distance_m": 1}))
    two = SceneSpec.model_validate(
        scene(cameras=[{"kind": "shell", "distance_m": 1}, {"kind": "rig", "name": "b", "offset_m": [0, 0, 0]}])
    )
    assert one.camera_path(0) == "camera"
    assert two.camera_path(1) == "cameras.1"


def test_photos_as_background_are_warned_of():
    assert spec_warnings(SceneSpec.model_validate(scene())) == []
    warned = spec_warnings(SceneSpec.model_validate(scene(background={"kind": "photos", "photos": "a/*"})))
    assert len(warned) == 1
    assert "has no labels" in warned[0]


def test_every_field_is_described():
    schema = SceneSpec.model_json_schema()
    for name, definition in {"SceneSpec": schema, **schema["$defs"]}.items():
        for key, field in definition.get("properties", {}).items():
            # A field whose description is that of its block is written as a reference to the block alone.
            target = schema["$defs"].get(field.get("$ref", "").rsplit("/", 1)[-1], {})
            assert field.get("description") or target.get("description"), f"{name}.{key}"


def test_streams_are_named_by_their_path():
    value = TypeAdapter(ParameterValue).validate_python({"uniform": [0, 1]})
    drawn = Drawer(4, 9, "", Ledger()).number("objects.bottles.2.scale", value)
    assert drawn == rng_for(4, 9, "objects.bottles.2.scale").random()
