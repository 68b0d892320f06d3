"""Smooth bodies with creases from coarse cages of quads that may be open: coachwork, tanks, mudguards.

The topology of a cage is refined once and kept; a body is then one product of a matrix with the places of the cage.
Reference: E. Catmull and J. Clark, Recursively generated B-spline surfaces on arbitrary topological meshes, 1978;
creases after T. DeRose, M. Kass and T. Truong, Subdivision surfaces in character animation, 1998.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from synthvision.library.procedural.shapes.mesh import Floats, Mesh

__all__ = ["Edge", "RefinedSurface", "Refinement", "edge_key", "refined"]

Ints = NDArray[np.int64]
Edge = tuple[int, int]


def edge_key(a: int, b: int) -> Edge:
    """Return the edge between two vertices as creases are named: the smaller number first."""
    return (a, b) if a < b else (b, a)


@dataclass(frozen=True, slots=True, eq=False)
class Refinement:
    """The topology of a refined cage.

    Args:
        sources_vk: The cage's vertices that each refined vertex comes from; rows are filled up with vertex 0.
        weights_vk: Their shares, 0 where filled up.
        quads_f4: Refined faces, counter-clockwise from outside.
        parents_f: The cage's face that each came from.
        children_f: Which corner of that face it lies at, 0..3 (of the last step where there were several).
        groups_f4: Number of the normal that each corner takes; corners across a hard edge differ.
    """

    sources_vk: Ints
    weights_vk: Floats
    quads_f4: Ints
    parents_f: Ints
    children_f: Ints
    groups_f4: Ints

    def surface(self, points_c3: Floats) -> RefinedSurface:
        """Return the body that a cage with these places stands for."""
        cage = np.asarray(points_c3, np.float64)
        places = np.einsum("vk,vkc->vc", self.weights_vk, cage[self.sources_vk])
        corners = places[self.quads_f4]
        facing = np.cross(corners[:, 2] - corners[:, 0], corners[:, 3] - corners[:, 1])
        groups = self.groups_f4.ravel()
        each = np.repeat(facing, 4, axis=0)
        total = np.stack([np.bincount(groups, each[:, axis]) for axis in range(3)], axis=1).astype(np.float64)
        normals = total / np.maximum(np.linalg.norm(total, axis=1, keepdims=True), 1e-15)
        return RefinedSurface(self, places, np.asarray(normals, np.float64))

    def boundary(self) -> list[int]:
        """Return the vertices around the one opening of the body, in the direction of the faces' own edges."""
        pairs = np.stack([self.quads_f4, np.roll(self.quads_f4, -1, axis=1)], axis=2).reshape(-1, 2).tolist()
        directed = {(a, b) for a, b in pairs}
        after = {a: b for a, b in directed if (b, a) not in directed}
        loop = [min(after)]
        while after[loop[-1]] != loop[0]:
            loop.append(after[loop[-1]])
        return loop


@dataclass(frozen=True, slots=True, eq=False)
class RefinedSurface:
    """A refined body in space.

    Args:
        topology: Where its faces come from.
        places_v3: float64 (v, 3), metres.
        normals_g3: Unit normals of the groups.
    """

    topology: Refinement
    places_v3: Floats
    normals_g3: Floats

    def part(self, chosen_f: NDArray[np.bool_]) -> Mesh:
        """Return the chosen faces as a mesh; texture coordinates are x and -z in metres, to be laid anew."""
        groups = self.topology.groups_f4[chosen_f]
        kept, index = np.unique(groups, return_inverse=True)
        index = index.reshape(-1, 4)
        vertex = np.zeros(len(kept), np.int64)
        vertex[index] = self.topology.quads_f4[chosen_f]
        places = self.places_v3[vertex]
        triangles = index[:, [0, 1, 2, 0, 2, 3]].reshape(-1, 3).astype(np.int64)
        return Mesh(places, self.normals_g3[kept], places[:, [0, 2]] * [1.0, -1.0], triangles).without_slivers()


