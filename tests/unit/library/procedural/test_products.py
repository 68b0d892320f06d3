"""What is special to packed goods, fruit, waste and tools: real sizes, hollow containers, crushing, keypoints."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
import trimesh

from synthvision.library.model import Model
from synthvision.library.parameters import ProceduralAsset
from synthvision.library.procedural.models.products import ASSETS
from synthvision.library.procedural.prints.packages import PACKAGE_DESIGNS, package_wrap
from synthvision.library.procedural.shapes.crushing import (
    bending,
    buckling,
    crumpling,
    crushed,
    flattening,
    pinching,
    twisting,
)
from synthvision.library.procedural.shapes.lofts import circle_ring, loft, open_vessel, rectangle_ring, stacked
from synthvision.library.procedural.shapes.mesh import Mesh
from synthvision.library.procedural.shapes.patches import patch_in_uv
from synthvision.library.procedural.shapes.plates import plate
from synthvision.library.procedural.shapes.shading import auto_smooth
from synthvision.library.procedural.shapes.shells import thick_sheet

PRODUCTS = {asset.name: asset for asset in ASSETS}
CRUSHABLE = [asset.name for asset in ASSETS if "crush" in asset.parameters]


def defaults(asset: ProceduralAsset, **fixed: Any) -> dict[str, Any]:
    """Default value of every parameter, some of them given; a colour's is the first of its palette."""
    values: dict[str, Any] = {}
    for name, parameter in asset.parameters.items():
        values[name] = parameter.default if hasattr(parameter, "default") else list(parameter.palette[0])
    return values | fixed


def built(name: str, **fixed: Any) -> Model:
    asset = PRODUCTS[name]
    model = asset.build(defaults(asset, **fixed))
    assert isinstance(model, Model)
    return model


def size_of(model: Model) -> np.ndarray:
    low, high = model.bounds_23
    return high - low


def heights_over(model: Model, x: float, y: float) -> np.ndarray:
    """Heights at which a vertical line meets a model."""
    found = []
    for part in model.parts:
        a, b, c = (part.positions_n3[part.triangles_m3[:, k]].astype(np.float64) for k in range(3))
        matrix = np.stack([(b - a)[:, :2], (c - a)[:, :2]], axis=2)
        level = np.abs(np.linalg.det(matrix)) > 1e-16
        shares = np.linalg.solve(matrix[level], (np.array([x, y]) - a[level, :2])[..., None])[..., 0]
        inside = (shares >= 0).all(axis=1) & (shares.sum(axis=1) <= 1)
        rise = np.stack([(b - a)[level, 2], (c - a)[level, 2]], axis=1)
        found.append((a[level, 2] + (shares * rise).sum(axis=1))[inside])
    return np.concatenate(found)


def tube(radius: float = 0.03, tall: float = 0.12) -> Mesh:
    return loft(stacked([(circle_ring(radius, 36), float(z)) for z in np.linspace(0.0, tall, 40)]))


def welded(mesh: Mesh) -> trimesh.Trimesh:
    solid = trimesh.Trimesh(mesh.positions_n3, mesh.triangles_m3, process=False)
    solid.merge_vertices(merge_tex=True, merge_norm=True, digits_vertex=7)
    return solid


def facing_share(mesh: Mesh) -> float:
    """Share of the triangles whose normals point to their outside."""
    corners = mesh.positions_n3[mesh.triangles_m3]
    facing = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    return float((np.einsum("ij,ij->i", facing, mesh.normals_n3[mesh.triangles_m3].mean(axis=1)) > 0).mean())


def test_every_kind_says_what_it_is_made_of_and_where_it_belongs():
    for asset in ASSETS:
        assert "table" in asset.tags, asset.name
        model = asset.build(defaults(asset))
        assert model.attributes["material"] in {"plastic", "paper", "metal", "glass", "organic", "wood"}, asset.name
        assert 1 <= len(model.materials) <= 6, asset.name


@pytest.mark.parametrize("name", ["banana", "apple", "orange"])
def test_fruit_is_organic(name):
    assert "fruit" in PRODUCTS[name].tags
    assert built(name).attributes["material"] == "organic"


