"""Three renderers judge each other: ids and depth of `opengl`, `pyrender` and `mitsuba` on random scenes.

Scenes are those of the built-in jobs, and of jobs with shared models where SYNTHVISION_ASSETS names them.

    pip install 'synthvision[mitsuba,pyrender]'
    python benchmarks/judges.py --scenes 20 --json judges_agree.json
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from synthvision.config.job import load_job
from synthvision.core.frames import LabelImages
from synthvision.core.registry import load_plugin
from synthvision.gpu.context import open_context
from synthvision.inspect.agreement import compare_labels
from synthvision.library.assets import AssetLibrary
from synthvision.pipeline.frame import open_library, open_sampler
from synthvision.render.config import MitsubaConfig, OpenGLConfig, PyrenderConfig
from synthvision.scene import Scene

BUILTIN_JOBS = ("quickstart", "street_cones", "dice", "bench")
SHARED_JOBS = ("fruit_bowl", "cards")
SEED = 20


def random_scenes(count: int, size_wh: tuple[int, int], *, shared: bool) -> Iterator[tuple[str, Scene, AssetLibrary]]:
    """Yield scenes of all jobs in turn, with their names and libraries."""
    names = (*BUILTIN_JOBS, *(SHARED_JOBS if shared else ()))
    changes = [f"image.width={size_wh[0]}", f"image.height={size_wh[1]}", f"seed={SEED}"]
    jobs = {name: load_job(name, changes) for name in names}
    opened = {name: open_library(job) for name, job in jobs.items()}
    samplers = {name: open_sampler(job, opened[name]) for name, job in jobs.items()}
    for number in range(count):
        name, frame = names[number % len(names)], number // len(names)
        yield f"{name}:{frame}", samplers[name].sample(frame), opened[name]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--scenes", type=int, default=20, help="number of scenes")
    parser.add_argument("--size", type=int, nargs=2, default=(640, 480), metavar=("W", "H"), help="pixels")
    parser.add_argument("--json", type=Path, help="write the figures here")
    arguments = parser.parse_args()
    shared = "shared=" in os.environ.get("SYNTHVISION_ASSETS", "")
    context = open_context()
    configs = (OpenGLConfig(backend="opengl"), PyrenderConfig(backend="pyrender"), MitsubaConfig(backend="mitsuba"))
    rows: dict[str, Any] = {}
    for name, scene, library in random_scenes(arguments.scenes, tuple(arguments.size), shared=shared):
        seen: dict[str, LabelImages] = {}
        for config in configs:
            renderer = load_plugin("renderers", config.backend)(context, library, config)
            seen[config.backend] = renderer.render_labels(scene)
            renderer.close()
        row = {}
        masked = has_masks(scene, library)
        for other in ("pyrender", "mitsuba"):
            if other == "pyrender" and masked:
                continue  # it draws masks as if whole
            found = compare_labels(seen["opengl"], seen[other])
            row[other] = asdict(found) | {"equal_share": found.equal_share, "holds": found.holds}
        rows[name] = row
        print(name, {other: (part["differing"], part["holds"]) for other, part in row.items()}, file=sys.stderr)
    parts = [part for row in rows.values() for part in row.values()]
    figures = {
        "scenes": rows,
        "size_wh": list(arguments.size),
        "least_equal_share": min(part["equal_share"] for part in parts),
        "holds": all(part["holds"] for part in parts),
    }
    print(json.dumps({key: figures[key] for key in ("least_equal_share", "holds")}))
    if arguments.json:
        arguments.json.write_text(json.dumps(figures, indent=2, sort_keys=True) + "\n")
    return 0 if figures["holds"] else 1


def has_masks(scene: Scene, library: AssetLibrary) -> bool:
    """Return whether a model of a scene has texels that are not there."""
    return any(
        material.alpha_mode != "opaque" and np.any(material.base_colour_map is not None or material.base_colour[3] < 1)
        for item in scene.objects
        for material in library.load_model(item.asset).materials
    )


if __name__ == "__main__":
    sys.exit(main())
