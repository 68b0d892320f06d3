"""Images per second of a fixed scene, end to end, with the share of each stage.

The job ``render_configs/bench.yaml`` samples one scene (20 objects, about 70,000 triangles) and draws it over and over
with everything that a real run does: labels, amodal masks, antialiased picture, PNG, depth, ids, records, COCO.
"""

from __future__ import annotations

import json
import shutil
import statistics
import tempfile
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path

from synthvision.config.job import Job, load_job
from synthvision.core.registry import load_plugin
from synthvision.dataset.manifest import save_manifest
from synthvision.dataset.records import merge_records
from synthvision.dataset.writer import new_folder
from synthvision.library.assets import AssetLibrary
from synthvision.pipeline.effects import EffectCost, measure_effects
from synthvision.pipeline.executors.executor import ExecutorOptions
from synthvision.pipeline.frame import open_library, open_sampler
from synthvision.pipeline.output import export_dataset, new_manifest
from synthvision.pipeline.run import driver_threads_for, worker_setup
from synthvision.pipeline.stages import StageClock
from synthvision.scene import Scene

__all__ = ["BenchReport", "bench_job", "bench_scene", "run_bench"]

#: Frames each worker makes before the clock starts: shaders compile, meshes and textures go to the GPU.
WARM_UP_FRAMES = 3


@dataclass(frozen=True, slots=True)
class BenchReport:
    """What `run_bench` measured.

    Args:
        images_per_second: Median over the rounds, from the first frame handed out to the finished COCO file.
        rounds: Images per second of each round.
        stages: Seconds per image by stage and worker, of the round that is the median.
        start_seconds: From starting the workers until all were ready and warm.
        backend: Renderer.
        driver: OpenGL driver.
        workers: Number of processes.
        frames: Frames per round.
        objects: Objects of the scene.
        triangles: Triangles of the scene.
        peak_rss_mib: Largest resident memory of any worker.
        job: Name of the job.
        effects: What each effect of weather and camera adds to a frame, by name; empty without `detail`.
        fingerprint: What decides the exact bytes of the pictures.
    """

    images_per_second: float
    rounds: list[float]
    stages: dict[str, float]
    start_seconds: float
    backend: str
    driver: str
    workers: int
    frames: int
    objects: int
    triangles: int
    peak_rss_mib: float
    job: str = "bench"
    effects: dict[str, EffectCost] = field(default_factory=dict)
    fingerprint: dict[str, str] = field(default_factory=dict)

    def to_json(self) -> str:
        """Return the report as indented JSON with sorted keys."""
        return json.dumps(asdict(self), indent=2, sort_keys=True)


def bench_job() -> Job:
    """Return the job that `run_bench` renders."""
    return load_job("bench")


def bench_scene(library: AssetLibrary | None = None) -> Scene:
    """Return the scene that `run_bench` renders, for other renderers to draw."""
    job = bench_job()
    return open_sampler(job, library or open_library(job)).sample(0)


def run_bench(
    *, workers: int = 1, frames: int = 60, rounds: int = 3, job: Job | None = None, detail: bool = False
) -> BenchReport:
    """Measure images per second.

    Args:
        workers: Number of processes.
        frames: Frames per round.
        rounds: Rounds; the median counts.
        job: What to render instead of the fixed scene, e.g. quickstart.
        detail: Wait for the driver after each stage, which tells the stages apart and costs a little, and measure what
            each effect of weather and camera adds to a frame.

    Raises:
        GpuUnavailableError: No OpenGL context can be opened.
    """
    measured = job or bench_job()
    library = open_library(measured)
    scene = open_sampler(measured, library).sample(0)
    folder = Path(tempfile.mkdtemp(prefix="synthvision-bench-"))
    try:
        start = time.perf_counter()
        layout = new_folder(folder / "set")
        options = ExecutorOptions(workers=workers, driver_threads=driver_threads_for(workers))
        pool = load_plugin("executors", "local")(worker_setup(measured, layout.root, measure=detail), options)
        try:
            save_manifest(layout, new_manifest(measured, library, range(frames), pool.hello["fingerprint"]))
            warm_up = workers * WARM_UP_FRAMES
            # Frames beyond the round's, so that every frame of the round is new to the output folder.
            list(pool.run([[frames + index] for index in range(warm_up)]))
            start_seconds = time.perf_counter() - start
            rates, clocks, peak = [], [], 0.0
            for _ in range(rounds):
                clock = StageClock()
                begin = time.perf_counter()
                for outcome in pool.run([[index] for index in range(frames)]):
                    clock.add(outcome.seconds)
                    peak = max(peak, outcome.rss_mib)
                with clock.stage("merge"):
                    merge_records(layout)
                    export_dataset(layout)
                rates.append(frames / (time.perf_counter() - begin))
                clocks.append(clock)
                shutil.rmtree(layout.records, ignore_errors=True)
        finally:
            pool.close()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    median = sorted(range(rounds), key=lambda index: rates[index])[rounds // 2]
    fingerprint = pool.hello["fingerprint"]
    return BenchReport(
        images_per_second=statistics.median(rates),
        rounds=rates,
        stages={name: value / frames for name, value in clocks[median].seconds.items()},
        start_seconds=start_seconds,
        backend=measured.render.backend,
        driver=fingerprint.get("renderer.driver", ""),
        workers=workers,
        frames=frames,
        objects=len(scene.objects),
        triangles=sum(library.load_model(item.asset).triangle_count for item in scene.objects),
        peak_rss_mib=peak,
        job=measured.name,
        effects=measure_effects(measured, threads=driver_threads_for(workers)) if detail else {},
        fingerprint=fingerprint,
    )
