"""Positions, transforms, accessors, morph targets and skins with answers worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest

from synthvision.library.loading import ModelOptions


def turned(points) -> np.ndarray:
    """glTF's Y-up to Z-up, written out: x stays, y becomes z, z becomes -y."""
    x, y, z = np.asarray(points, np.float64).T
    return np.stack([x, -z, y], axis=1)


def sorted_rows(points) -> np.ndarray:
    rounded = np.round(np.asarray(points, np.float64), 5) + 0.0
    return rounded[np.lexsort(rounded.T)]


def facing(part) -> np.ndarray:
    """Direction that the first triangle's winding faces."""
    a, b, c = part.positions_n3[part.triangles_m3[0]].astype(np.float64)
    normal = np.cross(b - a, c - a)
    return normal / np.linalg.norm(normal)


def test_a_triangle_is_turned_to_z_up(kit):
    glb = kit.Glb()
    glb.node(mesh=glb.mesh(), name="sail")
    model = kit.load(glb)
    (part,) = model.parts
    np.testing.assert_allclose(part.positions_n3, turned(kit.TRIANGLE), atol=1e-7)
    np.testing.assert_allclose(part.normals_n3, [[0, -1, 0]] * 3, atol=1e-6)  # +Z of glTF, its front, looks to -Y
    np.testing.assert_allclose(facing(part), [0, -1, 0], atol=1e-6)
    assert part.name == "sail"
    assert part.positions_n3.dtype == np.float32
    assert part.triangles_m3.dtype == np.uint32


def test_size_and_origin_follow_the_catalogue(kit):
    glb = kit.Glb()
    glb.node(mesh=glb.mesh(kit.TRIANGLE + np.float32([5, 7, 9])))
    model = kit.load(glb, ModelOptions(size_m=0.5, keypoints={"tip": (5, 8, 9)}))
    low, high = model.bounds_23
    np.testing.assert_allclose(high - low, [0.5, 0, 0.25], atol=1e-6)
    np.testing.assert_allclose([(low + high)[0] / 2, (low + high)[1] / 2, low[2]], 0, atol=1e-6)
    np.testing.assert_allclose(model.keypoints["tip"], [-0.25, 0, 0.25], atol=1e-6)


def test_hierarchy_multiplies_from_the_root(kit):
    glb = kit.Glb()
    mesh = glb.mesh()
    glb.node(translation=[10, 0, 0], children=[1])
    half = float(np.sqrt(0.5))
    glb.node(rotation=[0, 0, half, half], children=[2])  # a quarter turn about z: x becomes y
    glb.node(scale=[2, 2, 2], mesh=mesh)
    (part,) = kit.load(glb).parts
    np.testing.assert_allclose(part.positions_n3, turned([[10, 0, 0], [10, 4, 0], [8, 0, 0]]), atol=1e-5)


def test_matrix_is_column_major(kit):
    glb = kit.Glb()
    matrix = np.eye(4)
    matrix[:3, 3] = [1, 2, 3]
    glb.node(mesh=glb.mesh(), matrix=matrix.T.ravel().tolist())
    (part,) = kit.load(glb).parts
    np.testing.assert_allclose(part.positions_n3, turned(kit.TRIANGLE + np.float32([1, 2, 3])), atol=1e-6)


def test_mirroring_turns_the_winding_round(kit):
    glb = kit.Glb()
    normals = np.tile(np.float32([0, 0, 1]), (3, 1))
    glb.node(mesh=glb.mesh(NORMAL=normals), scale=[-1, 1, 1])
    (part,) = kit.load(glb).parts
    np.testing.assert_allclose(facing(part), [0, -1, 0], atol=1e-6)
    np.testing.assert_allclose(part.normals_n3, [[0, -1, 0]] * 3, atol=1e-6)


def test_normals_go_with_the_inverse_transpose(kit):
    glb = kit.Glb()
    slope = np.float32([[1, 1, 0]] * 3) / np.float32(np.sqrt(2))
    glb.node(mesh=glb.mesh(NORMAL=slope), scale=[2, 1, 1])
    (part,) = kit.load(glb).parts
    expected = np.array([1 / 2, 0, 1]) / np.hypot(1 / 2, 1)
    np.testing.assert_allclose(part.normals_n3, [expected] * 3, atol=1e-6)


