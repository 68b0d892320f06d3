"""A closed book lying on its back cover: hard covers with a page block, or a paperback."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from synthvision.core.streams import rng_for
from synthvision.library.model import Material, Model, Texture
from synthvision.library.parameters import Choice, Integer, Number, ProceduralAsset
from synthvision.library.procedural.models.assembly import assembled
from synthvision.library.procedural.noise import Image, encode_srgb, fbm, make_texture, normal_map, quantise, value_noise
from synthvision.library.procedural.prints.covers import COVER_DESIGNS, cover_art
from synthvision.library.procedural.shapes.deformation import deformed, eased
from synthvision.library.procedural.shapes.mesh import Floats, Mesh, grid_triangles, join
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
    cover, lining = thick_strip(centre_line, board, (-length / 2, length / 2), bevel_m=0.35 * board, cells=LENGTH_CELLS)
    curl, twist = float(params["cover_curl_m"]), float(params["page_wave"])

    def bent(points: Floats) -> Floats:
        """The upper cover lifts towards the fore-edge, more at one corner."""
        x, y, z = points.T
        upper = eased(0.55 * thickness, 0.95 * thickness, z)
        out = eased(-0.15 * width, 0.5 * width, x) ** 1.5
        rise = (curl if not hard else 0.25 * curl) * upper * out * (1.0 + 0.8 * twist * y / length)
        return np.stack([x, y, z + rise], axis=1)

    design, seed = int(params["design"]) % COVER_DESIGNS, int(params["wear_seed"]) % 4
    sheet = Material(name="lining", base_colour=(0.74, 0.71, 0.63, 1.0), roughness=0.9)
    pieces: list[tuple[Mesh, Material]] = [(deformed(lining, bent), sheet)]
    slots = _cover_materials(design, binding, round(4 * float(params["wear"])), seed)
    for name, mesh in _split_cover(cover, marks, length):
        pieces.append((deformed(mesh, bent), slots[name]))
    pages = _pages(width, length, thickness, board, overhang, float(params["spine_round"]) if hard else 0.0, str(params["spine"]))
    tint = {"white": (0.8, 0.79, 0.75), "cream": (0.72, 0.65, 0.5), "old": (0.56, 0.43, 0.25)}[str(params["paper"])]
    paper = Material(
        name="pages", base_colour=(*tint, 1.0), base_colour_map=_page_lines(seed), normal_map=_page_relief(seed), roughness=0.92
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
    """The block of pages; its fore-edge is hollow where the spine is round.

    Texture coordinates are 4 repeats a metre along the pages and 12 across them.
    """
    low, high = board + 0.0002, thickness - board - 0.0002
    rows = 9
    t = np.linspace(-1.0, 1.0, rows)
    hollow = (0.3 * roundness if spine == "round" else 0.0) * thickness
    fore = width / 2 - overhang - 0.0003 - hollow * (1 - t**2)
    inner = -width / 2 + board + 0.0006
    z = (low + high) / 2 + t * (high - low) / 2
    half = length / 2 - overhang
    # The outline of the block seen along y, counter-clockwise from the lower inner corner, hard at its corners.
    lean = np.stack([np.ones(rows), -4 * hollow * t / (high - low)], axis=1)
    lean /= np.linalg.norm(lean, axis=1, keepdims=True)
    points = np.concatenate([[[inner, low], [fore[0], low]], np.stack([fore, z], 1), [[fore[-1], high], [inner, high], [inner, high], [inner, low]]])
    normals = np.concatenate([[[0, -1], [0, -1]], lean, [[0, 1], [0, 1], [-1, 0], [-1, 0]]])
    y = np.linspace(half, -half, 3)
    columns = len(points)
    x_rc, z_rc = (np.broadcast_to(points[:, axis], (3, columns)) for axis in (0, 1))
    y_rc = np.broadcast_to(y[:, None], (3, columns))
    facing = np.broadcast_to(np.stack([normals[:, 0], np.zeros(columns), normals[:, 1]], axis=1), (3, columns, 3))
    sides = Mesh(
        np.stack([x_rc, y_rc, z_rc], -1).reshape(-1, 3),
        facing.reshape(-1, 3),
        np.stack([4.0 * y_rc, -12.0 * z_rc], -1).reshape(-1, 2),
        grid_triangles(3, columns),
    )
    pieces = [sides.without_slivers()]
    for side in (-1.0, 1.0):
        x_rc, z_rc = np.stack([np.full(rows, inner), fore], axis=1), np.broadcast_to(z[:, None], (rows, 2))
        ends = np.stack([x_rc, np.full((rows, 2), side * half), z_rc], -1).reshape(-1, 3)
        triangles = grid_triangles(rows, 2)
        uvs = np.stack([4.0 * x_rc, -12.0 * z_rc], -1).reshape(-1, 2)
        pieces.append(Mesh(ends, np.tile([0.0, side, 0.0], (2 * rows, 1)), uvs, triangles if side < 0 else triangles[:, ::-1]))
    return join(pieces)


@lru_cache(maxsize=24)
def _cover_materials(design: int, binding: str, wear: int, seed: int) -> dict[str, Material]:
    """Front, spine and back with their wear; one piece of cloth, leather, board or lacquered paper."""
    art = cover_art(design, binding)
    rough = {"jacket": 0.32, "paper": 0.45, "cloth": 0.88, "leather": 0.55}[binding]
    relief = _weave(binding) if binding in ("cloth", "leather") else None
    slots = {}
    for name, image, foil in (("front", art.front, art.foil_front), ("spine", art.spine, art.foil_spine), ("back", art.back, None)):
        worn = _rubbed(image, wear / 4, seed, name == "spine")
        data = None
        if foil is not None and binding in ("cloth", "leather"):
            shape = foil.shape
            level = rough + (0.35 - rough) * foil
            data = make_texture(
                np.stack([np.full(shape, 255, np.uint8), quantise(level), quantise(foil)], axis=-1), is_srgb=False, wrap_uv=("clamp", "clamp")
            )
        slots[name] = Material(
            name=name,
            base_colour_map=make_texture(worn, is_srgb=True, wrap_uv=("clamp", "clamp")),
            roughness=rough if data is None else 1.0,
            metallic=0.0 if data is None else 1.0,
            metallic_roughness_map=data,
            normal_map=relief,
            clearcoat=0.5 if binding == "jacket" else 0.0,
            clearcoat_roughness=0.2,
        )
    return slots


def _rubbed(image: NDArray[np.uint8], wear: float, seed: int, spine: bool) -> NDArray[np.uint8]:
    """Worn edges, creases and grime on a cover."""
    shade, white = _wear_layers(image.shape[0], image.shape[1], wear, seed, spine)
    keep = shade * (1 - white)
    paper = white[:, :, None] * np.array([222, 214, 196], np.float32)
    return np.asarray(image * keep[:, :, None] + paper, np.uint8)


@lru_cache(maxsize=24)
def _wear_layers(rows: int, columns: int, wear: float, seed: int, spine: bool) -> tuple[Image, Image]:
    """How dark a cover has become, and where the paper under its colour shows, both float32 (rows, columns)."""
    masks = wear_masks(seed)
    y, x = np.mgrid[0:rows, 0:columns].astype(np.float32)
    edge = np.minimum(np.minimum(x, columns - 1 - x), np.minimum(y, rows - 1 - y))
    cloud, scratches, grime = (
        np.tile(layer, (2, 1))[:rows, :columns] for layer in (masks.cloud, masks.scratches, masks.grime)
    )
    white = np.exp(-edge / (0.8 + 3.0 * wear)) * (0.3 + cloud) * wear * 1.2 + 0.6 * wear * scratches
    if spine:
        white += 0.5 * wear * np.exp(-(((x / columns - 0.5) / 0.02) ** 2)) * cloud
    shade = 1.0 - 0.3 * wear * grime - 0.06 * (cloud - 0.5)
    return np.asarray(shade, np.float32), np.asarray(np.clip(white, 0, 0.9), np.float32)


@lru_cache(maxsize=2)
def _weave(binding: str) -> Texture:
    """Threads of book cloth, or the grain of leather."""
    size = 512
    rng = rng_for(0, 0, f"book.{binding}")
    if binding == "cloth":
        y, x = np.mgrid[0:size, 0:size].astype(np.float32) * np.float32(2 * np.pi * 128 / size)
        height = 0.9e-5 * (np.sin(x) * (np.sin(0.5 * y) > 0) + np.sin(y) * (np.sin(0.5 * x) > 0)) + 1e-5 * fbm(rng, (size, size), (96, 96), 2)
    else:
        height = 3e-5 * np.abs(fbm(rng, (size, size), (70, 70), 2, 0.4))
    return make_texture(normal_map(height.astype(np.float32), 0.15 / size), is_srgb=False)


@lru_cache(maxsize=4)
def _page_stripes(seed: int) -> Image:
    """Edges of pages: one row in the image is about one leaf; they wander a little along u."""
    rng = rng_for(seed, 0, "book.pages")
    leaves = 0.6 * fbm(rng, (512, 128), (256, 2), 1) + 0.4 * fbm(rng, (512, 128), (64, 3), 2)
    gatherings = value_noise(rng, (512, 128), (18, 2))
    return np.asarray(leaves + 0.5 * gatherings, np.float32)


@lru_cache(maxsize=4)
def _page_lines(seed: int) -> Texture:
    rng = rng_for(seed, 0, "book.pages.tone")
    stripes = np.clip(0.86 + 0.1 * _page_stripes(seed) + 0.03 * fbm(rng, (512, 128), (3, 3), 3), 0.35, 1.0)
    return make_texture(encode_srgb(np.repeat(stripes[:, :, None], 3, axis=2)), is_srgb=True)


@lru_cache(maxsize=4)
def _page_relief(seed: int) -> Texture:
    return make_texture(normal_map(6e-5 * _page_stripes(seed), (0.25 / 128, 0.083 / 512)), is_srgb=False)


BOOK = ProceduralAsset(
    name="book",
    kind="model",
    category="book",
    tags=("paper", "office", "school", "library"),
    size_m=0.21,
    description="A closed book: hard cover with jacket, cloth or leather, or a paperback, with invented titles.",
    parameters={
        "width_m": Number(0.105, 0.215, 0.145, "m"),
        "format_ratio": Number(1.2, 1.62, 1.45),
        "thickness_m": Number(0.01, 0.052, 0.026, "m", log=True),
        "binding": Choice(("jacket", "paper", "cloth", "leather"), "jacket", (0.32, 0.36, 0.22, 0.1)),
        "spine": Choice(("flat", "round"), "flat", (0.55, 0.45)),
        "spine_round": Number(0.2, 1.0, 0.6),
        "cover_curl_m": Number(0.0, 0.012, 0.002, "m"),
        "page_wave": Number(-1.0, 1.0, 0.0),
        "paper": Choice(("white", "cream", "old"), "cream", (0.45, 0.4, 0.15)),
        "design": Integer(0, COVER_DESIGNS - 1, 0),
        "wear": Number(0.0, 1.0, 0.25),
        "wear_seed": Integer(0, 7, 0),
    },
    build=_build,
)