def refined(
    quads_f4: Ints, creases: Mapping[Edge, float], corners: frozenset[int] = frozenset(), levels: int = 1
) -> Refinement:
    """Return a cage refined `levels` times, each into four times as many quads.

    Args:
        quads_f4: Faces of the cage, counter-clockwise from outside; it may be open.
        creases: How sharp edges are: under 1 a soft crease, from 1 up sharp in as many steps, `inf` a hard edge.
        corners: Vertices that stay where they are.
        levels: Steps, 1 or more.
    """
    quads = np.asarray(quads_f4, np.int64)
    weights = np.eye(int(quads.max()) + 1)
    parents = np.arange(len(quads))
    children = np.zeros(len(quads), np.int64)
    sharp = dict(creases)
    for _ in range(levels):
        step, quads, sharp = _step(quads, sharp, corners)
        weights = step @ weights
        parents = np.repeat(parents, 4)
        children = np.tile(np.arange(4), len(parents) // 4)
    hard = frozenset(edge for edge, value in sharp.items() if np.isinf(value))
    sources, shares = _compact(weights)
    return Refinement(sources, shares, quads, parents, children, _normal_groups(quads, hard))


def _compact(weights_vc: Floats) -> tuple[Ints, Floats]:
    """The few weights above 0 of each row, and their columns."""
    most = int((weights_vc != 0).sum(axis=1).max())
    order = np.argsort(-np.abs(weights_vc), axis=1, kind="stable")[:, :most]
    return order.astype(np.int64), np.take_along_axis(weights_vc, order, axis=1)


def _step(quads: Ints, sharp: dict[Edge, float], corners: frozenset[int]) -> tuple[Floats, Ints, dict[Edge, float]]:
    """One step: weights of the new vertices (old ones first, then edges, then faces), faces, creases."""
    count, faces = int(quads.max()) + 1, len(quads)
    ordered = np.sort(np.stack([quads, np.roll(quads, -1, axis=1)], axis=2).reshape(-1, 2), axis=1)
    keys, edge_of, uses = np.unique(ordered[:, 0] * count + ordered[:, 1], return_inverse=True, return_counts=True)
    edge_of = edge_of.reshape(faces, 4)
    ends = np.stack([keys // count, keys % count], axis=1)
    identity = np.eye(count)
    face_points, middles = identity[quads].mean(axis=1), identity[ends].mean(axis=1)
    beside = np.zeros((len(keys), count))
    np.add.at(beside, edge_of, face_points[:, None])
    open_edge = uses == 1
    sharpness = np.array([sharp.get((int(a), int(b)), 0.0) for a, b in ends])
    sharpness[open_edge] = np.inf
    blend = np.minimum(sharpness, 1.0)[:, None]
    smooth = np.where(open_edge[:, None], middles, (2 * middles + beside) / 4)
    edge_points = blend * middles + (1 - blend) * smooth
    vertex_points = _vertex_points(quads, ends, face_points, middles, sharpness, corners)
    middle_of = count + edge_of
    centre = np.broadcast_to((count + len(keys) + np.arange(faces))[:, None], quads.shape)
    fine = np.stack([quads, middle_of, centre, np.roll(middle_of, 1, axis=1)], axis=2).reshape(-1, 4)
    finer: dict[Edge, float] = {}
    for number, (a, b) in enumerate(ends.tolist()):
        value = float(sharpness[number])
        if value > 1.0 and not open_edge[number]:
            finer[edge_key(a, count + number)] = finer[edge_key(b, count + number)] = value - 1.0
    return np.concatenate([vertex_points, edge_points, face_points]), fine, finer


def _vertex_points(
    quads: Ints, ends: Ints, face_points: Floats, middles: Floats, sharpness: Floats, corners: frozenset[int]
) -> Floats:
    """Where the old vertices go: into the smooth surface, along a crease, or nowhere."""
    count = face_points.shape[1]
    identity = np.eye(count)
    around_f, around_e = np.zeros((count, count)), np.zeros((count, count))
    np.add.at(around_f, quads, face_points[:, None])
    np.add.at(around_e, ends, middles[:, None])
    touching = np.maximum(np.bincount(quads.ravel(), minlength=count), 1)[:, None]
    n = np.maximum(np.bincount(ends.ravel(), minlength=count), 1)[:, None].astype(np.float64)
    # Q/n + 2R/n + (n-3)S/n, R being the mean of the middles of the edges.
    out: Floats = (around_f / touching + 2 * around_e / n + (n - 3) * identity) / n
    sharp = sharpness > 0
    sharp_count = np.bincount(ends[sharp].ravel(), minlength=count)
    along, strength = np.zeros((count, count)), np.zeros(count)
    for (a, b), value in zip(ends[sharp], np.minimum(sharpness[sharp], 1.0), strict=True):
        along[a] += identity[b]
        along[b] += identity[a]
        strength[[a, b]] += value
    for vertex in range(count):
        if vertex in corners or sharp_count[vertex] > 2:
            share = 1.0 if vertex in corners else min(float(strength[vertex]) / sharp_count[vertex], 1.0)
            out[vertex] = share * identity[vertex] + (1 - share) * out[vertex]
        elif sharp_count[vertex] == 2:
            share = float(strength[vertex]) / 2
            out[vertex] = share * (along[vertex] / 8 + 0.75 * identity[vertex]) + (1 - share) * out[vertex]
    return out


def _normal_groups(quads: Ints, hard: frozenset[Edge]) -> Ints:
    """Numbers of the shared normals: corners at one vertex that no hard edge parts."""
    leader = list(range(quads.size))

    def root(corner: int) -> int:
        while leader[corner] != corner:
            leader[corner] = leader[leader[corner]]
            corner = leader[corner]
        return corner

    seen: dict[Edge, tuple[int, int]] = {}
    for face, row in enumerate(quads.tolist()):
        for k in range(4):
            a, b = row[k], row[(k + 1) % 4]
            key = edge_key(a, b)
            here = (4 * face + k, 4 * face + (k + 1) % 4)
            if key not in seen:
                seen[key] = here
            elif key not in hard:
                # The neighbour runs along the edge the other way.
                there = seen[key]
                leader[root(here[0])] = root(there[1])
                leader[root(here[1])] = root(there[0])
    _, index = np.unique(np.array([root(corner) for corner in range(quads.size)]), return_inverse=True)
    return np.asarray(index.reshape(-1, 4), np.int64)