def test_one_mesh_at_two_nodes_is_two_parts(kit):
    glb = kit.Glb()
    mesh = glb.mesh()
    glb.json["scenes"][0]["nodes"] = [0, 1]
    glb.node(mesh=mesh, name="a")
    glb.node(mesh=mesh, name="b", translation=[0, 0, 5])
    model = kit.load(glb)
    assert [part.name for part in model.parts] == ["a", "b"]
    np.testing.assert_allclose(model.parts[1].positions_n3[:, 1], -5)


@pytest.mark.parametrize(
    ("mode", "indices", "expected"),
    [
        (5, [0, 1, 2, 3], [[0, 1, 2], [1, 3, 2]]),  # strip: every second triangle the other way round
        (6, [0, 1, 3, 2], [[0, 1, 3], [0, 3, 2]]),  # fan about the first vertex
    ],
)
def test_strips_and_fans_keep_one_facing(kit, mode, indices, expected):
    square = np.float32([[0, 0, 0], [1, 0, 0], [0, 1, 0], [1, 1, 0]])
    glb = kit.Glb()
    glb.node(mesh=glb.mesh(square, indices))
    glb.json["meshes"][0]["primitives"][0]["mode"] = mode
    (part,) = kit.load(glb).parts
    corners = part.positions_n3[part.triangles_m3].astype(np.float64)
    normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    np.testing.assert_allclose(normals, [[0, -1, 0]] * 2, atol=1e-6)
    found = {frozenset(map(tuple, np.round(rows, 4))) for rows in corners}
    assert found == {frozenset(map(tuple, np.round(turned(square[rows]), 4))) for rows in expected}


def test_points_and_lines_are_named(kit):
    glb = kit.Glb()
    glb.node(mesh=glb.mesh())
    glb.json["meshes"][0]["primitives"].append(dict(glb.json["meshes"][0]["primitives"][0], mode=1))
    model = kit.load(glb)
    assert len(model.parts) == 1
    assert any("lines are left out" in text for text in model.warnings)


def test_quantised_positions_and_strides(kit):
    """Int16 positions, interleaved with padding, scaled by the node; normalised int8 normals; uint16 uvs."""
    glb = kit.Glb()
    rows = np.zeros(3, np.dtype([("p", "<i2", 3), ("pad", "<i2")]))
    rows["p"] = kit.TRIANGLE * 1000
    view = glb.view(rows.tobytes(), byteStride=8)
    glb.json["accessors"].append({"bufferView": view, "componentType": 5122, "count": 3, "type": "VEC3"})
    position = len(glb.json["accessors"]) - 1
    normal = glb.accessor(np.array([[0, 0, 127]] * 3, "i1"), normalized=True)
    uv = glb.accessor(np.array([[0, 0], [65535, 0], [0, 32768]], "u2"), normalized=True)
    glb.node(mesh=glb.mesh(position, NORMAL=normal, TEXCOORD_0=uv), scale=[0.001] * 3)
    glb.json["extensionsUsed"] = glb.json["extensionsRequired"] = ["KHR_mesh_quantization"]
    model = kit.load(glb)
    (part,) = model.parts
    np.testing.assert_allclose(part.positions_n3, turned(kit.TRIANGLE), atol=1e-6)
    np.testing.assert_allclose(part.normals_n3, [[0, -1, 0]] * 3, atol=1e-6)
    np.testing.assert_allclose(part.uvs_n2, [[0, 0], [1, 0], [0, 0.5]], atol=1e-4)
    assert not [text for text in model.warnings if "quant" in text]


def test_sparse_accessor_replaces_rows(kit):
    glb = kit.Glb()
    base = glb.accessor(kit.TRIANGLE)
    indices, values = glb.view(np.array([2], "u2").tobytes()), glb.view(np.float32([[0, 9, 0]]).tobytes())
    glb.json["accessors"][base]["sparse"] = {
        "count": 1,
        "indices": {"bufferView": indices, "componentType": 5123},
        "values": {"bufferView": values},
    }
    glb.node(mesh=glb.mesh(base))
    assert kit.load(glb).bounds_23[1][2] == pytest.approx(9)


