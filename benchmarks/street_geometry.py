"""Checks the places of a street's objects from the finished scenes: nothing in each other, afloat or sunk.

It uses the meshes that are drawn and the poses of the scene, nothing of what placed them: pairs by collision of the
true triangles, feet by the height of the street's own triangles below them. Also measures sampling per frame on one
core, the share of scenes that were started anew, and what is left out.

    python benchmarks/street_geometry.py street street_night --scenes 170 --json FILE
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from collections import Counter
from pathlib import Path
from typing import Any

import fcl
import numpy as np
from numpy.typing import NDArray

from synthvision.config.job import load_job
from synthvision.config.preflight import open_checked_library
from synthvision.core.errors import PlacementError
from synthvision.pipeline.frame import open_sampler
from synthvision.scene import Scene, SceneObject

Float = NDArray[np.float64]

TOLERANCE_M, TOLERANCE_SHARE = 0.005, 0.01
_FOOT_M = 0.25
_CELL_M = 4.0


class Ground:
    """Heights of a street's own triangles."""

    def __init__(self, model: Any) -> None:
        corners = [part.positions_n3[part.triangles_m3].astype(np.float64) for part in model.parts]
        triangles = np.concatenate(corners)
        normal = np.cross(triangles[:, 1] - triangles[:, 0], triangles[:, 2] - triangles[:, 0])
        self._triangles = triangles[normal[:, 2] > 0.5 * np.maximum(np.linalg.norm(normal, axis=1), 1e-12)]
        self._low = self._triangles[:, :, :2].min(axis=1)
        self._high = self._triangles[:, :, :2].max(axis=1)

    def heights(self, points_n2: Float) -> Float:
        """Return the highest ground under each point, -inf where there is none."""
        low, high = points_n2.min(axis=0), points_n2.max(axis=0)
        near = (self._low <= high).all(axis=1) & (self._high >= low).all(axis=1)
        a, b, c = (self._triangles[near][:, k] for k in range(3))
        found = np.full(len(points_n2), -np.inf)
        area = _cross(b - a, c - a)
        for index, point in enumerate(points_n2):
            to_a, to_b, to_c = (corner - point_3(point) for corner in (a, b, c))
            weights = np.stack([_cross(to_b, to_c), _cross(to_c, to_a), _cross(to_a, to_b)]) / area
            inside = (weights >= -1e-9).all(axis=0)
            if inside.any():
                z = weights[0] * a[:, 2] + weights[1] * b[:, 2] + weights[2] * c[:, 2]
                found[index] = z[inside].max()
        return found


def point_3(point_2: Float) -> Float:
    """Return a point on the ground with a height of 0."""
    return np.array([point_2[0], point_2[1], 0.0])


def _cross(first: Float, second: Float) -> Float:
    return np.asarray(first[:, 0] * second[:, 1] - first[:, 1] * second[:, 0], np.float64)