@pytest.mark.parametrize("name", CRUSHABLE)
def test_crushing_shrinks_and_is_told(name):
    whole, flat = built(name, crush=0.0), built(name, crush=1.0)
    assert whole.attributes["crushed"] == "no"
    assert flat.attributes["crushed"] == "yes"
    assert built(name, crush=0.3).attributes["crushed"] == "no"
    volume = [float(np.prod(size_of(model))) for model in (whole, flat)]
    assert volume[0] != pytest.approx(volume[1], rel=0.02)


@pytest.mark.parametrize(
    ("size", "expected"), [("AA", (0.0145, 0.0505)), ("AAA", (0.0105, 0.0445)), ("D", (0.0342, 0.0615))]
)
def test_round_cells_have_their_standard_sizes(size, expected):
    across, _, tall = size_of(built("battery", size=size, pose="standing"))
    assert across == pytest.approx(expected[0], abs=2e-4)
    assert tall == pytest.approx(expected[1], abs=2e-4)


def test_block_battery_fits_its_standard_and_carries_two_snaps():
    model = built("battery", size="9V", pose="standing")
    assert (size_of(model) <= np.array([0.0175, 0.0265, 0.0505]) + 1e-4).all()
    snaps = next(part for part in model.parts if part.name == "terminals")
    assert set(np.sign(np.round(snaps.positions_n3[:, 1], 4))) >= {-1.0, 1.0}


def test_battery_lies_with_its_plus_end_ahead():
    model = built("battery", pose="lying")
    assert model.keypoints["plus"][0] > model.keypoints["minus"][0]


@pytest.mark.parametrize(
    ("name", "style"), [("bin", "stacking"), ("bin", "picking"), ("bin", "tote"), ("tray", "baking"), ("tray", "food")]
)
def test_containers_are_hollow_with_a_floor_of_real_thickness(name, style):
    model = built(name, style=style, **({"lining": "none", "warp": 0.0} if name == "tray" else {"label": "none"}))
    floor = model.keypoints["floor"][2]
    tall = float(size_of(model)[2])
    ray = heights_over(model, 0.01, 0.013)
    # From above the first thing met is the floor inside, then its underside.
    assert ray.max() < 0.35 * tall
    assert ray.max() == pytest.approx(floor, abs=0.004)
    assert 0.0004 < ray.max() - ray.min() < 0.012
    volume = sum(trimesh.Trimesh(part.positions_n3, part.triangles_m3, process=False).volume for part in model.parts)
    assert 0.0 < volume < 0.35 * float(np.prod(size_of(model)))


def test_picking_bins_are_open_in_front():
    low = built("bin", style="picking", front_share=0.45, label="none")
    points = np.concatenate([part.positions_n3 for part in low.parts])
    front = points[points[:, 0] > 0.47 * size_of(low)[0]]
    assert front[:, 2].max() < 0.6 * size_of(low)[2]


def test_open_boxes_are_open():
    model = built("parcel", flaps="open", flap_angle_rad=0.0, dent=0.0)
    ray = heights_over(model, 0.011, 0.007)
    assert ray.max() < 0.02


def test_closed_parcels_carry_tape_and_label_on_their_skin():
    model = built("parcel", flaps="closed", tape="brown", label="label", marks="arrows", dent=0.0)
    parts = {part.name: part for part in model.parts}
    top = parts["body"].positions_n3[:, 2].max()
    for name in ("tape", "label"):
        assert 0.0 < parts[name].positions_n3[:, 2].max() - top < 0.002
    assert parts["marks"].positions_n3[:, 1].max() < 0.0


@pytest.mark.parametrize("name", ["hammer", "screwdriver", "spanner", "pliers", "scissors", "paint_brush"])
def test_tools_lie_along_x_with_their_working_end_ahead(name):
    asset = PRODUCTS[name]
    assert "tool" in asset.tags
    model = built(name)
    length, width, tall = size_of(model)
    assert length > width
    assert tall < 0.35 * length
    ahead = {"hammer": "head", "spanner": "front", "pliers": "tip", "scissors": "left_tip"}.get(name, "tip")
    assert model.keypoints[ahead][0] > 0.1 * length


