"""Are the scenes of a world sound: nothing in anything else, nothing in the air, nothing in the ground?

Judged by the meshes that are drawn, not by what placement knew: python benchmarks/solid_scenes.py JOB --frames 500

An object may reach into another, or stand off what carries it, by 5 mm or 1 % of its size, whichever is more. Whether
it reaches deeper is asked of a copy that is so much smaller; whether it floats, of a copy that lies so much lower.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import time
from collections import Counter
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import fcl
import numpy as np
from numpy.typing import NDArray

from synthvision import load_job
from synthvision.geometry.poses import rotation_from_quaternion
from synthvision.library.assets import AssetLibrary
from synthvision.pipeline.frame import open_library, open_sampler
from synthvision.scene import SHELL, Scene, SceneObject

LEAST_M, SHARE = 0.005, 0.01
#: What is neither in the way nor carries anything: paint, pictures.
FLAT_PARTS = ("lane_marking", "view", "label", "stencil")


@dataclass(frozen=True)
class Solid:
    """An object as the judge sees it."""

    item: SceneObject
    points_n3: NDArray[np.float64]
    faces_m3: NDArray[np.int64]
    tolerance_m: float

    @property
    def is_ground(self) -> bool:
        """Whether it belongs to the place rather than being put there."""
        return self.item.role == "background" or self.item.name.startswith(("site/", "surface"))


class Judge:
    """Judges scenes.

    Args:
        library: Where their models come from.
        tolerance: How far things may reach into each other, metres and share of their size.
    """

    def __init__(self, library: AssetLibrary, tolerance: tuple[float, float] = (LEAST_M, SHARE)) -> None:
        self._library = library
        self._tolerance = tolerance
        self._bvh = lru_cache(maxsize=512)(self._make_bvh)

    def faults(self, scene: Scene) -> list[str]:
        """Return what is wrong with a scene, a sentence each."""
        solids = [self._solid(item) for item in scene.objects if self._whole(item)]
        boxes = [self._box(solid) for solid in solids]
        found = []
        for index, solid in enumerate(solids):
            if solid.is_ground:
                continue
            near = [
                other
                for other in range(len(solids))
                if other != index and _close(boxes[index], boxes[other], solid.tolerance_m)
            ]
            full = self._object(solid)
            for other in near:
                if (other > index or solids[other].is_ground) and self._collide(full, self._object(solids[other])):
                    smaller, larger = sorted(
                        (solid, solids[other]), key=lambda each: (each.is_ground, each.tolerance_m)
                    )
                    if self._collide(self._object(smaller, shrunk=True), self._object(larger)):
                        found.append(f"{smaller.item.name} intersects {larger.item.name}")
            lower = self._object(solid, drop_m=solid.tolerance_m)
            if not any(self._collide(lower, self._object(solids[other])) for other in near):
                found.append(f"{solid.item.name} floats")
        return found

    def _whole(self, item: SceneObject) -> bool:
        # A part that is an instance of its own belongs to its object.
        return "#" not in item.name

    @staticmethod
    def _collide(first: Any, second: Any) -> bool:
        return bool(fcl.collide(first, second, fcl.CollisionRequest(), fcl.CollisionResult()))

    def _solid(self, item: SceneObject) -> Solid:
        points, faces = self._mesh(item.asset.key, item)
        size = float((np.ptp(points, axis=0) * np.abs(item.scale)).max())
        least, share = self._tolerance
        return Solid(item, points, faces, max(least, share * size))

    def _mesh(self, _key: str, item: SceneObject) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
        model = self._library.load_model(item.asset)
        parts = [
            part
            for part in model.parts
            if part.name not in FLAT_PARTS and (item.shows(part.name) or SHELL not in item.attributes)
        ]
        starts = np.cumsum([0, *(len(part.positions_n3) for part in parts)])
        points = np.concatenate([part.positions_n3 for part in parts]).astype(np.float64)
        faces = [part.triangles_m3.astype(np.int64) + start for part, start in zip(parts, starts, strict=False)]
        return points, np.concatenate(faces)

    def _box(self, solid: Solid) -> NDArray[np.float64]:
        rotation = rotation_from_quaternion(np.array(solid.item.rotation_wxyz))
        world = (solid.points_n3 * np.array(solid.item.scale)) @ rotation.T + np.array(solid.item.position_m)
        return np.stack([world.min(axis=0), world.max(axis=0)])

    def _object(self, solid: Solid, *, shrunk: bool = False, drop_m: float = 0.0) -> Any:
        item = solid.item
        key = (item.asset.key, item.scale, item.shown_parts if SHELL in item.attributes else None, shrunk)
        self._pending = solid
        geometry = self._bvh(key)
        position = np.array(item.position_m) - np.array([0.0, 0.0, drop_m])
        return fcl.CollisionObject(
            geometry, fcl.Transform(rotation_from_quaternion(np.array(item.rotation_wxyz)), position)
        )

    def _make_bvh(self, key: tuple[Any, ...]) -> Any:
        solid = self._pending
        points = solid.points_n3 * np.array(solid.item.scale)
        if key[-1]:
            low, high = points.min(axis=0), points.max(axis=0)
            factor = np.maximum(1 - 2 * solid.tolerance_m / np.maximum(high - low, 1e-9), 0.1)
            points = (points - (low + high) / 2) * factor + (low + high) / 2
        mesh = fcl.BVHModel()
        mesh.beginModel(len(points), len(solid.faces_m3))
        mesh.addSubModel(points, solid.faces_m3)
        mesh.endModel()
        return mesh


def _close(own: NDArray[np.float64], other: NDArray[np.float64], gap_m: float) -> bool:
    return bool((own[0] <= other[1] + gap_m).all() and (own[1] >= other[0] - gap_m).all())


def main() -> int:
    """Judge scenes of a job and print the figures as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("job")
    parser.add_argument("--frames", type=int, default=500)
    parser.add_argument(
        "--json", type=argparse.FileType("w"), default=None, help="file for the figures; prints them if left out"
    )
    parser.add_argument("--tolerance-m", type=float, default=LEAST_M)
    parser.add_argument("--tolerance-share", type=float, default=SHARE)
    arguments = parser.parse_args()
    job = load_job(arguments.job)
    library = open_library(job)
    sampler = open_sampler(job, library)
    judge = Judge(library, (arguments.tolerance_m, arguments.tolerance_share))
    seconds, faults, kinds, objects = [], [], Counter[str](), 0
    judged: set[int] = set()
    new: list[float] = []
    for frame in range(arguments.frames):
        start = time.process_time()
        scene = sampler.sample(frame)
        seconds.append(time.process_time() - start)
        if scene.origin.scene_index in judged:
            continue
        judged.add(scene.origin.scene_index)
        new.append(seconds[-1])
        objects += len(scene.objects)
        for fault in judge.faults(scene):
            faults.append(f"frame {frame}: {fault}")
            words = fault.split()
            kinds[" ".join([words[0].split("/")[0], words[1], *(word.split("/")[0] for word in words[2:])])] += 1
    figures = {
        "job": arguments.job,
        "frames": arguments.frames,
        "scenes": len(judged),
        "objects": objects,
        "faults": len(faults),
        "kinds": dict(kinds.most_common()),
        "examples": faults[:20],
        "sampling_ms_median": round(1000 * statistics.median(seconds), 1),
        "new_scene_ms_median": round(1000 * statistics.median(new), 1),
        "sampling_ms_p95": round(1000 * float(np.quantile(seconds, 0.95)), 1),
    }
    text = json.dumps(figures, indent=1)
    if arguments.json is None:
        print(text)
        return 1 if faults else 0
    arguments.json.write(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
