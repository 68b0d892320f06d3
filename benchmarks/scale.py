"""What a hundred thousand tiny frames cost beside drawing them: time and memory of the main process, step by step.

``python benchmarks/scale.py --frames 50000 100000 --json FILE`` renders a handful of frames of 64 x 64 pixels with
about three labelled objects each, and then runs `render_job` with an executor that writes these over and over under new
indices instead of drawing, by the writer that every worker uses. Shards are merged while the run goes on, annotations
and contact sheet are written at its end. After it the data set is looked through as a resumed run does, and converted
with a split by scene. Every step is a process of its own, and its time is the processor's.
"""

from __future__ import annotations

import argparse
import json
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np

from synthvision.config.job import Job, load_job
from synthvision.core.frames import CapturedFrame, LabelImages
from synthvision.core.registry import load_plugin
from synthvision.dataset.layout import DatasetLayout
from synthvision.dataset.manifest import load_manifest
from synthvision.dataset.reader import Dataset, DatasetFrame, open_dataset
from synthvision.dataset.records import read_line
from synthvision.dataset.recovery import recover
from synthvision.dataset.writer import FrameWriter
from synthvision.pipeline import run
from synthvision.pipeline.convert import convert_dataset
from synthvision.pipeline.executors.executor import ExecutorOptions, FrameOutcome

JOB = """
scene:
  surface: {pick: ground, size_m: [2, 2], material: {pick: {category: floor}, variants: 2}}
  objects:
    bottles:
      pick: bottle
      variants: 3
      count: {uniform_int: [1, 2]}
      placement: {kind: on_surface, region: {radius_m: 0.2}}
    cans:
      pick: can
      variants: 3
      count: {uniform_int: [1, 2]}
      placement: {kind: on_surface, region: {radius_m: 0.2}}
  environment: {pick: studio, illuminance_lux: 4000, variants: 2}
  camera: {kind: shell, fill: {uniform: [0.9, 1.2]}, fov_deg: 45}
classes:
  - {name: bottle, match: {category: bottle}}
  - {name: can, match: {category: can}}
labels: {min_visible_pixels: 4}
image: {width: 64, height: 64}
"""
TEMPLATES = 24
#: What must hold.
ANNOTATIONS_PER_SECOND = 20_000
GROWTH_MIB = 200
TIMES_FOR_TWICE = 2.2
TIMED = (
    *("write_frames", "merge_records", "export_dataset", "preview_folder", "everything_else"),
    *("recover", "convert"),
)


class Rewriter:
    """An executor that writes a few frames over and over; see `synthvision.pipeline.executors.executor.Executor`.

    Args:
        setup: What workers are told.
        made: The frames: a data set.
    """

    def __init__(self, setup: dict[str, Any], made: Dataset) -> None:
        self._layout = DatasetLayout(Path(setup["out"]))
        self.seconds = 0.0
        self.hello = {"fingerprint": made.manifest.fingerprint}
        self._made = [_Template.of(frame) for frame in made]

    def run(self, chunks: Iterable[Sequence[int]]) -> Iterator[FrameOutcome]:
        """Write every frame of every chunk and yield its outcome."""
        writer = FrameWriter(self._layout, load_manifest(self._layout))
        for chunk in chunks:
            for index in chunk:
                start = time.process_time()
                template = self._made[index % len(self._made)]
                origin = template.record["scene"]["origin"] | {"frame": index, "scene_index": index}
                record = template.record | {"frame": index, "scene": template.record["scene"] | {"origin": origin}}
                writer.write(record, template.captured, encoded={"image": template.picture})
                self.seconds += time.process_time() - start
                yield FrameOutcome(index, True, counts=template.counts)

    def finish_started(self) -> Iterator[FrameOutcome]:
        """Nothing is ever under way."""
        return iter(())

    def close(self) -> None:
        """Nothing is held."""


@dataclass(frozen=True)
class _Template:
    """What is written of a frame but its index; the label images are never looked at, since only the picture is."""

    record: dict[str, Any]
    captured: CapturedFrame
    picture: bytes
    counts: dict[str, int]

    @classmethod
    def of(cls, frame: DatasetFrame) -> _Template:
        line = read_line(frame.layout, frame.index)
        assert line is not None
        rgb = frame.rgb()
        nothing = LabelImages(np.zeros(rgb.shape[:2], np.uint16), np.zeros(rgb.shape[:2], np.float32), None, {})
        counts = Counter(label.category for label in frame.labels() if label.category is not None)
        return cls(json.loads(line), CapturedFrame(rgb, nothing, 0.0), frame.path("image").read_bytes(), dict(counts))