def test_scissors_and_pliers_open():
    for name, left, right in (("scissors", "left_tip", "right_tip"), ("pliers", "left_handle", "right_handle")):
        shut, wide = built(name, open_rad=0.0), built(name, open_rad=0.6)
        gaps = [np.linalg.norm(np.subtract(m.keypoints[left], m.keypoints[right])) for m in (shut, wide)]
        assert gaps[1] > gaps[0] + 0.02


def test_hammer_face_stands_to_the_left():
    assert built("hammer").keypoints["face"][1] > 0.03


def test_a_hand_of_bananas_grows_with_their_number():
    few, many = built("banana", count=2), built("banana", count=5)
    assert size_of(many)[1] > size_of(few)[1]
    assert many.attributes["count"] == "5"


def test_egg_cartons_hold_no_more_eggs_than_cups():
    model = built("egg_carton", eggs="6", lid="open", filled=1.0)
    eggs = next(part for part in model.parts if part.name == "eggs")
    assert len(welded_part(eggs).split(only_watertight=False)) == 6


def welded_part(part: Any) -> trimesh.Trimesh:
    solid = trimesh.Trimesh(part.positions_n3, part.triangles_m3, process=False)
    solid.merge_vertices(merge_tex=True, merge_norm=True, digits_vertex=6)
    return solid


@pytest.mark.parametrize("way", ["squeezed", "flattened", "twisted", "stamped"])
def test_crushed_vessels_are_told_as_what_they_were(way):
    bottle, can = built("crushed_bottle", way=way), built("crushed_can", way=way)
    assert (PRODUCTS["crushed_bottle"].category, PRODUCTS["crushed_can"].category) == ("bottle", "can")
    assert bottle.attributes["crushed"] == can.attributes["crushed"] == "yes"
    if way == "stamped":
        assert size_of(can)[2] < 0.075


def test_see_through_bottles_still_count_in_labels():
    body = next(m for m in built("crushed_bottle", film="blended").materials if m.name == "body")
    assert body.alpha_mode == "blend"
    assert body.base_colour[3] > 0.5
    assert body.transmission > 0.5


MOVES: Mapping[str, Any] = {
    "crumpling": crumpling(3, "test", depth_m=0.008, size_m=0.03),
    "buckling": buckling(3, "test", low_m=0.01, high_m=0.11, amount=0.5),
    "flattening": flattening(0.03, 0.6),
    "pinching": pinching(0.06, 0.04, 0.5, 0.4),
    "twisting": twisting(0.02, 0.1, 1.5),
    "bending": bending(0.03, 0.09, 0.8, 0.3),
}


@pytest.mark.parametrize("name", list(MOVES))
def test_crushing_keeps_meshes_closed_and_normals_outside(name):
    mesh = crushed(tube(), MOVES[name])
    solid = welded(mesh)
    assert solid.is_watertight
    assert solid.volume > 0
    assert facing_share(mesh) > 0.995
    assert np.abs(np.linalg.norm(mesh.normals_n3, axis=1) - 1).max() < 1e-9


def test_crushing_follows_its_seed():
    points = tube().positions_n3
    first, again, other = (crumpling(seed, "test", depth_m=0.01, size_m=0.03)(points) for seed in (1, 1, 2))
    assert np.array_equal(first, again)
    assert not np.allclose(first, other)
    assert crushed(tube()).positions_n3.shape == tube().positions_n3.shape


def test_flattening_keeps_the_length_around():
    ring = np.concatenate([circle_ring(0.03, 200), np.zeros((200, 1))], axis=1)
    flat = flattening(0.03, 0.8)(ring)
    length = np.linalg.norm(np.diff(np.concatenate([flat, flat[:1]]), axis=0), axis=1).sum()
    assert length == pytest.approx(2 * np.pi * 0.03, rel=0.12)
    assert np.ptp(flat[:, 1]) == pytest.approx(0.012, rel=0.05)


def test_buckling_takes_the_height_it_is_told():
    tall = np.array([[0.0, 0.0, 0.0], [0.0, 0.0, 0.2]])
    low, high = buckling(0, "test", low_m=0.05, high_m=0.15, amount=0.4, lean=0.0)(tall)
    assert low[2] == pytest.approx(0.0)
    assert high[2] == pytest.approx(0.2 - 0.04, abs=1e-6)


