"""What the renders of `cards` and `dice` are worth to a detector that is tested on real photos.

    python benchmarks/sim2real.py cards|dice [--frames N] [--steps N] [--seeds 0,1,2] [--realism FILE] [--rows A,B]
                                  [--ratios A,B] [--no-curve] [--test] [--work FOLDER] [--renders FOLDER]
                                  [--photos FOLDER] [--assets FOLDER] [--json FILE]

Renders the job where its frames are not there yet, refines them where a realism file is given, splits the real photos
60/20/20 by near-duplicate group with seed 0, trains every row with the built-in detector, and writes
``benchmarks/results/sim2real_JOB.json``. No render has seen a real photo; the detector's working size is fitted on the
real training photos and is the same for all rows. What is there in the work folder is not done again. Without
``--test`` the figures are those of the validation part, and the test part is not read.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from pathlib import Path

from synthvision.dataset.atomic import write_text
from synthvision.dataset.layout import DatasetLayout
from synthvision.dataset.manifest import load_manifest
from synthvision.evaluate.sim2real.cells import Cell
from synthvision.evaluate.sim2real.config import Sim2RealSpec
from synthvision.evaluate.sim2real.run import Sim2RealSources, run_sim2real

ROOT = Path(__file__).resolve().parent.parent
SHARED = ROOT.parent / "shared"

#: What differs between the jobs: dice lie as they fall and are seen from above, so that every turn is as likely; a
#: mirrored card shows another card.
TRAINING = {
    "cards": {"augmentation": {"turns": True}},
    "dice": {"augmentation": {"turns": True, "flip_horizontal": True, "flip_vertical": True}},
}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("job", choices=sorted(TRAINING))
    parser.add_argument("--frames", type=int, default=1000)
    parser.add_argument("--steps", type=int, default=None, help="of each training; the detector's default if left out")
    parser.add_argument("--seeds", default="0,1,2")
    parser.add_argument("--rows", default="", help="kinds of rows, as in the settings; all if left out")
    parser.add_argument("--ratios", default="", help="shares of real photos of the mixed rows")
    parser.add_argument("--realism", type=Path, default=None, help="realism file for the refined row")
    parser.add_argument("--no-curve", action="store_true")
    parser.add_argument("--test", action="store_true", help="read the test part, which is counted")
    parser.add_argument("--work", type=Path, default=ROOT / "sim2real", help="renders and trainings")
    parser.add_argument("--renders", type=Path, default=None, help="a data set that is there, in place of a new one")
    parser.add_argument("--photos", type=Path, default=SHARED / "real")
    parser.add_argument("--assets", type=Path, default=SHARED / "assets")
    parser.add_argument("--json", type=Path, default=None)
    chosen = parser.parse_args()

    renders = chosen.renders or chosen.work / f"{chosen.job}-renders"
    if chosen.renders is None:
        render(chosen.job, chosen.frames, chosen.assets, renders)
    refined = []
    if chosen.realism is not None:
        refined = [chosen.work / f"{chosen.job}-refined"]
        if not refined[0].is_dir():
            synthvision("realism", "apply", renders, "--with", chosen.realism, "--out", refined[0], "--workers", "1")
    training = dict(TRAINING[chosen.job])
    if chosen.steps is not None:
        training["steps"] = chosen.steps
    settings = {"training": training, "seeds": [int(seed) for seed in chosen.seeds.split(",")]}
    settings["curve"] = [] if chosen.no_curve else [0.25, 0.5]
    if chosen.rows:
        settings["rows"] = chosen.rows.split(",")
    if chosen.ratios:
        settings["ratios"] = [float(share) for share in chosen.ratios.split(",")]
    out = chosen.work / f"{chosen.job}-trainings"
    result = run_sim2real(
        Sim2RealSpec.model_validate(settings),
        Sim2RealSources(chosen.photos / chosen.job / "annotations.json", (renders,), tuple(refined)),
        out,
        read_test=chosen.test,
        resume=out.is_dir() and any(out.iterdir()),
        progress=say,
    )
    report = result.report
    if report is None:
        return 1
    command = [f"python benchmarks/sim2real.py {chosen.job}", f"--frames {chosen.frames}", f"--seeds {chosen.seeds}"]
    command += [f"--{name} {getattr(chosen, name)}" for name in ("steps", "rows", "ratios") if getattr(chosen, name)]
    command += ["--no-curve"] if chosen.no_curve else []
    command += [f"--realism {chosen.realism.name}"] if chosen.realism is not None else []
    command += ["--test"] if chosen.test else []
    figures = {
        "command": " ".join(command),
        "commit": commit(),
        "renders_config_hash": load_manifest(DatasetLayout(renders)).config_hash,
        "sentences": list(report.sentences()),
        **report.to_json(),
    }
    target = chosen.json or ROOT / "benchmarks" / "results" / f"sim2real_{chosen.job}.json"
    write_text(target, json.dumps(figures, indent=2, sort_keys=True, allow_nan=False) + "\n")
    print(report.table())
    for sentence in report.sentences():
        print(sentence)
    return 0


def render(job, frames, assets, out):
    """Render what is missing, pictures and labels alone."""
    options = ["--resume"] if out.is_dir() else []
    os.environ.setdefault("SYNTHVISION_ASSETS", f"shared={assets}")
    # One thread of the software driver for one worker, so that several jobs share a machine.
    os.environ.setdefault("LP_NUM_THREADS", "1")
    synthvision("render", job, "--frames", frames, "--workers", "1", "--out", out, *options)


def synthvision(*words):
    command = [sys.executable, "-m", "synthvision", *map(str, words)]
    if subprocess.run(command, check=False, stdout=subprocess.DEVNULL).returncode:
        raise SystemExit(f"failed: synthvision {' '.join(command[3:])}")


def commit():
    command = ["git", "-C", str(ROOT), "rev-parse", "--short", "HEAD"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def say(cell: Cell, done: int, total: int):
    if done == total or done % max(1, total // 5) == 0:
        print(f"{cell.name}: {done} of {total} steps", file=sys.stderr, flush=True)


if __name__ == "__main__":
    raise SystemExit(main())
