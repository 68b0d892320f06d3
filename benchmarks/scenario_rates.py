"""How often the scenes of each scenario hold their constraints, on the label pass, and how long sampling takes.

python benchmarks/scenario_rates.py [SCENARIO ...] --frames 24 --json RATES.json

A scene that misses a constraint is sampled again; the share of scenes that were refused must stay below one half. The
time is that of one attempt on one core, models in memory: what building a model for the first time takes is measured
by the first of two rounds and left out.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import time
from collections import Counter
from contextlib import suppress
from pathlib import Path
from typing import Any

from synthvision.authoring.scenarios import Scenario, builtin_scenarios
from synthvision.config.job import load_job
from synthvision.config.preflight import open_checked_library
from synthvision.core.errors import ConstraintError, PlacementError
from synthvision.pipeline.frame import FrameMaker
from synthvision.pipeline.refusals import Refusals, attempts_for, missed_by


def rates(scenario: Scenario, frames: int) -> dict[str, Any]:
    """Return acceptance and sampling time of one scenario."""
    if scenario.job is None:
        return {"error": f"no built-in job renders {scenario.extends}"}
    job = load_job(scenario.job, [f"scene={scenario.name}", "views_per_scene=1", f"frames={frames}"])
    refusals, failed, proposals = Refusals(), [], []
    with FrameMaker(job, open_checked_library(job)) as maker:
        for frame in range(frames):
            try:
                scene = maker.accept(frame).scene
            except (ConstraintError, PlacementError) as error:
                failed.append(str(error))
                refusals.attempts += job.scene.max_attempts
                continue
            refusals.add(attempts_for(scene, job), missed_by(scene))
            proposals.append(scene.origin.proposal + 1)
        seconds = [_seconds_to_sample(maker, frame) for frame in range(frames)]
    return {
        "world": scenario.extends,
        "accepted": refusals.accepted,
        "attempts": refusals.attempts,
        "refused_share": refusals.share,
        "missed": dict(refusals.missed.most_common()),
        "cameras_proposed_median": statistics.median(proposals) if proposals else None,
        "sampling_ms_median": 1000 * statistics.median(seconds),
        "failed": failed,
    }


def _seconds_to_sample(maker: FrameMaker, frame: int) -> float:
    # Another frame in between, so that the scene is not the one that is kept. One attempt may find no place; it costs
    # its time all the same.
    for number in (frame, frame + 1_000_000):
        with suppress(PlacementError):
            maker.sample(number)
    start = time.perf_counter()
    with suppress(PlacementError):
        maker.sample(frame)
    return time.perf_counter() - start


def main() -> int:
    """Measure and write the figures; exit code 1 where a scenario refuses half of its scenes or more."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("scenarios", nargs="*")
    parser.add_argument("--frames", type=int, default=24)
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    found = {item.name: item for item in builtin_scenarios()}
    unknown = [name for name in arguments.scenarios if name not in found]
    if unknown:
        parser.error(f"there is no scenario {unknown[0]!r} (there are: {', '.join(found)})")
    figures = {}
    for name in arguments.scenarios or found:
        figures[name] = one = rates(found[name], arguments.frames)
        missed = Counter(one.get("missed", {})).most_common(1)
        print(
            f"{name:<32} {one.get('refused_share', 1.0):4.0%} refused  {one.get('sampling_ms_median', 0):7.1f} ms  "
            f"{missed[0][0] if missed else ''}",
            file=sys.stderr,
            flush=True,
        )
        if arguments.json:
            arguments.json.write_text(json.dumps(figures, indent=2, sort_keys=True) + "\n")
    return 0 if all(one.get("refused_share", 1.0) < 0.5 for one in figures.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
