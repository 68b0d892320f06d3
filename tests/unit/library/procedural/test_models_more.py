"""What ball, book, ground and table promise beyond what holds for every model."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
import trimesh
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

from synthvision.core.streams import rng_for
from synthvision.library.model import MeshPart, Model
from synthvision.library.parameters import Choice, Colour, Integer, Number, ProceduralAsset
from synthvision.library.procedural.models.ground import GROUND
from synthvision.library.procedural.models.household.ball import BALL
from synthvision.library.procedural.models.household.book import BOOK
from synthvision.library.procedural.models.household.table import TABLE
from synthvision.library.procedural.prints.ball_panels import SEAM_REACH, curve_distance, football_panels, tennis_seam
from synthvision.library.procedural.prints.book_covers import SPINE_CLASSES, cover_sheet
from synthvision.library.procedural.shapes.atlas import atlas_directions
from synthvision.library.procedural.shapes.relief import sphere_normal_map

ASSETS = {asset.name: asset for asset in (BALL, BOOK, GROUND, TABLE)}
BUDGET = {"ball": (1500, 6000), "book": (600, 2500), "ground": (128, 128), "table": (400, 4000)}
DRAWS = 20


def drawn(asset: ProceduralAsset, number: int, **fixed: Any) -> dict[str, Any]:
    rng = rng_for(number, 0, f"test.more.{asset.name}")
    values: dict[str, Any] = {}
    for name, parameter in asset.parameters.items():
        match parameter:
            case Number(low=low, high=high, log=log):
                values[name] = float(np.exp(rng.uniform(np.log(low), np.log(high))) if log else rng.uniform(low, high))
            case Integer(low=low, high=high):
                values[name] = int(rng.integers(low, high, endpoint=True))
            case Choice(values=choices):
                values[name] = str(choices[rng.integers(len(choices))])
            case Colour(palette=palette):
                values[name] = list(palette[rng.integers(len(palette))])
    return values | fixed


def defaults(asset: ProceduralAsset, **fixed: Any) -> dict[str, Any]:
    return {k: list(p.palette[0]) if isinstance(p, Colour) else p.default for k, p in asset.parameters.items()} | fixed


def part_of(model: Model, name: str) -> MeshPart:
    return next(part for part in model.parts if part.name == name)


def closed(part: MeshPart) -> trimesh.Trimesh:
    mesh = trimesh.Trimesh(part.positions_n3, part.triangles_m3, process=False)
    mesh.merge_vertices(merge_tex=True, merge_norm=True, digits_vertex=6)
    return mesh


@pytest.mark.parametrize("name", list(ASSETS))
def test_twenty_draws_are_sound_and_differ(name):
    asset = ASSETS[name]
    keys, shapes = set(), set()
    for number in range(DRAWS):
        model = asset.build(drawn(asset, number))
        low, high = model.bounds_23
        assert low[2] == pytest.approx(0.0, abs=1e-6)
        # A raised cover reaches less far than a closed one and a bulging spine further: not more than 6 mm in all.
        assert np.abs(low + high)[:2].max() / 2 < (0.006 if name == "book" else 1e-4)
        assert BUDGET[name][0] <= model.triangle_count <= BUDGET[name][1]
        for part in model.parts:
            assert np.isfinite(part.positions_n3).all()
            assert np.allclose(np.linalg.norm(part.normals_n3, axis=1), 1.0, atol=1e-4)
            assert part.uvs_n2 is not None
            assert np.isfinite(part.uvs_n2).all()
            if name != "ground":
                solid = closed(part)
                assert solid.is_watertight, (number, part.name)
                assert solid.volume > 0, (number, part.name)
        keys.add(model.key)
        shapes.add(model.parts[0].positions_n3.tobytes())
    assert len(keys) == DRAWS
    assert len(shapes) == DRAWS


@pytest.mark.parametrize("name", list(ASSETS))
def test_every_parameter_is_used_and_none_beside(name):
    asset = ASSETS[name]
    used: set[str] = set()

    class Watched(dict[str, Any]):
        def __getitem__(self, key: str) -> Any:
            used.add(key)
            return super().__getitem__(key)

    for number in range(DRAWS):
        asset.build(Watched(drawn(asset, number)))
    assert used == set(asset.parameters)


def test_ground_coordinates_are_metres_seen_from_above():
    model = GROUND.build({"size_x_m": 3.0, "size_y_m": 5.0})
    (part,) = model.parts
    assert part.uvs_n2 is not None
    assert np.array_equal(part.uvs_n2, part.positions_n3[:, :2] * np.array([1, -1], np.float32))
    assert np.allclose(model.bounds_23, [[-1.5, -2.5, 0], [1.5, 2.5, 0]])
    assert (part.normals_n3 == [0, 0, 1]).all()
    a, b, c = (part.positions_n3[part.triangles_m3[:, k]] for k in range(3))
    assert (np.cross(b - a, c - a)[:, 2] > 0).all()
    assert [material.name for material in model.materials] == ["surface"]
    assert not model.materials[0].double_sided
    assert GROUND.category == "surface"


def spread_directions(count: int) -> np.ndarray:
    k = np.arange(count) + 0.5
    z, angle = 1 - 2 * k / count, k * np.pi * (1 + np.sqrt(5))
    flat = np.sqrt(1 - z * z)
    return np.stack([flat * np.cos(angle), flat * np.sin(angle), z], axis=1).astype(np.float32)


def patches(points: np.ndarray, chosen: np.ndarray, reach: float) -> int:
    """Connected groups of the chosen points, neighbours being closer than `reach`."""
    kept = points[chosen]
    pairs = cKDTree(kept).query_pairs(reach, output_type="ndarray")
    links = coo_matrix((np.ones(len(pairs)), pairs.T), shape=(len(kept), len(kept)))
    return int(connected_components(links, directed=False)[0])


def test_a_football_has_twelve_pentagons_and_twenty_hexagons():
    points = spread_directions(20_000)
    seam, panel = football_panels(points[None])
    seam, panel = seam[0], panel[0]
    inside = seam > 0.03  # points of two panels are then further apart than those of one
    assert patches(points, inside & (panel < 12), 0.05) == 12
    assert patches(points, inside & (panel >= 12), 0.05) == 20
    # Edges of all panels are equally long, so areas follow from the truncated icosahedron: a pentagon is the smaller.
    share = np.bincount(panel, minlength=32) / len(points)
    assert np.ptp(share[:12]) < 0.001
    assert np.ptp(share[12:]) < 0.001
    assert share[0] < share[20]


def test_a_football_shows_black_pentagons_on_white():
    params = defaults(BALL, kind="football", design=0, wear=0.0)
    texture = BALL.build(params).materials[0].base_colour_map
    assert texture is not None
    directions = atlas_directions(texture.pixels_hwc.shape[0] // 2)
    seam, panel = football_panels(directions)
    value = texture.pixels_hwc.mean(axis=2)
    assert np.median(value[(panel < 12) & (seam > 0.08)]) < 60
    assert np.median(value[(panel >= 12) & (seam > 0.08)]) > 200


def test_the_seam_of_a_tennis_ball_is_one_line_that_halves_it():
    points = spread_directions(20_000)
    seam = tennis_seam(points[None])[0]
    assert seam.max() == pytest.approx(SEAM_REACH, abs=1e-6)
    assert patches(points, seam < 0.04, 0.05) == 1
    # Off the seam lie two equal halves.
    away = points[seam > 0.05]
    pairs = cKDTree(away).query_pairs(0.05, output_type="ndarray")
    links = coo_matrix((np.ones(len(pairs)), pairs.T), shape=(len(away), len(away)))
    count, side = connected_components(links, directed=False)
    assert count == 2
    assert abs(np.mean(side == 0) - 0.5) < 0.01


def test_curve_distance_is_an_angle():
    directions = np.array([[[1, 0, 0], [np.cos(0.1), np.sin(0.1), 0], [0, 0, 1]]], np.float32)
    found = curve_distance(directions, np.array([[2.0, 0.0, 0.0]]))
    assert found[0] == pytest.approx([0.0, 0.1, SEAM_REACH], abs=1e-6)


@pytest.mark.parametrize(
    ("kind", "low_m", "high_m"),
    [("tennis", 0.0654, 0.0686), ("football", 0.20, 0.223), ("basketball", 0.225, 0.245), ("rubber", 0.05, 0.22)],
)
def test_balls_have_the_sizes_of_their_games(kind, low_m, high_m):
    for share in (0.0, 1.0):
        model = BALL.build(defaults(BALL, kind=kind, size_share=share, flattening=0.0))
        size = np.diff(model.bounds_23, axis=0)[0]
        assert ((size > low_m - 1e-3) & (size < high_m + 1e-3)).all()
        assert np.ptp(size) < 0.004 * size[0]
        assert model.attributes["kind"] == kind


def test_relief_of_a_sphere_leans_away_from_a_rise():
    directions = atlas_directions(64)
    # Height grows towards +z, so on the face of +x the normals lean down, on all faces as steeply as on a sphere.
    normals = sphere_normal_map(0.2 * directions[..., 2]).astype(np.float64) / 127.5 - 1
    middle = normals[32, 32]
    assert middle[1] == pytest.approx(-0.2 / np.hypot(1, 0.2), abs=0.02)
    assert abs(middle[0]) < 0.02
    slope = np.hypot(normals[..., 0], normals[..., 1]) / normals[..., 2]
    expected = 0.2 * np.sqrt(1 - directions[..., 2] ** 2)
    for row in (0, 64):
        for column in (0, 64, 128):
            window = np.s_[row + 2 : row + 62, column + 2 : column + 62]
            assert np.abs(slope[window] - expected[window]).max() < 0.03, (row, column)


def test_relief_of_an_even_sphere_is_flat():
    assert (sphere_normal_map(np.full((64, 96), 0.3, np.float32)) == [128, 128, 255]).all()


def up_facing(part: MeshPart) -> np.ndarray:
    return np.unique(part.triangles_m3[(part.normals_n3[part.triangles_m3][:, :, 2] > 0.999).all(axis=1)])


@pytest.mark.parametrize("number", range(6))
def test_the_top_of_a_table_is_flat_at_its_height_and_mapped_in_metres(number):
    params = drawn(TABLE, number)
    model = TABLE.build(params)
    top = part_of(model, "surface")
    assert {material.name for material in model.materials} == {"surface", "legs"}
    assert model.bounds_23[1, 2] == pytest.approx(params["height_m"], abs=1e-6)
    flat = up_facing(top)
    assert np.ptp(top.positions_n3[flat, 2]) < 1e-6
    assert top.positions_n3[flat, 2].max() == pytest.approx(params["height_m"], abs=1e-6)
    assert top.uvs_n2 is not None
    assert np.allclose(top.uvs_n2[flat], top.positions_n3[flat, :2] * [1, -1], atol=1e-6)
    legs = part_of(model, "legs")
    assert legs.positions_n3[:, 2].max() <= params["height_m"]
    assert legs.positions_n3[:, 2].min() == 0.0


def book_parts(**fixed: Any) -> tuple[MeshPart, MeshPart, Mapping[str, Any]]:
    params = defaults(BOOK, lift_m=0.0, **fixed)
    model = BOOK.build(params)
    return part_of(model, "cover"), part_of(model, "pages"), params


@pytest.mark.parametrize("binding", ["hardback", "cloth", "paperback"])
def test_pages_lie_inside_the_cover(binding):
    cover, pages, params = book_parts(binding=binding)
    assert (pages.positions_n3.min(axis=0) > cover.positions_n3.min(axis=0)).all()
    assert (pages.positions_n3.max(axis=0) < cover.positions_n3.max(axis=0)).all()
    size = np.ptp(cover.positions_n3, axis=0)
    assert size[1] == pytest.approx(params["height_m"], abs=1e-6)
    assert size[2] == pytest.approx(params["thickness_m"], abs=1e-6)
    stands_out = (size[1] - np.ptp(pages.positions_n3[:, 1])) / 2
    assert stands_out == pytest.approx(0.0003 if binding == "paperback" else 0.0032, abs=1e-6)


def test_the_front_of_a_book_is_upright_seen_from_above():
    cover, _, _ = book_parts(binding="paperback")
    assert cover.uvs_n2 is not None
    thickness = cover.positions_n3[:, 2].max()
    spine_class = 1
    sheet = cover_sheet(spine_class)
    front = (
        (cover.normals_n3[:, 2] > 0.999)
        & (cover.positions_n3[:, 2] > thickness - 1e-6)
        & (cover.uvs_n2[:, 1] < sheet.bottom_v)
    )
    x, y = cover.positions_n3[front, 0], cover.positions_n3[front, 1]
    u, v = cover.uvs_n2[front].T
    assert np.corrcoef(x, u)[0, 1] > 0.999
    assert np.corrcoef(y, v)[0, 1] < -0.999
    assert u.max() == pytest.approx(1.0, abs=1e-3)
    assert u.min() >= sheet.spine_u[1] - 1e-3


def test_each_spine_class_gives_the_spine_its_share_of_the_sheet():
    shares = [np.ptp(cover_sheet(index).spine_u) for index in range(len(SPINE_CLASSES))]
    assert shares == sorted(shares)
    for share, wide in zip(shares, SPINE_CLASSES, strict=True):
        assert share == pytest.approx(wide * 432 / (2 * 312 + wide * 432), rel=0.05)


def test_wear_bleaches_the_edges_of_a_cover():
    new, old = (
        BOOK.build(defaults(BOOK, binding="cloth", design=1, wear_level=level)).materials[0].base_colour_map
        for level in (0, 3)
    )
    assert new is not None
    assert old is not None
    brighter = old.pixels_hwc.astype(int).mean(axis=2) - new.pixels_hwc.astype(int).mean(axis=2)
    assert brighter[:3].mean() > 20
    assert abs(brighter[150:280, 60:250].mean()) < 15


def test_a_raised_cover_stands_higher_at_the_fore_edge_only():
    low, high = (part_of(BOOK.build(defaults(BOOK, binding="paperback", lift_m=lift)), "cover") for lift in (0.0, 0.01))
    rise = high.positions_n3[:, 2] - low.positions_n3[:, 2]
    assert rise.max() == pytest.approx(0.01, abs=1e-4)
    assert rise.min() > -1e-6
    near_spine = low.positions_n3[:, 0] < low.positions_n3[:, 0].min() + 0.005
    assert rise[near_spine].max() < 1e-4
