"""A closed book lying on its back cover: hard covers with a page block, or a paperback."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import numpy as np

from synthvision.core.streams import rng_for
from synthvision.library.model import Material, Model, Texture
from synthvision.library.parameters import Choice, Integer, Number, ProceduralAsset
from synthvision.library.procedural.models.assembly import assembled
from synthvision.library.procedural.noise import encode_srgb, fbm, make_texture, normal_map, quantise, value_noise
from synthvision.library.procedural.prints.covers import COVER_DESIGNS, cover_art
from synthvision.library.procedural.shapes.deformation import deformed, eased
from synthvision.library.procedural.shapes.mesh import Floats, Mesh, join
from synthvision.library.procedural.shapes.profiles import Profile
from synthvision.library.procedural.shapes.strips import thick_strip
from synthvision.library.procedural.wear import wear_masks

__all__ = ["BOOK"]

LENGTH_CELLS = 12


def _build(params: Mapping[str, Any]) -> Model:
    width, thickness = float(params["width_m"]), float(params["thickness_m"])
    length = width * float(params["format_ratio"])
    binding = str(params["binding"])
    hard = binding != "paper"
    board = 0.0026 if hard else 0.00045
    overhang = 0.0032 if hard else 0.0
    centre_line, marks = _cover_line(width, thickness, board, hard, float(params["spine_round"]), str(params["spine"]))
    cover = thick_strip(centre_line, board, (-length / 2, length / 2), bevel_m=0.35 * board, cells=LENGTH_CELLS)
    curl, twist = float(params["cover_curl_m"]), float(params["page_wave"])

    def bent(points: Floats) -> Floats:
        """The upper cover lifts towards the fore-edge, more at one corner."""
        x, y, z = points.T
        upper = eased(0.55 * thickness, 0.95 * thickness, z)
        out = eased(-0.15 * width, 0.5 * width, x) ** 1.5
        rise = (curl if not hard else 0.25 * curl) * upper * out * (1.0 + 0.8 * twist * y / length)
        return np.stack([x, y, z + rise], axis=1)

    art = cover_art(int(params["design"]) % COVER_DESIGNS, binding)
    del art
    pieces: list[tuple[Mesh, Material]] = []
    slots = _cover_materials(int(params["design"]) % COVER_DESIGNS, binding, round(4 * float(params["wear"])), int(params["wear_seed"]) % 4)
    for name, mesh in _split_cover(cover, marks, length):
        pieces.append((deformed(mesh, bent), slots[name]))
    pages = _pages(width, length, thickness, board, overhang, float(params["spine_round"]) if hard else 0.0, str(params["spine"]))
    tint = {"white": (0.8, 0.79, 0.75), "cream": (0.72, 0.65, 0.5), "old": (0.56, 0.43, 0.25)}[str(params["paper"])]
    paper = Material(
        name="pages", base_colour=(*tint, 1.0), base_colour_map=_page_lines(int(params["wear_seed"]) % 4), normal_map=_page_relief(int(params["wear_seed"]) % 4), roughness=0.92
    )
    pieces.append((pages, paper))
    return assembled(
        "book",
        params,
        pieces,
        attributes={"binding": "hardcover" if hard else "paperback"},
        keypoints={"front_centre": (0.0, 0.0, thickness), "spine_centre": (-width / 2, 0.0, thickness / 2)},
    )


def _cover_line(
    width: float, thickness: float, board: float, hard: bool, roundness: float, spine: str
) -> tuple[Profile, tuple[float, float]]:
    """Middle of the cover's sheet in the x-z plane, from the fore-edge below around the spine to the fore-edge above.

    Its outside lies on the right. Also the lengths at which the spine begins and ends.
    """
    low, high = board / 2, thickness - board / 2
    left, right = -width / 2, width / 2
    steps = 10
    bulge = (0.32 * roundness + 0.02) * thickness if spine == "round" and hard else 0.0
    groove = 0.0016 if hard else 0.0
    joint = left + (0.007 if hard else 0.0)
    t = np.linspace(-1.0, 1.0, steps + 1)
    if bulge > 0:
        spine_points = np.stack([left - bulge * (1 - t**2) + 0.3 * bulge, (low + high) / 2 + t * (high - low) / 2], axis=1)
    else:
        corner = min(0.25 * thickness, 0.0015 + board)
        angle = np.linspace(0, np.pi / 2, 5)
        below = np.stack([left + corner - corner * np.sin(angle), low + corner - corner * np.cos(angle)], axis=1)
        spine_points = np.concatenate([below, below[::-1] * [1, -1] + [0, low + high]])
    flat_low = np.array([[right, low], [0.5 * right, low], [0.0, low], [0.5 * left, low], [joint + 0.008, low]])
    if hard:
        dip = np.array([[joint + 0.004, low + 0.5 * groove], [joint + 0.002, low + groove], [joint - 0.001, low + 0.5 * groove]])
        flat_low = np.concatenate([flat_low, dip])
    flat_low = flat_low[flat_low[:, 0] > spine_points[0, 0] + 0.0008]
    flat_high = flat_low[::-1] * [1, -1] + [0, low + high]
    points = np.concatenate([flat_low, spine_points, flat_high])
    tangent = np.gradient(points, axis=0)
    tangent /= np.linalg.norm(tangent, axis=1, keepdims=True)
    line = Profile(points, np.stack([-tangent[:, 1], tangent[:, 0]], axis=1))
    along = line.distance_k
    return line, (float(along[len(flat_low)]), float(along[len(flat_low) + len(spine_points) - 1]))


def _split_cover(cover: Mesh, marks: tuple[float, float], length: float) -> list[tuple[str, Mesh]]:
    """The cover by slots, with 0..1 over each; texture coordinates come as length along the strip and -y."""
    centre = cover.uvs_n2[cover.triangles_m3].mean(axis=1)[:, 0]
    end = float(cover.uvs_n2[:, 0].max())
    v = 0.5 + cover.uvs_n2[:, 1] / length
    u = cover.uvs_n2[:, 0]
    spans = {"back": (0.0, marks[0]), "spine": marks, "front": (marks[1], end)}
    parts = []
    for name, (start, stop) in spans.items():
        keep = (centre >= start) & (centre < stop) if name != "front" else centre >= start
        triangles = cover.triangles_m3[keep]
        used, inverse = np.unique(triangles, return_inverse=True)
        share = (u[used] - start) / (stop - start)
        uvs = np.stack([np.clip(share, 0.0, 1.0), np.clip(v[used], 0.0, 1.0)], axis=1)
        parts.append((name, Mesh(cover.positions_n3[used], cover.normals_n3[used], uvs, inverse.reshape(-1, 3))))
    return parts


def _pages(
    width: float, length: float, thickness: float, board: float, overhang: float, roundness: float, spine: str
) -> Mesh:
    """The block of pages; its fore-edge is hollow where the spine is round."""
    low, high = board + 0.0002, thickness - board - 0.0002
    rows = 9
    t = np.linspace(-1.0, 1.0, rows)
    hollow = (0.3 * roundness if spine == "round" else 0.0) * thickness
    fore = width / 2 - overhang - 0.0003 - hollow * (1 - t**2)
    inner = -width / 2 + board + 0.0006
    z = (low + high) / 2 + t * (high - low) / 2
    half = length / 2 - overhang
    y = np.linspace(-half, half, LENGTH_CELLS + 1)
    slope = 2 * hollow * t / ((high - low) / 2)
    fore_normal = np.stack([np.ones_like(t), 0 * t, -slope], axis=1)
    fore_normal /= np.linalg.norm(fore_normal, axis=1, keepdims=True)

    def patch(corner: Floats, normal: Floats, uv: Floats, flip: bool) -> Mesh:
        rows_n, columns_n = corner.shape[:2]
        from synthvision.library.procedural.shapes.mesh import grid_triangles

        triangles = grid_triangles(rows_n, columns_n)
        return Mesh(
            corner.reshape(-1, 3), np.broadcast_to(normal, corner.shape).reshape(-1, 3), uv.reshape(-1, 2), triangles[:, ::-1] if flip else triangles
        )

    fore_x, fore_z = np.broadcast_to(fore[:, None], (rows, len(y))), np.broadcast_to(z[:, None], (rows, len(y)))
    fore_y = np.broadcast_to(y, (rows, len(y)))
    edge = patch(np.stack([fore_x, fore_y, fore_z], -1), fore_normal[:, None], np.stack([fore_y, -fore_z], -1) * [4.0, 12.0], False)
    pieces = [edge]
    for side in (-1, 1):
        x = np.stack([np.full(rows, inner), fore], axis=1)
        face_z = np.broadcast_to(z[:, None], x.shape)
        corner = np.stack([x, np.full(x.shape, side * half), face_z], -1)
        pieces.append(patch(corner, np.array([0.0, side, 0.0]), np.stack([x, -face_z], -1) * [4.0, 12.0], side > 0))
    for level, side, x_edge in ((low, -1.0, fore[0]), (high, 1.0, fore[-1])):
        grid_x, grid_y = np.meshgrid([inner, x_edge], y)
        corner = np.stack([grid_x, grid_y, np.full(grid_x.shape, level)], -1)
        pieces.append(patch(corner, np.array([0.0, 0.0, side]), np.stack([grid_x, grid_y], -1) * 0.0, side < 0))
    grid_y, grid_z = np.meshgrid(y, z)
    back = np.stack([np.full(grid_y.shape, inner), grid_y, grid_z], -1)
    pieces.append(patch(back, np.array([-1.0, 0.0, 0.0]), np.stack([grid_y, -grid_z], -1) * [4.0, 12.0], True))
    return join(pieces)
