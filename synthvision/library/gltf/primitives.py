"""glTF primitives to parts: attributes, strips and fans, morph targets, skins."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from synthvision.library.gltf.document import GltfDocument
from synthvision.library.gltf.materials import GltfMaterial
from synthvision.library.mesh import RawPart

__all__ = ["read_primitive", "skin_positions"]

_MODE_NAMES = {0: "points", 1: "lines", 2: "a line loop", 3: "a line strip"}
_READ_ATTRIBUTES = ("POSITION", "NORMAL", "TANGENT", "TEXCOORD_", "COLOR_0", "JOINTS_", "WEIGHTS_")


def read_primitive(
    document: GltfDocument,
    entry: dict[str, Any],
    material: GltfMaterial,
    material_index: int,
    name: str,
    weights: Sequence[float],
    joints_44: NDArray[np.float64] | None = None,
) -> RawPart | None:
    """Return the triangles of one primitive in its node's frame, or None where it has none.

    Tangents are not taken over: renderers derive them from the texture coordinates, which gives the same frame.

    Args:
        document: The file; gathers warnings.
        entry: The JSON object.
        material: Says which texture coordinates count and how they are transformed.
        material_index: Index for the part.
        name: Name for the part.
        weights: Default weights of the morph targets.
        joints_44: Matrices (joints, 4, 4) of the node's skin, or None.

    Raises:
        AssetError: An accessor is damaged, of the wrong type, or of another length than the positions.
    """
    mode = entry.get("mode", 4)
    if mode in _MODE_NAMES:
        document.warn(f"mesh {name!r}: {_MODE_NAMES[mode]} are left out; only triangles are drawn")
        return None
    attributes: dict[str, Any] = entry["attributes"]
    _check_compression(document, entry, attributes)
    if "POSITION" not in attributes:
        document.warn(f"mesh {name!r}: a primitive without positions is left out")
        return None
    _warn_unread(document, attributes, name)
    positions = _floats(document.accessor(attributes["POSITION"], kind="VEC3"))
    count = len(positions)
    normals = _optional(document, attributes, "NORMAL", "VEC3", count)
    positions, normals = _morphed(document, entry.get("targets", []), weights, positions, normals, name)
    if joints_44 is not None:
        positions, normals = _skinned(document, attributes, joints_44, positions, normals, name)
    return RawPart(
        positions_n3=positions,
        normals_n3=normals,
        triangles_m3=_triangles(document, entry, mode, count),
        uvs_n2=_uvs(document, attributes, material, count, name),
        colours_n4=_colours(document, attributes, count),
        material=material_index,
        name=name,
    )


def _check_compression(document: GltfDocument, entry: dict[str, Any], attributes: dict[str, Any]) -> None:
    if "KHR_draco_mesh_compression" not in entry.get("extensions", {}):
        return
    position = document.item("accessors", attributes.get("POSITION"))
    if "bufferView" not in position and "sparse" not in position:
        raise document.fault("Draco compression (KHR_draco_mesh_compression) cannot be read; save the file without it")


def _warn_unread(document: GltfDocument, attributes: dict[str, Any], name: str) -> None:
    for key in sorted(attributes):
        if not key.startswith(_READ_ATTRIBUTES):
            document.warn(f"mesh {name!r}: the vertex attribute {key} is left out")


def _floats(values: NDArray[Any]) -> NDArray[np.float64]:
    """Return quantised or normalised values as real numbers; KHR_mesh_quantization leaves the scale to the node."""
    return values.astype(np.float64)


def _optional(
    document: GltfDocument, attributes: dict[str, Any], key: str, kind: str | None, count: int
) -> NDArray[np.float64] | None:
    if key not in attributes:
        return None
    values = _floats(document.accessor(attributes[key], kind=kind))
    if len(values) != count:
        raise document.fault(f"{key} must have as many elements as POSITION ({count}), got {len(values)}")
    return values


def _triangles(document: GltfDocument, entry: dict[str, Any], mode: int, count: int) -> NDArray[np.int64]:
    if "indices" in entry:
        indices = document.accessor(entry["indices"], kind="SCALAR")[:, 0].astype(np.int64)
    else:
        indices = np.arange(count, dtype=np.int64)
    if mode == 4:
        return indices[: len(indices) // 3 * 3].reshape(-1, 3)
    if mode == 5:
        strips = np.stack([indices[:-2], indices[1:-1], indices[2:]], axis=1)
        strips[1::2] = strips[1::2, [0, 2, 1]]  # every second triangle of a strip runs the other way
        return strips
    if mode == 6:
        return np.stack([indices[1:-1], indices[2:], np.full(max(len(indices) - 2, 0), indices[0])], axis=1)
    raise document.fault(f"mode of a primitive must be 0 to 6, got {mode!r}")


def _uvs(
    document: GltfDocument, attributes: dict[str, Any], material: GltfMaterial, count: int, name: str
) -> NDArray[np.float64] | None:
    key = f"TEXCOORD_{material.uv_set}"
    if key not in attributes:
        if material.uv_set != 0:
            document.warn(f"mesh {name!r}: its material reads {key}, which is not there; its maps give one colour")
        return None
    uvs = _optional(document, attributes, key, "VEC2", count)
    if uvs is not None and material.uv_matrix_23 is not None:
        uvs = uvs @ material.uv_matrix_23[:, :2].T + material.uv_matrix_23[:, 2]
    return uvs


def _colours(document: GltfDocument, attributes: dict[str, Any], count: int) -> NDArray[np.float64] | None:
    colours = _optional(document, attributes, "COLOR_0", None, count)
    if colours is None or colours.shape[1] == 4:
        return colours
    if colours.shape[1] != 3:
        raise document.fault(f"COLOR_0 must be VEC3 or VEC4, got {colours.shape[1]} numbers")
    return np.concatenate([colours, np.ones((count, 1))], axis=1)


def _morphed(
    document: GltfDocument,
    targets: list[dict[str, Any]],
    weights: Sequence[float],
    positions: NDArray[np.float64],
    normals: NDArray[np.float64] | None,
    name: str,
) -> tuple[NDArray[np.float64], NDArray[np.float64] | None]:
    if targets:
        document.warn(f"mesh {name!r}: its {len(targets)} morph targets are fixed at the file's default weights")
    for target, weight in zip(targets, weights, strict=False):
        if weight == 0:
            continue
        shift = _optional(document, target, "POSITION", "VEC3", len(positions))
        turn = _optional(document, target, "NORMAL", "VEC3", len(positions))
        positions = positions if shift is None else positions + weight * shift
        if normals is not None:
            normals = normals if turn is None else normals + weight * turn
        for key in sorted(set(target) - {"POSITION", "NORMAL", "TANGENT"}):
            document.warn(f"mesh {name!r}: the morph target attribute {key} is left out")
    return positions, normals


def _skinned(
    document: GltfDocument,
    attributes: dict[str, Any],
    joints_44: NDArray[np.float64],
    positions: NDArray[np.float64],
    normals: NDArray[np.float64] | None,
    name: str,
) -> tuple[NDArray[np.float64], NDArray[np.float64] | None]:
    joints, weights = [], []
    for index in range(len(attributes)):
        if f"JOINTS_{index}" not in attributes or f"WEIGHTS_{index}" not in attributes:
            break
        joints.append(document.accessor(attributes[f"JOINTS_{index}"], kind="VEC4").astype(np.int64))
        weights.append(_floats(document.accessor(attributes[f"WEIGHTS_{index}"], kind="VEC4")))
    if not joints:
        document.warn(f"mesh {name!r}: it has a skin but no joint weights; it is left unskinned")
        return positions, normals
    joints_nk, weights_nk = np.concatenate(joints, axis=1), np.concatenate(weights, axis=1)
    if len(joints_nk) != len(positions) or len(weights_nk) != len(positions):
        raise document.fault(f"JOINTS and WEIGHTS must have as many elements as POSITION ({len(positions)})")
    if joints_nk.size and int(joints_nk[weights_nk > 0].max(initial=0)) >= len(joints_44):
        raise document.fault(f"JOINTS must be below the skin's {len(joints_44)} joints, got {int(joints_nk.max())}")
    return skin_positions(positions, normals, np.minimum(joints_nk, len(joints_44) - 1), weights_nk, joints_44)


def skin_positions(
    positions_n3: NDArray[np.float64],
    normals_n3: NDArray[np.float64] | None,
    joints_nk: NDArray[np.int64],
    weights_nk: NDArray[np.float64],
    joints_44: NDArray[np.float64],
) -> tuple[NDArray[np.float64], NDArray[np.float64] | None]:
    """Return positions and normals moved by the weighted sum of their joints' matrices.

    Args:
        positions_n3: float64 (n, 3).
        normals_n3: float64 (n, 3), or None.
        joints_nk: int64 (n, k), indices into `joints_44`.
        weights_nk: float64 (n, k), scaled here so that each row sums to 1; a row of zeros keeps the first joint.
        joints_44: float64 (joints, 4, 4).
    """
    weights = np.maximum(weights_nk, 0)
    sums = weights.sum(axis=1, keepdims=True)
    weights = np.where(sums > 0, weights / np.where(sums > 0, sums, 1), np.eye(1, weights.shape[1]))
    matrices = np.zeros((len(positions_n3), 4, 4))
    for column in range(weights.shape[1]):  # one column at a time: k times less memory
        matrices += weights[:, column, None, None] * joints_44[joints_nk[:, column]]
    moved = np.einsum("nij,nj->ni", matrices[:, :3, :3], positions_n3) + matrices[:, :3, 3]
    turned = None if normals_n3 is None else np.einsum("nij,nj->ni", matrices[:, :3, :3], normals_n3)
    return moved, turned