def test_bending_turns_what_is_above():
    tip = bending(0.0, 0.1, np.pi / 2)(np.array([[0.0, 0.0, 0.2]]))[0]
    assert tip == pytest.approx([0.1 * 2 / np.pi + 0.1, 0.0, 0.1 * 2 / np.pi])


def test_lofts_are_closed_whichever_way_their_rings_run():
    for rings in (stacked([(circle_ring(0.02, 12), 0.0), (circle_ring(0.01, 12), 0.05)]),
                  stacked([(circle_ring(0.02, 12), 0.05), (circle_ring(0.01, 12), 0.0)])):  # fmt: skip
        solid = welded(loft(rings))
        assert solid.is_watertight
        assert solid.volume > 0


def test_vessels_close_over_their_rim():
    outside, inside = open_vessel(
        [(circle_ring(0.03, 24), 0.0), (circle_ring(0.03, 24), 0.05)],
        [(circle_ring(0.028, 24), 0.05), (circle_ring(0.028, 24), 0.002)],
    )
    both = trimesh.util.concatenate(
        [trimesh.Trimesh(m.positions_n3, m.triangles_m3, process=False) for m in (outside, inside)]
    )
    both.merge_vertices(merge_tex=True, merge_norm=True)
    assert both.is_watertight
    assert 0 < both.volume < 0.2 * np.pi * 0.03**2 * 0.05


def test_rectangle_rings_begin_with_the_face_ahead():
    ring = rectangle_ring(0.2, 0.1, 0.01, steps=2, cells_xy=(3, 4))
    assert ring[0] == pytest.approx([0.1, -0.04])
    assert ring[4] == pytest.approx([0.1, 0.04])
    assert np.abs(ring).max(axis=0) == pytest.approx([0.1, 0.05])


def test_creases_are_hard_and_gentle_edges_soft():
    box = loft(
        stacked([(rectangle_ring(0.1, 0.1, 1e-4, steps=1), 0.0), (rectangle_ring(0.1, 0.1, 1e-4, steps=1), 0.1)])
    )
    assert np.abs(box.normals_n3[:, 2]).max() == pytest.approx(1.0)
    wall = tube()
    around = wall.normals_n3[np.abs(wall.normals_n3[:, 2]) < 0.5]
    radial = wall.positions_n3[np.abs(wall.normals_n3[:, 2]) < 0.5] * [1, 1, 0]
    radial /= np.linalg.norm(radial, axis=1, keepdims=True)
    assert np.einsum("ij,ij->i", around, radial).min() > 0.999
    assert facing_share(auto_smooth(wall)) == 1.0


def test_plates_have_holes():
    square = np.array([(-1.0, -1.0), (1.0, -1.0), (1.0, 1.0), (-1.0, 1.0)])
    solid = welded(plate(square, 0.0, 0.5, holes=[0.5 * square[::-1]]))
    assert solid.is_watertight
    assert solid.volume == pytest.approx(1.5)


def test_thick_sheets_are_closed():
    x, y = np.meshgrid(np.linspace(0, 1, 5), np.linspace(0, 2, 6))
    upper = np.stack([x, y, 0.1 + 0.0 * x], axis=-1)
    solid = welded(thick_sheet(upper, upper - [0.0, 0.0, 0.1]))
    assert solid.is_watertight
    assert solid.volume == pytest.approx(0.2)


def test_patches_lie_on_their_surface_and_span_their_own_print():
    mesh = tube()
    sheet = patch_in_uv(mesh, (0.25, 0.25), (0.75, 0.75), 0.001)
    assert np.hypot(sheet.positions_n3[:, 0], sheet.positions_n3[:, 1]) == pytest.approx(0.031, abs=1e-5)
    assert sheet.uvs_n2.min() >= -1e-6
    assert sheet.uvs_n2.max() <= 1 + 1e-6


def test_package_prints_differ():
    prints = {package_wrap("cereal", design, 128, 128).tobytes() for design in range(PACKAGE_DESIGNS)}
    assert len(prints) == PACKAGE_DESIGNS
