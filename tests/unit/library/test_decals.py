"""Decals: patches of known hosts, on the surface, the same in every process, with marks that fill them."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys

import numpy as np
import pytest
import trimesh

from synthvision.core.errors import AssetError
from synthvision.library.assets import AssetLibrary
from synthvision.library.decals import HostSurface, Place, decal_reference, lift_of, surface_patch
from synthvision.library.model import Material, MeshPart, Model
from synthvision.library.procedural.defects.kinds import ASSETS
from synthvision.library.procedural.shapes.cutting import Soup, cut_at_zero, divided
from synthvision.library.reference import AssetRef

KINDS = [asset.name for asset in ASSETS]
UP, EAST = (0.0, 0.0, 1.0), (1.0, 0.0, 0.0)


@pytest.fixture(scope="module")
def library():
    return AssetLibrary.open(())


def box(size_m: float = 0.1, floor_m: float | None = None) -> Model:
    """A cube with its middle at the origin; `floor_m` adds a separate plate below its top, as the floor of a hole."""
    cube = trimesh.creation.box((size_m,) * 3)
    corners = cube.triangles.reshape(-1, 3)
    normals = np.repeat(cube.face_normals, 3, axis=0)
    if floor_m is not None:
        low = np.array([[-1, -1, 0], [1, -1, 0], [1, 1, 0]]) * [size_m, size_m, 0] + [0, 0, floor_m]
        corners, normals = np.concatenate([corners, low]), np.concatenate([normals, np.tile(UP, (3, 1))])
    part = MeshPart(
        positions_n3=corners.astype(np.float32),
        normals_n3=normals.astype(np.float32),
        triangles_m3=np.arange(len(corners), dtype=np.uint32).reshape(-1, 3),
        name="body",
    )
    return Model(key="box", parts=(part,), materials=(Material(),))


def bracket_mark(library: AssetLibrary, name: str, **changes) -> tuple[AssetRef, Model]:
    """A mark on the top of a flat bracket, and the bracket."""
    host_ref = library.entry("bracket").reference({"style": "plate", "cutout": "none"})
    host = library.load_model(host_ref)
    entry = library.entry(name)
    own = {**entry.reference().params, "length_m": 0.016, "width_m": 0.008, **changes}
    seat = np.array([0.0, 0.002, host.bounds_23[1, 2]])
    return decal_reference(
        entry, own, host_ref, seat_m=seat, facing=np.array(UP), along=np.array([1.0, 0.4, 0.0])
    ), host


def test_cutting_keeps_the_area_and_the_sense_of_turning():
    corners = np.array([[[0.0, 0, 0], [3, 0, 0], [0, 2, 0]], [[3.0, 0, 0], [3, 2, 0], [0, 2, 0]]])
    soup = Soup(corners, np.array([4, 7]))
    level = corners[:, :, 0] - 1.2
    inside, outside = cut_at_zero(soup, level)

    def turned(part: Soup) -> float:
        one, two = part.values_m3k[:, 1] - part.values_m3k[:, 0], part.values_m3k[:, 2] - part.values_m3k[:, 0]
        areas = np.cross(one, two)[:, 2] / 2
        assert (areas > 0).all()
        return float(areas.sum())

    assert turned(inside) == pytest.approx(1.8 * 2)
    assert turned(outside) == pytest.approx(1.2 * 2)
    assert set(inside.source_m) == {4, 7}
    assert turned(divided(soup, 1, np.array([0.5, 1.0, 1.5]))) == pytest.approx(6.0)


def test_a_patch_of_a_cube_is_the_wanted_rectangle_of_its_face():
    host = HostSurface.of(box())
    patch = surface_patch(host, Place.of((0.01, 0.0, 0.05), UP, (1.0, 1.0, 0.3)), 0.03, 0.02)
    assert patch.area_m2 == pytest.approx(0.03 * 0.02)
    assert np.ptp(patch.local[..., 0]) == pytest.approx(0.03)
    assert np.ptp(patch.local[..., 1]) == pytest.approx(0.02)
    assert np.allclose(patch.positions[..., 2], 0.05)


def test_a_patch_ends_where_the_host_ends_and_leaves_out_other_levels():
    host = HostSurface.of(box(floor_m=0.045))
    patch = surface_patch(host, Place.of((0.045, 0.0, 0.05), UP, EAST), 0.03, 0.02)
    assert patch.area_m2 == pytest.approx(0.02 * 0.02)  # 15 mm on one side of the seat, 5 mm on the other
    assert np.allclose(patch.positions[..., 2], 0.05)
    assert surface_patch(host, Place.of((0.5, 0.0, 0.05), UP, EAST), 0.03, 0.02) is None


@pytest.mark.parametrize("name", KINDS)
def test_marks_lie_just_over_the_host(library, name):
    ref, host = bracket_mark(library, name)
    mark = library.load_model(ref)
    corners = np.concatenate([part.positions_n3[part.triangles_m3] for part in host.parts]).astype(np.float64)
    normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    points = np.concatenate([part.positions_n3 for part in mark.parts]).astype(np.float64)
    middles = np.concatenate([part.positions_n3[part.triangles_m3].mean(axis=1) for part in mark.parts])
    for places in (points, middles.astype(np.float64)):
        for place in places[:: max(len(places) // 40, 1)]:
            nearest = trimesh.triangles.closest_point(corners, np.broadcast_to(place, (len(corners), 3)))
            distance = np.linalg.norm(nearest - place, axis=1)
            assert 0.2e-4 < distance.min() < 1.2e-4
            face = int(np.argmin(distance))
            assert (place - nearest[face]) @ normals[face] > 0
    assert lift_of(0.1) == pytest.approx(1e-4)


@pytest.mark.parametrize("name", KINDS)
def test_demonstrations_are_sound_models(library, name):
    model = library.load_model(library.entry(name).reference())
    assert {part.name for part in model.parts} <= set(library.entry(name).parts)
    kind = name.removeprefix("defect_")
    assert model.attributes["defect"] == ("none" if kind == "printed_code" else kind)
    for part in model.parts:
        corners = part.positions_n3.astype(np.float64)[part.triangles_m3]
        facing = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
        assert (facing[:, 2] >= -1e-12).all()
        assert np.abs(np.linalg.norm(part.normals_n3, axis=1) - 1).max() < 1e-4


def test_the_same_bytes_in_two_processes(library):
    code = (
        "import json,sys,hashlib\n"
        "from synthvision.library.assets import AssetLibrary\n"
        "from synthvision.library.reference import AssetRef\n"
        "library = AssetLibrary.open(())\n"
        "for data in json.load(sys.stdin):\n"
        "    model = library.load_model(AssetRef(**data)); digest = hashlib.sha256(model.key.encode())\n"
        "    for part in model.parts:\n"
        "        digest.update(part.positions_n3.tobytes() + part.normals_n3.tobytes() + part.uvs_n2.tobytes())\n"
        "    for material in model.materials:\n"
        "        for texture in (material.base_colour_map, material.normal_map, material.metallic_roughness_map):\n"
        "            digest.update(texture.key.encode() if texture else b'-')\n"
        "    print(digest.hexdigest())\n"
    )
    refs = [bracket_mark(library, name)[0] for name in KINDS]
    data = json.dumps([{"pack": ref.pack, "name": ref.name, "params": dict(ref.params)} for ref in refs])
    there = subprocess.run([sys.executable, "-c", code], input=data, capture_output=True, text=True, check=True)
    here = []
    library.clear_cache()
    for ref in refs:
        model = library.load_model(ref)
        digest = hashlib.sha256(model.key.encode())
        for part in model.parts:
            digest.update(part.positions_n3.tobytes() + part.normals_n3.tobytes() + part.uvs_n2.tobytes())
        for material in model.materials:
            for texture in (material.base_colour_map, material.normal_map, material.metallic_roughness_map):
                digest.update(texture.key.encode() if texture else b"-")
        here.append(digest.hexdigest())
    assert there.stdout.split() == here


@pytest.mark.parametrize("name", ["defect_scratch", "defect_crack"])
def test_severity_widens_lines(library, name):
    shares = []
    for severity in (0.0, 0.5, 1.0):
        (material,) = library.load_model(bracket_mark(library, name, severity=severity)[0]).materials
        shares.append(float((material.base_colour_map.pixels_hwc[..., 3] >= 128).mean()))
    assert 0 < shares[0] < shares[1] < shares[2]


def test_a_dent_shows_the_material_of_its_host(library):
    ref, host = bracket_mark(library, "defect_dent", severity=1.0)
    mark = library.load_model(ref)
    assert [material.name for material in mark.materials] == [material.name for material in host.materials]
    assert {mark.materials[part.material].name for part in mark.parts} == {"body"}
    assert mark.materials[0].base_colour_map is host.materials[0].base_colour_map
    normals = np.concatenate([part.normals_n3 for part in mark.parts])
    assert normals[:, 2].min() < 0.97  # its wall leans
    assert abs(float(normals[:, 0].mean())) < 0.1


def test_what_is_wrong_with_a_decal_is_said(library):
    ref, _ = bracket_mark(library, "defect_scratch")

    def broken(**changes):
        params = {key: value for key, value in {**ref.params, **changes}.items() if value is not None}
        library.load_model(AssetRef(ref.pack, ref.name, params))

    with pytest.raises(AssetError, match="the place on the host needs seat_m"):
        broken(seat_m=None)
    with pytest.raises(AssetError, match="three finite numbers"):
        broken(seat_m=[0.0, 1.0])
    with pytest.raises(AssetError, match="must not be parallel"):
        broken(along=[0.0, 0.0, 2.0])
    with pytest.raises(AssetError, match="a surface at the seat"):
        broken(seat_m=[3.0, 0.0, 0.0])
    with pytest.raises(AssetError, match="severity must be a number from 0 to 1"):
        broken(severity=1.5)
    with pytest.raises(AssetError, match="host must be a block of pack, name and params"):
        broken(host="bracket")
    with pytest.raises(AssetError, match="cannot lie on a decal"):
        broken(host={"pack": ref.pack, "name": ref.name, "params": dict(ref.params)})
    entry = library.entry("bracket")
    with pytest.raises(AssetError, match="no parameter 'host'"):
        library.load_model(AssetRef(entry.pack, entry.name, {**entry.reference().params, "host": ref.params["host"]}))
