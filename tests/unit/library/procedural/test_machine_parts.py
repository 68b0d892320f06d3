"""What is special about parts for inspection: standard sizes, holes that go through, places of what is missing."""

from __future__ import annotations

import numpy as np
import pytest
import trimesh

from synthvision.library.parameters import Choice, Colour, ProceduralAsset
from synthvision.library.procedural.models.machine_parts import ASSETS
from synthvision.library.procedural.models.machine_parts.bearing import BEARING_SIZES
from synthvision.library.procedural.models.machine_parts.fasteners import ISO_SIZES
from synthvision.library.procedural.models.machine_parts.gear import POINTS_PER_TOOTH, GearSize, tooth_ring
from synthvision.library.procedural.shapes.drilled_plates import Rim, circle, drilled_plate, edge, outline, ring_plate
from synthvision.library.procedural.shapes.mesh import Mesh, join
from synthvision.library.procedural.shapes.threads import screw_thread, thread_depth
from synthvision.library.procedural.shapes.triangulation import triangulated, zipped

KINDS = {asset.name: asset for asset in ASSETS}


def built(name: str, **values):
    asset: ProceduralAsset = KINDS[name]
    params = {
        key: list(parameter.palette[0]) if isinstance(parameter, Colour) else parameter.default
        for key, parameter in asset.parameters.items()
    }
    return asset.build(params | values)


def part_size(model, name: str) -> np.ndarray:
    places = np.concatenate([part.positions_n3 for part in model.parts if part.name == name])
    return np.ptp(places, axis=0)


def solid(mesh: Mesh) -> trimesh.Trimesh:
    made = trimesh.Trimesh(mesh.positions_n3, mesh.triangles_m3, process=False)
    made.merge_vertices(merge_tex=True, merge_norm=True, digits_vertex=8)
    return made


@pytest.mark.parametrize("asset", ASSETS, ids=lambda asset: asset.name)
def test_kinds_are_tagged_and_ready_for_close_views(asset):
    assert "inspection" in asset.tags
    model = built(asset.name)
    assert model.triangle_count >= 800
    assert len(model.materials) >= 1
    low, high = model.bounds_23
    for name, point in model.keypoints.items():
        assert (np.array(point) > low - 0.002).all(), name
        assert (np.array(point) < high + 0.002).all(), name


def test_area_of_a_plate_with_holes_is_exact():
    ring = outline([(0.05, -0.03), (0.05, 0.03), (0.0, 0.01), (-0.05, 0.03), (-0.05, -0.03)], 0.0)
    holes = [circle(0.004, 24, (x, -0.012)) for x in (-0.03, -0.01, 0.012, 0.034)]
    triangles = triangulated(ring, [hole[::-1] for hole in holes])
    points = np.concatenate([ring, *(hole[::-1] for hole in holes)])
    a, b, c = (points[triangles[:, k]] for k in range(3))
    areas = 0.5 * ((b - a)[:, 0] * (c - a)[:, 1] - (b - a)[:, 1] * (c - a)[:, 0])
    hole_area = 0.5 * 24 * 0.004**2 * np.sin(2 * np.pi / 24)
    assert (areas > 0).all()
    assert areas.sum() == pytest.approx(0.1 * 0.06 - 0.5 * 0.1 * 0.02 - 4 * hole_area, rel=1e-9)


def test_rings_of_different_numbers_are_zipped_without_overlap():
    square = outline([(1.0, -1.0), (1.0, 1.0), (-1.0, 1.0), (-1.0, -1.0)], 0.0)
    inner = circle(0.9, 40, phase_rad=0.05)
    triangles = zipped(square, inner)
    points = np.concatenate([square, inner])
    a, b, c = (points[triangles[:, k]] for k in range(3))
    areas = 0.5 * ((b - a)[:, 0] * (c - a)[:, 1] - (b - a)[:, 1] * (c - a)[:, 0])
    assert (areas > 0).all()
    assert areas.sum() == pytest.approx(4.0 - 0.5 * 40 * 0.9**2 * np.sin(2 * np.pi / 40))


def test_drilled_plates_are_closed_with_one_handle_for_each_hole():
    ring = outline([(0.04, -0.02), (0.04, 0.02), (-0.04, 0.02), (-0.04, -0.02)], 0.005)
    section = edge(0.0, 0.006, 0.0005)
    holes = [Rim(circle(0.004, 16, (x, 0.0)), section) for x in (-0.02, 0.0, 0.02)]
    body, walls = drilled_plate(Rim(ring, section), holes)
    made = solid(join([body, *walls]))
    assert made.is_watertight
    assert made.euler_number == 2 - 2 * 3
    nut = solid(join(ring_plate(Rim(circle(0.01, 6), section), Rim(circle(0.005, 20), section))))
    assert nut.is_watertight
    assert nut.euler_number == 0


def test_threads_reach_from_root_to_crest():
    thread = screw_thread(0.004, 0.00125, 0.0, 0.02, 24)
    radius = np.linalg.norm(thread.positions_n3[:, :2], axis=1)
    assert radius.min() == pytest.approx(0.004)
    assert radius.max() == pytest.approx(0.004 + thread_depth(0.00125))


