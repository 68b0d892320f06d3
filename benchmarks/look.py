"""How near each raster renderer comes to the path tracer: mean FLIP on ten fixed scenes, and the time each takes.

The references are path traced by the `mitsuba` backend with 1,024 samples a pixel and kept as 8-bit PNG in
benchmarks/look. Every renderer draws the same scene and goes through the same exposure and tone curve. FLIP (Andersson
et al. 2020, at 67 pixels per degree) is 0 for equal pictures; lower is better.

    python benchmarks/look.py references             # slow: minutes a scene
    python benchmarks/look.py compare --json benchmarks/results/look.json
    python benchmarks/look.py sheet OUT.png          # reference, opengl, pyrender side by side
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from look_scenes import SCENES, make_scene
from numpy.typing import NDArray
from PIL import Image

from synthvision.core.registry import load_plugin
from synthvision.gpu.context import GpuContext, open_context
from synthvision.imaging.develop import Developer
from synthvision.imaging.lens import LensView
from synthvision.library.assets import AssetLibrary
from synthvision.render.config import MitsubaConfig, OpenGLConfig, PyrenderConfig
from synthvision.render.renderer import Renderer
from synthvision.scene import Scene

FOLDER = Path(__file__).resolve().parent / "look"
REFERENCE_SAMPLES = 1_024
TIMED_SAMPLES = 64


class Booth:
    """Draws scenes with one renderer and develops them."""

    def __init__(self, context: GpuContext, library: AssetLibrary, config: Any) -> None:
        self._context = context
        self._renderer: Renderer = load_plugin("renderers", config.backend)(context, library, config)
        self._developer = Developer(context, library)

    def picture(self, scene: Scene) -> NDArray[np.uint8]:
        """Return the 8-bit picture of a scene."""
        labels = self._renderer.render_labels(scene)
        exposed = self._developer.expose(scene, self._renderer.render_radiance(scene))
        return self._developer.develop(scene, [LensView(scene, scene)], [exposed], labels).rgb_hwc

    def seconds(self, scene: Scene, rounds: int) -> float:
        """Return the median time of the light of a scene, everything loaded but nothing of it drawn."""
        self._renderer.render_radiance(scene)
        taken = []
        for _ in range(rounds):
            # An equal scene that is another object: no pass of the last picture is used again.
            fresh = replace(scene)
            start = time.perf_counter()
            self._renderer.render_radiance(fresh)
            self._context.finish()
            taken.append(time.perf_counter() - start)
        return statistics.median(taken)

    def close(self) -> None:
        """Release what the renderer holds."""
        self._renderer.close()


def flip(reference: NDArray[np.uint8], test: NDArray[np.uint8]) -> float:
    """Return the mean FLIP error of two 8-bit pictures."""
    import flip_evaluator

    pair = (picture.astype(np.float32) / 255 for picture in (reference, test))
    _, mean, _ = flip_evaluator.evaluate(*pair, "LDR", applyMagma=False)
    return float(mean)


def make_references(names: list[str], library: AssetLibrary, context: GpuContext) -> None:
    """Path trace the references."""
    FOLDER.mkdir(exist_ok=True)
    booth = Booth(context, library, MitsubaConfig(backend="mitsuba", samples_per_pixel=REFERENCE_SAMPLES))
    for name in names:
        start = time.perf_counter()
        Image.fromarray(booth.picture(make_scene(name, library))).save(FOLDER / f"{name}.png", optimize=True)
        print(f"{name}: {time.perf_counter() - start:.0f} s", file=sys.stderr)
    booth.close()


def compare(names: list[str], library: AssetLibrary, context: GpuContext, rounds: int) -> dict[str, Any]:
    """Return the FLIP error and the seconds of every scene."""
    scenes = {name: make_scene(name, library) for name in names}
    ours = Booth(context, library, OpenGLConfig(backend="opengl"))
    theirs = Booth(context, library, PyrenderConfig(backend="pyrender"))
    traced = Booth(context, library, MitsubaConfig(backend="mitsuba", samples_per_pixel=TIMED_SAMPLES))
    rows = {}
    for name, scene in scenes.items():
        reference = np.asarray(Image.open(FOLDER / f"{name}.png").convert("RGB"))
        rows[name] = {
            "flip_opengl": flip(reference, ours.picture(scene)),
            "flip_pyrender": flip(reference, theirs.picture(scene)),
            "flip_mitsuba_64": flip(reference, traced.picture(scene)),
            "seconds_opengl": ours.seconds(scene, rounds),
            "seconds_mitsuba_64": traced.seconds(scene, 1),
        }
        print(json.dumps({name: rows[name]}), file=sys.stderr)
    for booth in (ours, theirs, traced):
        booth.close()
    mean = {key: statistics.mean(row[key] for row in rows.values()) for key in next(iter(rows.values()))}
    return {
        "scenes": rows,
        "mean": mean,
        "flip_ratio": mean["flip_opengl"] / mean["flip_pyrender"],
        "never_worse": all(row["flip_opengl"] <= row["flip_pyrender"] for row in rows.values()),
        "times_faster_than_mitsuba_64": mean["seconds_mitsuba_64"] / mean["seconds_opengl"],
    }


def sheet(names: list[str], library: AssetLibrary, context: GpuContext, out: Path) -> None:
    """Write references and raster pictures side by side, one row a scene."""
    booths = [
        Booth(context, library, config)
        for config in (OpenGLConfig(backend="opengl"), PyrenderConfig(backend="pyrender"))
    ]
    rows = []
    for name in names:
        scene = make_scene(name, library)
        reference = np.asarray(Image.open(FOLDER / f"{name}.png").convert("RGB"))
        rows.append(np.concatenate([reference, *(booth.picture(scene) for booth in booths)], axis=1))
    Image.fromarray(np.concatenate(rows)).save(out)
    for booth in booths:
        booth.close()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("action", choices=("references", "compare", "sheet"))
    parser.add_argument("out", type=Path, nargs="?", help="picture that `sheet` writes")
    parser.add_argument("--scene", action="append", choices=tuple(SCENES), help="only this scene; may be repeated")
    parser.add_argument("--rounds", type=int, default=9, help="timed pictures of each scene")
    parser.add_argument("--json", type=Path, help="write the figures here")
    arguments = parser.parse_args()
    names = arguments.scene or list(SCENES)
    library = AssetLibrary.open(("shared",), ())
    context = open_context()
    if arguments.action == "references":
        make_references(names, library, context)
        return 0
    if arguments.action == "sheet":
        if arguments.out is None:
            parser.error("sheet needs the picture to write")
        sheet(names, library, context, arguments.out)
        return 0
    figures = compare(names, library, context, arguments.rounds)
    print(json.dumps(figures, indent=2))
    if arguments.json:
        arguments.json.write_text(json.dumps(figures, indent=2, sort_keys=True) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
