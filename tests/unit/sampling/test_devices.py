"""What cameras are: lenses and their fields of view, optics, sensors, presets, and what is refused."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pytest
from pydantic import ValidationError

from synthvision.core.errors import PlacementError
from synthvision.geometry.lens_faults import lens_fault
from synthvision.geometry.poses import rotation_from_quaternion
from synthvision.sampling.camera_presets import camera_preset, camera_preset_names
from synthvision.sampling.config import SceneSpec
from synthvision.sampling.device_faults import device_faults
from synthvision.scene import BrownConradyLens, KannalaBrandtLens, scene_from_json, scene_to_json
from synthvision.scene.rays import lens_model, unproject_picture

OBJECTS = {"boxes": {"pick": "box", "count": 1, "placement": {"kind": "fixed", "position_m": [0, 0]}}}
BARREL = {"kind": "brown_conrady", "k1": -0.25, "k2": 0.08}
FISHEYE = {"kind": "kannala_brandt", "k1": 0.02}
SIZE = (320, 240)


def camera(**keys):
    return {"kind": "fixed", "position_m": [0, -2, 0.5], "look_at": [0, 0, 0.5], **keys}


def drawn(fake, frame=0, **keys):
    return fake.sampler(OBJECTS, camera=camera(**keys), size_wh=SIZE).sample(frame).camera


def spec_of(*cameras, **keys):
    return SceneSpec.model_validate({"objects": OBJECTS, "cameras": list(cameras), **keys})


def field_of(shot):
    """The angle between the rays at both ends of the line through the principal point, in degrees."""
    width = shot.size_wh[0]
    ends = unproject_picture(shot, [(0, shot.centre_xy_px[1]), (width, shot.centre_xy_px[1])], [1.0, 1.0])
    angles = np.arctan2(ends[:, 0], ends[:, 2])
    return float(np.degrees(angles[1] - angles[0]))


@pytest.mark.parametrize("lens", [None, BARREL, FISHEYE, {**BARREL, "p1": 0.002, "p2": -0.003, "k4": 0.1}])
@pytest.mark.parametrize("fov", [30, 75])
def test_the_field_of_view_is_the_angle_through_the_lens(fake, lens, fov):
    # With tangential distortion the middle moves, which the field of view takes no account of.
    assert field_of(drawn(fake, fov_deg=fov, lens=lens)) == pytest.approx(fov, abs=0.03 if lens else 0.001)


def test_a_fisheye_spans_more_than_half_of_all_directions(fake):
    shot = drawn(fake, fov_deg=200, lens={**FISHEYE, "max_angle_deg": 105})
    assert field_of(shot) == pytest.approx(200, abs=0.01)
    assert shot.lens == KannalaBrandtLens(k1=0.02, max_angle_rad=float(np.radians(105)))
    # A field wider than the lens leaves the ends of the picture black.
    circle = drawn(fake, fov_deg=220, lens={"kind": "kannala_brandt", "max_angle_deg": 90})
    assert circle.focal_xy_px[0] == pytest.approx(160 / np.radians(110))


def test_focal_length_and_sensor_size_give_the_field_in_the_middle(fake):
    shot = drawn(fake, focal_mm=8, sensor_mm=6.4, lens=BARREL)
    assert shot.focal_xy_px == pytest.approx((400, 400))
    assert shot.lens == BrownConradyLens(k1=-0.25, k2=0.08)


def test_coefficients_are_drawn_and_recorded(fake):
    sampler = fake.sampler(
        OBJECTS, camera=camera(lens={**BARREL, "k1": {"uniform": [-0.3, -0.1]}}, fov_deg=50), size_wh=SIZE
    )
    scenes = [sampler.sample(frame) for frame in range(6)]
    values = [scene.camera.lens.k1 for scene in scenes]
    assert len(set(values)) == 6
    assert all(-0.3 <= value <= -0.1 for value in values)
    assert [scene.factors["camera.lens.k1"] for scene in scenes] == values
    assert scene_from_json(scene_to_json(scenes[0])).camera == scenes[0].camera


def test_depth_of_field_follows_from_aperture_and_focal_length(fake):
    optics = {"f_number": 2, "focus_m": "target", "exposure_time_s": 0.01, "vignetting": 0.3}
    shot = drawn(fake, focal_mm=50, optics=optics)
    assert shot.optics.aperture_m == pytest.approx(0.025)
    assert shot.optics.focus_m == pytest.approx(2.0)
    assert 1 + shot.optics.vignetting_r2 + shot.optics.vignetting_r4 == pytest.approx(0.7)
    assert shot.optics.exposure_time_s == 0.01
    assert drawn(fake, optics={**optics, "focus_m": 0.7}).optics.focus_m == 0.7
    assert drawn(fake, optics={"f_number": 2}).optics.aperture_m == 0


def test_a_camera_without_parts_has_none(fake):
    shot = drawn(fake, fov_deg=60)
    assert (shot.lens, shot.optics, shot.lens_surface, shot.sensor) == (None, None, None, None)
    assert drawn(fake, lens_surface={}).lens_surface is None  # clean glass is no dirt


def test_noise_differs_between_frames_and_the_fixed_pattern_does_not(fake):
    keys = {"sensor": {"readout_s": 0.024}, "lens_surface": {"drops": 3}}
    first, second = drawn(fake, 0, **keys), drawn(fake, 5, **keys)
    assert first.sensor.noise_seed != second.sensor.noise_seed
    assert first.sensor.pattern_seed == second.sensor.pattern_seed
    assert first.lens_surface.seed != second.lens_surface.seed
    assert first.sensor.row_time_s == pytest.approx(0.024 / 239)
    assert drawn(fake, 0, name="other", **keys).sensor.pattern_seed != first.sensor.pattern_seed
    assert drawn(fake, 0, sensor={"pattern_seed": 7}).sensor.pattern_seed == 7
    assert drawn(fake, 0, **keys) == first


def test_speed_is_given_as_the_camera_sees_it(fake):
    shot = drawn(fake, velocity_m_s=[0, 0, 3], angular_velocity_deg_s=[0, 90, 0])
    assert shot.velocity_m_s == pytest.approx([0, 3, 0])  # it looks along +y
    # To the right about the downward axis; the picture's right is +x.
    assert shot.angular_velocity_rad_s == pytest.approx([0, 0, -np.pi / 2])


def test_a_rig_camera_shares_the_device_but_not_its_noise(fake):
    keys = {"fov_deg": 60, "lens": {**BARREL, "k1": {"uniform": [-0.2, -0.1]}}, "optics": {"f_number": 2}, "sensor": {}}
    keys |= {"lens_surface": {"drops": 4}, "angular_velocity_deg_s": [0, 90, 0]}
    right = {"kind": "rig", "name": "right", "offset_m": [0.1, 0, 0]}
    fish = {
        "kind": "rig",
        "name": "fish",
        "offset_m": [0, 0, 0],
        "lens": FISHEYE,
        "fov_deg": 180,
        "sensor": {"bits": 8},
    }
    sampler = fake.sampler(OBJECTS, camera=[camera(name="left", **keys), right, fish], size_wh=SIZE)
    a, b, c = (sampler.sample(frame).camera for frame in range(3))
    assert (a.lens, a.optics, a.focal_xy_px) == (b.lens, b.optics, b.focal_xy_px)
    assert replace(a.sensor, pattern_seed=0, noise_seed=0) == replace(b.sensor, pattern_seed=0, noise_seed=0)
    assert a.sensor.pattern_seed != b.sensor.pattern_seed
    assert a.sensor.noise_seed != b.sensor.noise_seed
    assert a.lens_surface.drops == b.lens_surface.drops == 4
    assert a.lens_surface.seed != b.lens_surface.seed
    # Turning right about the left camera, the right one goes backwards.
    back = rotation_from_quaternion(b.rotation_wxyz).T @ np.array(b.velocity_m_s)
    assert back == pytest.approx([0, 0, -0.1 * np.pi / 2], abs=1e-9)
    assert isinstance(c.lens, KannalaBrandtLens)
    assert field_of(c) == pytest.approx(180, abs=0.01)
    assert c.sensor.bits == 8
    assert c.optics == a.optics


PRESETS = ("action", "automotive", "industrial", "phone", "surveillance", "webcam")


def test_the_presets_that_ship():
    assert camera_preset_names() == PRESETS


@pytest.mark.parametrize("name", PRESETS)
@pytest.mark.parametrize("size_wh", [(1920, 1080), (640, 480), (480, 640), (512, 512)])
def test_a_preset_is_a_whole_camera_without_fault(fake, name, size_wh):
    assert device_faults(spec_of(camera(preset=name)), size_wh) == []
    sampler = fake.sampler(OBJECTS, camera=camera(preset=name), size_wh=size_wh)
    for frame in range(4):
        shot = sampler.sample(frame).camera
        assert shot.lens is not None
        assert shot.optics is not None
        assert shot.sensor is not None
        assert lens_fault(lens_model(shot), size_wh) is None
        assert 0.2 * max(size_wh) < shot.focal_xy_px[0] < 3 * max(size_wh)


def test_what_a_scene_says_wins_over_the_preset_key_by_key(fake):
    plain = drawn(fake, preset="webcam", look_at=[0, 0, 0.5])
    changed = drawn(fake, preset="webcam", fov_deg=90, sensor={"bits": 8}, optics={"f_number": 2.4}, lens=None)
    assert changed.lens is None
    assert field_of(changed) == pytest.approx(90, abs=0.01)
    assert changed.sensor == replace(plain.sensor, bits=8)
    assert changed.optics.f_number == 2.4
    assert changed.optics.vignetting_r2 == plain.optics.vignetting_r2
    assert drawn(fake, preset="industrial", fov_deg=40).focal_xy_px[0] == pytest.approx(
        160 / np.tan(np.radians(20)), rel=0.02
    )
    assert drawn(fake, preset="webcam", fov_deg=None, focal_mm=None) == drawn(fake, preset="webcam")
    # Coefficients of one model mean nothing to another.
    fisheye = spec_of(camera(preset="webcam", lens={"kind": "kannala_brandt"})).cameras[0].lens
    assert (fisheye.k1, fisheye.k2) == (0, 0)


def test_a_resolved_camera_reads_back_as_it_was():
    spec = spec_of(camera(preset="automotive", lens=None, sensor={"bits": 10}))
    again = SceneSpec.model_validate(spec.model_dump(mode="json"))
    assert again.cameras == spec.cameras


def test_an_unknown_preset_has_the_nearest_name():
    with pytest.raises(ValidationError, match=r"preset must name a camera preset, got 'fone'; did you mean 'phone'\?"):
        spec_of(camera(preset="fone"))
    with pytest.raises(ValueError, match="there are: action, automotive"):
        camera_preset("x")


@pytest.mark.parametrize(
    ("keys", "match"),
    [
        ({"fov_deg": 170}, r"fov_deg must be 1\.\.150 without a lens of kind kannala_brandt, got 170"),
        ({"fov_deg": 400, "lens": FISHEYE}, r"must be 1\.\.300"),
        ({"fov_deg": 50, "focal_mm": 20}, "either fov_deg or focal_mm"),
        ({"optics": {"focus_m": "nearest"}}, "must be target or a distance in metres, got 'nearest'"),
        ({"optics": {"f_number": 0}}, r"must be 0\.5\.\.64"),
        ({"optics": {"red_scale": 1.5}}, r"must be 0\.98\.\.1\.02"),
        ({"sensor": {"bits": 40}}, "less than or equal to 16"),
        ({"sensor": {"jpeg_quality": 0}}, r"must be 1\.\.100"),
        ({"lens": {"kind": "thin_lens"}}, "thin_lens"),
        ({"lens": {"k1": 0.1}}, "kind"),
    ],
)
def test_impossible_devices_are_refused(keys, match):
    with pytest.raises(ValidationError, match=match):
        spec_of(camera(**keys))


def test_a_folding_lens_is_a_fault_with_its_key_path_and_what_is_allowed():
    faults = device_faults(
        spec_of(camera(), camera(name="b", fov_deg=70, lens={**BARREL, "k1": {"uniform": [-0.9, 0]}, "k2": 0})), SIZE
    )
    ((path, message),) = faults
    assert path == ("cameras", 1, "fov_deg")
    # r - 0.9 r3 turns back at r = 0.6086, 31.3 degrees off the axis.
    assert re.match(r"must be below 62\.6 with this lens \(k1 -0\.9\), where its distortion turns back", message)
    ((path, message),) = device_faults(
        spec_of(camera(focal_mm=36, lens={**BARREL, "k1": {"uniform": [-1.5, 0]}, "k2": 0})), SIZE
    )
    assert path == ("cameras", 0, "lens")
    assert "folds the image" in message
    assert "k1 must be at least" in message
    assert "drawn: k1 -1.5" in message


def test_a_fault_shows_only_where_the_range_reaches_it():
    inner = {**BARREL, "k1": {"uniform": [-0.2, 0.2]}, "k2": {"uniform": [0, 0.1]}}
    assert device_faults(spec_of(camera(fov_deg=60, lens=inner)), SIZE) == []
    # Off the middle the corner is farther away.
    off = camera(fov_deg=75, lens={**BARREL, "k1": -0.17, "k2": 0}, centre_offset=[{"uniform": [-0.3, 0.3]}, 0])
    assert device_faults(spec_of({**off, "centre_offset": [0, 0]}), SIZE) == []
    assert [path for path, _ in device_faults(spec_of(off), SIZE)] == [("cameras", 0, "lens")]


def test_a_photo_cannot_stand_behind_a_wide_fisheye():
    photo = {"kind": "photos", "photos": "photo"}
    wide = camera(fov_deg=160, lens=FISHEYE)
    ((path, message),) = device_faults(spec_of(wide, background=photo), SIZE)
    assert path == ("cameras", 0, "lens")
    assert "field of view up to 120 degrees" in message
    assert device_faults(spec_of(wide), SIZE) == []
    assert device_faults(spec_of(camera(fov_deg=70, lens=FISHEYE), background=photo), SIZE) == []


def test_a_lens_that_folds_between_the_tried_ends_fails_its_frame(fake):
    # The range's ends are sound; in between drawn values may not be where several vary at once.
    with pytest.raises(PlacementError, match=r"camera\.lens: the distortion must map the whole picture one to one"):
        drawn(fake, focal_mm=36, lens={**BARREL, "k1": -1.5, "k2": 0})
    with pytest.raises(PlacementError, match=r"camera\.fov_deg: the lens must show the whole field of view"):
        drawn(fake, fov_deg=100, lens={**BARREL, "k1": -0.9, "k2": 0})