@pytest.mark.parametrize("size", ["M5", "M8", "M12"])
def test_bolts_have_iso_sizes(size):
    model = built("bolt", size=size, head="hex", pose="on_head", washer="no", threaded_share=0.7)
    across = part_size(model, "head")
    # Flats face +y; the corners are drawn in a little by the chamfer only.
    assert across[1] == pytest.approx(ISO_SIZES[size].flats, rel=1e-6)
    assert part_size(model, "shank")[0] == pytest.approx(ISO_SIZES[size].major, rel=0.02)


@pytest.mark.parametrize("designation", list(BEARING_SIZES))
def test_bearings_have_iso_sizes(designation):
    bore, outer, width, _ = BEARING_SIZES[designation]
    model = built("bearing", designation=designation, pose="flat")
    low, high = model.bounds_23
    assert (high - low) * 1000 == pytest.approx([outer, outer, width], rel=2e-3)
    rings = np.concatenate([part.positions_n3 for part in model.parts if part.name == "ring"])
    assert np.linalg.norm(rings[:, :2], axis=1).min() * 2000 == pytest.approx(bore, rel=1e-3)


def test_gear_teeth_touch_pitch_root_and_tip_circles():
    size = GearSize(teeth=20, module=0.002, width=0.01)
    ring = tooth_ring(size)
    assert len(ring) == 20 * POINTS_PER_TOOTH
    radius = np.linalg.norm(ring, axis=1)
    assert radius.max() == pytest.approx(0.022)
    assert radius.min() == pytest.approx(0.0175)
    # On the pitch circle a tooth is as wide as a gap.
    tooth = ring[:POINTS_PER_TOOTH]
    angle, reach = np.arctan2(tooth[:, 1], tooth[:, 0]), np.linalg.norm(tooth, axis=1)
    half = POINTS_PER_TOOTH // 2
    width = np.interp(size.pitch, reach[half:][::-1], angle[half:][::-1]) - np.interp(
        size.pitch, reach[:half], angle[:half]
    )
    assert width == pytest.approx(np.pi / 20, rel=0.03)


@pytest.mark.parametrize(
    ("name", "values", "part"),
    [
        ("bracket", {"missing": "hole"}, "missing_hole"),
        ("bracket", {"missing": "screw", "hole_style": "plain"}, "missing_screw"),
        ("bracket", {"missing": "screw", "hole_style": "counterbored"}, "missing_screw"),
        ("gear", {"missing_tooth": "yes"}, "missing_tooth"),
        ("pcb", {"missing": "chip"}, "missing_component"),
        ("pcb", {"missing": "resistor"}, "missing_component"),
        ("blister_pack", {"missing": "pill"}, "missing_pill"),
        ("blister_pack", {"missing": "pill", "film": "aluminium"}, "missing_pill"),
        ("connector", {"missing": "contact", "style": "wired"}, "missing_contact"),
        ("connector", {"missing": "contact", "style": "dsub"}, "missing_contact"),
    ],
)
def test_what_is_missing_leaves_a_part_of_its_own(name, values, part):
    whole = built(
        name,
        **{key: ("no" if value == "yes" else "none") if "missing" in key else value for key, value in values.items()},
    )
    broken = built(name, **values)
    assert part not in {each.name for each in whole.parts}
    assert [each.name for each in broken.parts].count(part) == 1
    assert [material.name for material in broken.materials].count(part) == 1
    # A small place, not half the object.
    assert part_size(broken, part).max() < 0.6 * np.ptp(broken.bounds_23, axis=0).max()


@pytest.mark.parametrize("name", ["ring_light", "bar_light", "dome_light"])
def test_lights_shine_only_when_lit(name):
    dark, bright = built(name, lit="off"), built(name, lit="on")
    assert all(sum(material.emissive) == 0 for material in dark.materials)
    (screen,) = [material for material in bright.materials if sum(material.emissive) > 0]
    assert screen.name == "screen"
    assert max(screen.emissive) > 1000
    assert "light" in KINDS[name].tags


def test_forward_lights_face_plus_x():
    model = built("bar_light", tilt_deg=0.0)
    assert model.keypoints["centre"][0] > 0
    ring = built("ring_light", facing="forward")
    assert ring.keypoints["centre"][0] > ring.keypoints["back_centre"][0]
    camera = built("camera_housing")
    assert camera.keypoints["lens_centre"][0] > camera.keypoints["back_centre"][0]


@pytest.mark.parametrize("length_m", [0.6, 1.7, 3.0])
@pytest.mark.parametrize("belt", ["rubber", "modular_blue"])
def test_belt_lies_at_its_keypoint(length_m, belt):
    model = built("conveyor_belt", length_m=length_m, belt=belt, legs="yes", top_m=0.8, drive="inside")
    (part,) = [part for part in model.parts if part.name == "belt"]
    x, y, z = model.keypoints["belt_centre"]
    assert (x, y) == (0.0, 0.0)
    assert z == pytest.approx(0.8, abs=1e-6)
    assert part.positions_n3[:, 2].max() == pytest.approx(z, abs=1e-6)
    assert np.ptp(part.positions_n3[:, 0]) == pytest.approx(length_m, rel=1e-6)


def test_choices_have_as_many_weights_as_values():
    for asset in ASSETS:
        for parameter in asset.parameters.values():
            if isinstance(parameter, Choice) and parameter.weights is not None:
                assert len(parameter.weights) == len(parameter.values), asset.name