class Times:
    """Processor seconds by step; steps of one name add up."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    @contextmanager
    def of(self, name: str) -> Iterator[None]:
        """Time what runs inside."""
        start = time.process_time()
        yield
        self.seconds[name] = self.seconds.get(name, 0.0) + time.process_time() - start

    def wrap(self, name: str, stack: ExitStack) -> None:
        """Time a function wherever the pipeline calls it, until the stack is closed."""
        for module in _using(name):
            stack.enter_context(mock.patch.object(module, name, self._timed(name, getattr(module, name))))

    def _timed(self, name: str, called: Callable[..., Any]) -> Callable[..., Any]:
        def timed(*args: Any, **options: Any) -> Any:
            with self.of(name):
                return called(*args, **options)

        return timed


def _using(name: str) -> list[Any]:
    """Return the modules of the pipeline that a run goes through and that have a function under this name."""
    modules = [module for path, module in sys.modules.items() if path.startswith("synthvision.pipeline.")]
    return [module for module in modules if callable(getattr(module, name, None))]


def step_draw(folder: Path, frames: int) -> dict[str, Any]:
    """Draw the few frames."""
    run.render_job(_job(folder, TEMPLATES), folder / "drawn", workers=1)
    return {}


def step_render(folder: Path, frames: int) -> dict[str, Any]:
    """Run the job; the writing of frames, which is the workers' part, is told apart."""
    job, drawn = _job(folder, frames), open_dataset(folder / "drawn")
    times, pools = Times(), []
    start = 0.0

    def load(group: str, name: str) -> Any:
        if group != "executors":
            return load_plugin(group, name)

        def make(setup: dict[str, Any], options: ExecutorOptions) -> Rewriter:
            nonlocal start
            pools.append(Rewriter(setup, drawn))
            start = time.process_time()
            return pools[-1]

        return make

    with ExitStack() as stack:
        for name in ("merge_records", "export_dataset", "preview_folder"):
            times.wrap(name, stack)
        for module in _using("load_plugin"):
            stack.enter_context(mock.patch.object(module, "load_plugin", load))
        summary = run.render_job(job, folder / "set", workers=1)
    if summary.exit_code or summary.done != frames:
        raise SystemExit(f"the run must make {frames} frames, made {summary.done}: {summary.errors}")
    rest = time.process_time() - start - pools[0].seconds - sum(times.seconds.values())
    return {
        "frames": frames,
        "annotations": sum(summary.counts.values()),
        "write_frames": pools[0].seconds,
        **times.seconds,
        "everything_else": rest,
    }


def _job(folder: Path, frames: int) -> Job:
    path = folder / "job.yaml"
    path.write_text(JOB)
    return load_job(path, [f"frames={frames}"])


def step_recover(folder: Path, frames: int) -> dict[str, Any]:
    """Look the data set through, as a run that is resumed does."""
    times = Times()
    with times.of("recover"):
        found = recover(DatasetLayout(folder / "set"))
    assert len(found.frames) == frames
    return times.seconds


def step_convert(folder: Path, frames: int) -> dict[str, Any]:
    """Convert to COCO with a split by scene."""
    times = Times()
    with times.of("convert"):
        made = convert_dataset(
            folder / "set", "coco", folder / "coco", split={"train": 0.8, "val": 0.1, "test": 0.1}, split_by="scene"
        )
    assert sum(counts.images for counts in made.parts.values()) == frames
    shutil.rmtree(folder / "coco")
    return times.seconds


STEPS = {"draw": step_draw, "render": step_render, "recover": step_recover, "convert": step_convert}


def peak_mib() -> float:
    """Return the largest memory that this process has held."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def run_step(name: str, folder: Path, frames: int) -> dict[str, Any]:
    """Run one step in a process of its own; peaks are in MiB."""
    command = [sys.executable, __file__, "--step", name, "--folder", str(folder), "--frames", str(frames)]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    result: dict[str, Any] = json.loads(done.stdout)
    return result


def measure(frames: int, keep: Path | None) -> dict[str, Any]:
    """Return the figures of all steps for one number of frames."""
    figures: dict[str, Any] = {}
    with tempfile.TemporaryDirectory(dir=keep) as name:
        for step in STEPS:
            figures[step] = run_step(step, Path(name), frames)
            print(f"{frames} frames, {step}: {figures[step]}", file=sys.stderr, flush=True)
    return figures


def verdict(by_frames: dict[int, dict[str, Any]]) -> dict[str, Any]:
    """Return speed, growth of memory and of time, and whether they hold."""
    fewer, more = min(by_frames), max(by_frames)
    render = by_frames[more]["render"]
    speed = render["annotations"] / render["export_dataset"]
    merging = render["annotations"] / (render["export_dataset"] + render["merge_records"])
    grown = {
        step: figures["peak_mib"] - figures["before_mib"] for step, figures in by_frames[more].items() if step != "draw"
    }
    ratios = {
        step: {name: value / by_frames[fewer][step][name] for name, value in figures.items() if name in TIMED}
        for step, figures in by_frames[more].items()
        if step != "draw"
    }
    allowed = TIMES_FOR_TWICE * more / fewer / 2
    linear = more == fewer or all(ratio <= allowed for step in ratios.values() for ratio in step.values())
    return {
        "annotations_per_second_coco": round(speed),
        "annotations_per_second_merge_and_coco": round(merging),
        "grown_mib": grown,
        "times": ratios,
        "holds": speed >= ANNOTATIONS_PER_SECOND and max(grown.values()) <= GROWTH_MIB and linear,
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--frames", type=int, nargs="+", default=[50_000, 100_000])
    parser.add_argument("--folder", type=Path, help="where to write; the system's temporary folder if left out")
    parser.add_argument("--json", type=Path)
    parser.add_argument("--step", choices=STEPS, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.step:
        before = peak_mib()
        figures = STEPS[arguments.step](arguments.folder, arguments.frames[0])
        print(json.dumps({"before_mib": before, **figures, "peak_mib": peak_mib()}))
        return 0
    by_frames = {frames: measure(frames, arguments.folder) for frames in sorted(set(arguments.frames))}
    result = {"frames": by_frames, **verdict(by_frames)}
    text = json.dumps(result, indent=2, sort_keys=True)
    if arguments.json:
        arguments.json.write_text(text + "\n")
    print(text)
    return 0 if result["holds"] else 1


if __name__ == "__main__":
    sys.exit(main())