def test_morph_targets_stand_at_their_default_weights(kit):
    glb = kit.Glb()
    glb.node(mesh=glb.mesh(), weights=[0.5, 0.0])
    lift = glb.accessor(np.float32([[0, 0, 0], [0, 0, 0], [0, 4, 0]]))
    far = glb.accessor(np.float32([[100, 0, 0]] * 3))
    glb.json["meshes"][0]["primitives"][0]["targets"] = [{"POSITION": lift}, {"POSITION": far}]
    glb.json["meshes"][0]["weights"] = [1.0, 1.0]  # the node's weights win
    model = kit.load(glb)
    assert model.bounds_23[1].tolist() == pytest.approx([2, 0, 3])
    assert any("2 morph targets are fixed" in text for text in model.warnings)


def test_skin_moves_vertices_with_their_joints(kit):
    """Two joints; the second one is lifted by 10 from where it was bound. The mesh node's own transform is void."""
    glb = kit.Glb()
    joints = glb.accessor(np.array([[0, 0, 0, 0], [1, 0, 0, 0], [0, 1, 0, 0]], "u1"))
    weights = glb.accessor(np.float32([[1, 0, 0, 0], [1, 0, 0, 0], [0.5, 0.5, 0, 0]]))
    bind = np.stack([np.eye(4), np.eye(4)])
    bind[1, :3, 3] = [-2, 0, 0]  # the second joint was bound at x = 2
    inverse = glb.accessor(bind.transpose(0, 2, 1).reshape(2, 16).astype("f4"))
    glb.json["scenes"][0]["nodes"] = [0, 1]
    glb.node(mesh=glb.mesh(JOINTS_0=joints, WEIGHTS_0=weights), skin=0, translation=[50, 50, 50])
    glb.node(children=[2])
    glb.node(translation=[2, 10, 0])
    glb.json["skins"] = [{"joints": [1, 2], "inverseBindMatrices": inverse}]
    glb.json["animations"] = [{}]
    model = kit.load(glb)
    (part,) = model.parts
    np.testing.assert_allclose(part.positions_n3, turned([[0, 0, 0], [2, 10, 0], [0, 6, 0]]), atol=1e-5)
    assert any("skin is fixed in the pose" in text for text in model.warnings)
    assert any("animations are left out" in text for text in model.warnings)


def test_vertex_colours_are_linear_and_get_alpha(kit):
    glb = kit.Glb()
    colours = glb.accessor(np.array([[255, 0, 0], [0, 255, 0], [0, 0, 51]], "u1"), normalized=True)
    glb.node(mesh=glb.mesh(COLOR_0=colours))
    (part,) = kit.load(glb).parts
    np.testing.assert_allclose(part.colours_n4, [[1, 0, 0, 1], [0, 1, 0, 1], [0, 0, 0.2, 1]], atol=1e-6)


def test_unread_attributes_are_named(kit):
    glb = kit.Glb()
    glb.node(mesh=glb.mesh(_TEMPERATURE=np.float32([1, 2, 3]), COLOR_1=np.float32([[1, 1, 1]] * 3)))
    text = " ".join(kit.load(glb).warnings)
    assert "_TEMPERATURE" in text
    assert "COLOR_1" in text


def test_degenerate_faces_and_unused_vertices_go(kit):
    glb = kit.Glb()
    positions = np.concatenate([kit.TRIANGLE, np.float32([[900, 900, 900], [1, 0, 0]])])
    glb.node(mesh=glb.mesh(positions, [0, 1, 2, 0, 4, 1, 2, 2, 1]))  # 0-4-1 lie on one line
    model = kit.load(glb)
    assert model.triangle_count == 1
    assert model.bounds_23[1].max() == pytest.approx(2)


def test_cameras_lights_and_second_scenes_are_named(kit):
    glb = kit.Glb()
    glb.node(mesh=glb.mesh(), extensions={"KHR_lights_punctual": {"light": 0}})
    glb.json["cameras"] = [{}]
    glb.json["scenes"].append({"nodes": []})
    glb.json["extensionsUsed"] = ["KHR_lights_punctual", "ACME_sparkle"]
    text = " | ".join(kit.load(glb).warnings)
    for expected in (
        "cameras",
        "2 scenes",
        "lights in the file are left out",
        "ACME_sparkle: this extension is unknown",
    ):
        assert expected in text
