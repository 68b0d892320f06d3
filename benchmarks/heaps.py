"""Settled heaps, judged by geometry from finished scenes: how deep objects overlap, how far they float, what it costs.

Overlap and gaps are measured by a collision library on the convex parts of the models, not by the simulation.
Times are those of scenes whose models were all met before: cutting a model into parts is paid once in a lifetime.

    pip install 'synthvision[physics]'
    python benchmarks/heaps.py bin waste_sorting --scenes 60 --json heaps.json
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path
from typing import Any

import numpy as np

from synthvision.config.job import load_job
from synthvision.core.errors import PlacementError
from synthvision.geometry.poses import rotation_from_quaternion
from synthvision.library.assets import AssetLibrary
from synthvision.library.model import Model
from synthvision.library.reference import AssetRef
from synthvision.pipeline.frame import open_library, open_sampler
from synthvision.sampling.config import SceneSpec
from synthvision.sampling.physics.contacts import PartsBody
from synthvision.sampling.physics.parts import PartsCache, cache_folder
from synthvision.sampling.physics.repair import MOST_DEPTH_M, MOST_GAP_M, Rest, measure_rest
from synthvision.sampling.placement.config import Dropped
from synthvision.sampling.shapes import ShapeCache
from synthvision.scene import Scene

FULL = 25


class Counted:
    """An asset library that counts the models it is asked for."""

    def __init__(self, library: AssetLibrary) -> None:
        self._library = library
        self.loads = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._library, name)

    def load_model(self, ref: AssetRef) -> Model:
        """Return a model."""
        """Return a model, counting how often one is loaded."""
        self.loads += 1
        return self._library.load_model(ref)


class Judge:
    """Measures scenes from what they say of themselves: assets and poses."""

    def __init__(self, spec: SceneSpec, library: AssetLibrary) -> None:
        self._shapes = ShapeCache(library)
        self._parts = PartsCache(cache_folder())
        placements = {name: group.placement for name, group in spec.objects.items()}
        self._fallen = {name for name, placement in placements.items() if isinstance(placement, Dropped)}
        drops = [placement for placement in placements.values() if isinstance(placement, Dropped)]
        self._targets = {placement.into or placement.on for placement in drops}

    def measure(self, scene: Scene) -> tuple[Rest, ...]:
        """Return how each fallen object rests."""
        fallen, standing = [], []
        for item in scene.objects:
            group = item.name.split("/")[0]
            if group == "surface":
                continue
            moves = group in self._fallen
            shape = self._shapes.shape(item.asset)
            shell = group in self._targets
            parts = tuple(
                part.scaled(item.scale[0]) for part in self._parts.parts(shape, "shell" if shell else "solid")
            )
            rotation = rotation_from_quaternion(np.array(item.rotation_wxyz))
            body = PartsBody(item.name, parts, rotation, np.array(item.position_m), moves)
            (fallen if moves else standing).append(body)
        return measure_rest(standing, fallen, floor=True)


def measure_job(name: str, scenes: int) -> dict[str, Any]:
    job = load_job(name)
    library = open_library(job)
    counted = Counted(library)
    sampler = open_sampler(job, counted)  # type: ignore[arg-type]  # it has all that the library has
    judge = Judge(job.scene, library)
    step = job.views_per_scene * len(job.scene.cameras)
    seconds, view_ms, full, depths, gaps, counts = [], [], [], [], [], []
    restarts, falls, left_out, failed = 0, 0, 0, 0
    for scene_index in range(scenes):
        before = counted.loads
        start = time.process_time()
        try:
            scene = sampler.sample(scene_index * step)
        except PlacementError as error:
            failed += 1
            print(f"{name} {scene_index}: {error}", flush=True)
            continue
        spent = time.process_time() - start
        known = counted.loads == before
        start = time.process_time()
        sampler.sample(scene_index * step + 1)
        view_ms.append(1e3 * (time.process_time() - start))
        rests = judge.measure(scene)
        counts.append(len(rests))
        if known:
            seconds.append(spent)
        if known and len(rests) >= FULL:
            full.append(spent)
        depths += [rest.depth_m for rest in rests]
        gaps += [rest.gap_m for rest in rests]
        print(name, scene_index, len(rests), f"{spent:.2f} s", dict(scene.rejections), flush=True)
        restarts += scene.rejections.get("restarts", 0)
        left_out += sum(times for reason, times in scene.rejections.items() if "left out" in reason)
        falls += sum(times for reason, times in scene.rejections.items() if "at rest" in reason or "settling" in reason)
    return {
        "scenes": len(counts),
        "frames": len(counts) * step,
        "timed_scenes": len(seconds),
        "failed": failed,
        "objects": sum(counts),
        "objects_a_scene": float(np.mean(counts)),
        "overlaps_above_1_mm": sum(depth > MOST_DEPTH_M for depth in depths),
        "floating_above_1_mm": sum(gap > MOST_GAP_M for gap in gaps),
        "depth_mm": {"median": 1e3 * float(np.median(depths)), "largest": 1e3 * max(depths)},
        "gap_mm": {"largest": 1e3 * max(gaps)},
        "ms_a_scene": {"median": 1e3 * float(np.median(seconds)), "p90": 1e3 * float(np.quantile(seconds, 0.9))},
        "ms_of_a_full_heap_median": 1e3 * float(np.median(full)) if full else None,
        "full_heaps": len(full),
        "ms_of_another_view_median": float(np.median(view_ms)),
        "fell_anew": falls,
        "restarts": restarts,
        "left_out": left_out,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("jobs", nargs="+")
    parser.add_argument("--scenes", type=int, default=60)
    parser.add_argument("--json", type=Path, required=True)
    arguments = parser.parse_args()
    figures = {name: measure_job(name, arguments.scenes) for name in arguments.jobs}
    arguments.json.write_text(json.dumps(figures, indent=1))
    print(json.dumps(figures, indent=1))


if __name__ == "__main__":
    main()