class Checker:
    """Checks scenes against the meshes of a library."""

    def __init__(self, library: Any) -> None:
        self._library = library
        self._meshes: dict[str, tuple[Float, Any]] = {}
        self._grounds: dict[str, Ground] = {}

    def faults(self, scene: Scene) -> list[str]:
        """Return what is wrong with the places of a scene's objects."""
        site = next(item for item in scene.objects if item.name.startswith("site/"))
        if site.asset.key not in self._grounds:
            self._grounds[site.asset.key] = Ground(self._library.load_model(site.asset))
        ground = self._grounds[site.asset.key]
        items = [item for item in scene.objects if not item.name.startswith("site/")]
        points = [self._world(item) for item in items]
        return [
            *(fault for item, each in zip(items, points, strict=True) if (fault := _standing(item, each, ground))),
            *self._pairs(items, points),
        ]

    def _mesh(self, item: SceneObject) -> tuple[Float, Any]:
        key = item.asset.key
        if key not in self._meshes:
            model = self._library.load_model(item.asset)
            vertices = np.concatenate([part.positions_n3 for part in model.parts]).astype(np.float64)
            starts = np.cumsum([0, *(len(part.positions_n3) for part in model.parts)])
            faces = np.concatenate(
                [part.triangles_m3.astype(np.int64) + start for part, start in zip(model.parts, starts, strict=False)]
            )
            shape = fcl.BVHModel()
            shape.beginModel(len(vertices), len(faces))
            shape.addSubModel(vertices, faces)
            shape.endModel()
            self._meshes[key] = vertices, shape
        return self._meshes[key]

    def _world(self, item: SceneObject) -> Float:
        matrix = item.world_from_model
        return self._mesh(item)[0] @ matrix[:3, :3].T + matrix[:3, 3]

    def _pairs(self, items: list[SceneObject], points: list[Float]) -> list[str]:
        low = np.array([each.min(axis=0) for each in points])
        high = np.array([each.max(axis=0) for each in points])
        found = []
        for index, item in enumerate(items):
            close = (low[index + 1 :] <= high[index]).all(axis=1) & (high[index + 1 :] >= low[index]).all(axis=1)
            found += [
                f"{item.name} and {items[index + 1 + place].name} are in each other"
                for place in np.flatnonzero(close)
                if self._touch(item, items[index + 1 + place])
            ]
        return found

    def _touch(self, first: SceneObject, second: SceneObject) -> bool:
        bodies = []
        for item in (first, second):
            matrix = item.world_from_model
            rotation = matrix[:3, :3] / item.scale[0]
            shape = self._mesh(item)[1]
            if item.scale[0] != 1.0:
                raise ValueError(f"{item.name}: this check needs objects of scale 1")
            bodies.append(fcl.CollisionObject(shape, fcl.Transform(rotation, matrix[:3, 3])))
        return bool(fcl.collide(*bodies, fcl.CollisionRequest(), fcl.CollisionResult()))


def _standing(item: SceneObject, points: Float, ground: Ground) -> str | None:
    """Return what is wrong with how an object stands, or None."""
    tolerance = max(TOLERANCE_M, TOLERANCE_SHARE * float(np.ptp(points, axis=0).max()))
    lowest = float(points[:, 2].min())
    feet = points[points[:, 2] <= lowest + _FOOT_M]
    if len(feet) > 400:
        feet = feet[np.linspace(0, len(feet) - 1, 400).astype(int)]
    feet = np.concatenate([feet, points[np.argmin(points[:, 2])][None]])
    above = feet[:, 2] - ground.heights(feet[:, :2])
    if float(above.min()) > tolerance:
        return f"{item.name} floats {float(above.min()) * 1000:.1f} mm above the ground"
    if float(above.min()) < -tolerance:
        return f"{item.name} is sunk {-float(above.min()) * 1000:.1f} mm into the ground"
    return None


def check(job_name: str, scenes: int) -> dict[str, Any]:
    """Return the figures of one job."""
    job = load_job(job_name)
    library = open_checked_library(job)
    sampler, checker = open_sampler(job, library), Checker(library)
    faults: list[str] = []
    left_out: Counter[str] = Counter()
    times, failed, restarted, objects = [], 0, 0, []
    for index in range(scenes):
        first = index * job.frames_of_one_scene
        start = time.process_time()
        try:
            drawn = [sampler.sample(first + view) for view in range(job.frames_of_one_scene)]
        except PlacementError as error:
            failed += 1
            faults.append(f"scene {index}: {error}")
            continue
        times.append((time.process_time() - start) / job.frames_of_one_scene)
        scene = drawn[0]
        restarted += bool(scene.rejections.get("restarts"))
        left_out.update({key: count for key, count in scene.rejections.items() if key.endswith("left out")})
        objects.append(len(scene.objects))
        faults += [f"scene {index}: {fault}" for fault in checker.faults(scene)]
    # Models are made in the first scenes that show them: the later half is what a long job pays.
    return {
        "scenes": scenes,
        "failed": failed,
        "restarted": restarted,
        "objects_median": statistics.median(objects),
        "sampling_ms_per_frame_median": round(1000 * statistics.median(times[len(times) // 2 :]), 1),
        "left_out": dict(left_out.most_common()),
        "faults": faults[:40],
        "fault_count": len(faults),
    }


def main() -> int:
    """Check the jobs named on the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("jobs", nargs="+")
    parser.add_argument("--scenes", type=int, default=170)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    figures = {name: check(name, options.scenes) for name in options.jobs}
    text = json.dumps(figures, indent=1, sort_keys=True)
    if options.json:
        options.json.write_text(text + "\n")
    print(text)
    return int(any(each["fault_count"] for each in figures.values()))


if __name__ == "__main__":
    raise SystemExit(main())
