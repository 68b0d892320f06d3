"""Does a run survive whatever may happen to it, and end in the bytes of one that nothing happened to?

A small job is rendered once undisturbed. Then again into another folder, while its main process, its workers, or all of
them are killed at random moments, until so many kills have struck; between them, now and then, a shard is cut short, a
picture shortened or lost, a worker stopped so that it hangs. Last, the disk is filled and the clock set back by years.
After each, the run is started again with --resume. In the end every file must be there, once, and equal.

    python benchmarks/faults.py --kills 200 --frames 120 --json FAULTS.json

The full disk needs a file system of its own: a tmpfs that the script mounts, which needs root; without it that fault
is told as not tried.
"""

from __future__ import annotations

import argparse
import json
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

import psutil

from synthvision.core.streams import rng_for

# A run stops while there is room for the annotations: see `synthvision.dataset.writer`.
_RESERVE_BYTES = 4 << 20

JOB = """
scene:
  surface: {pick: ground, size_m: [2, 2], material: {pick: {category: floor}, variants: 1}}
  objects:
    cans:
      pick: can
      variants: 2
      count: {uniform_int: [1, 3]}
      placement: {kind: on_surface, region: {radius_m: 0.2}}
  lights: {sun: {kind: sun, illuminance_lux: 40000, elevation_deg: {uniform: [30, 70]}}}
  environment: {pick: studio, illuminance_lux: 4000, variants: 1}
  camera: {kind: shell, fill: {uniform: [0.7, 1.3]}, fov_deg: 45}
classes: [{name: can, match: {category: can}}]
image: {width: 64, height: 64}
output: {depth: true, ids: true}
"""


def files_of(root: Path) -> dict[str, bytes]:
    """Return the bytes of every file below a folder."""
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in sorted(root.rglob("*")) if path.is_file()}


class Trial:
    """One run that is disturbed again and again.

    Args:
        job: The job file.
        folder: Where the data set is to be.
        frames: How many.
        seed: Of the disturbances.
    """

    def __init__(self, job: Path, folder: Path, frames: int, seed: int) -> None:
        self.folder = folder
        self.struck: Counter[str] = Counter()
        self._rng = rng_for(seed, 0, "benchmark.faults")
        self._command = [
            sys.executable, "-m", "synthvision", "render", str(job), "--frames", str(frames), "--workers", "2",
            "--resume", "--frame-timeout", "15", "--out", str(folder),
        ]  # fmt: skip

    def start(self) -> subprocess.Popen[bytes]:
        """Start the run, or go on with it."""
        return subprocess.Popen(self._command, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)

    def disturb(self, kills: int) -> None:
        """Strike until so many processes were killed."""
        while sum(count for name, count in self.struck.items() if name.startswith("kill")) < kills:
            process = self.start()
            self._strike_while(process, kills)
            self._harm_files()

    def finish(self) -> int:
        """Let the run end, and return its exit code."""
        return self.start().wait(timeout=1800)

    def _strike_while(self, process: subprocess.Popen[bytes], kills: int) -> None:
        """Strike at random moments until the main process is gone."""
        while process.poll() is None:
            time.sleep(self._rng.uniform(0.2, 9.0))
            workers = self._workers(process)
            what = self._rng.choice(["worker", "main", "all", "hang", "interrupt"], p=[0.5, 0.25, 0.1, 0.05, 0.1])
            if process.poll() is not None:
                return
            if what == "worker" and workers:
                workers[self._rng.integers(len(workers))].kill()
                self.struck["kill worker"] += 1
            elif what == "hang" and workers:
                workers[self._rng.integers(len(workers))].suspend()
                self.struck["hang worker"] += 1
            elif what == "main":
                process.kill()
                self.struck["kill main"] += 1
            elif what == "interrupt":
                process.send_signal(signal.SIGTERM)
                self.struck["terminate"] += 1
                process.wait(timeout=300)
            elif what == "all":
                for each in [*workers, psutil.Process(process.pid)]:
                    each.kill()
                self.struck["kill all"] += 1
            if sum(count for name, count in self.struck.items() if name.startswith("kill")) >= kills:
                process.kill()
        process.wait()

    def _workers(self, process: subprocess.Popen[bytes]) -> list[psutil.Process]:
        try:
            return [
                each
                for each in psutil.Process(process.pid).children()
                if "synthvision.pipeline.worker" in each.cmdline()
            ]
        except psutil.Error:
            return []

    def _harm_files(self) -> None:
        """Do to files what a power cut may: nobody is writing now."""
        if self._rng.random() > 0.25:
            return
        shards = list(self.folder.glob("records/*.jsonl")) + list(self.folder.glob("records/.parts/*.json"))
        pictures = list(self.folder.glob("images/*/*.png"))
        what = self._rng.choice(["cut record", "cut picture", "lose picture"])
        among = shards if what == "cut record" else pictures
        if not among:
            return
        path = among[self._rng.integers(len(among))]
        self.struck[str(what)] += 1
        if what == "lose picture":
            path.unlink()
        else:
            data = path.read_bytes()
            path.write_bytes(data[: self._rng.integers(len(data))])


def full_disk(job: Path, work: Path, frames: int, whole: dict[str, bytes]) -> dict[str, Any]:
    """Fill a small file system, make room by growing it, go on: the same bytes must come out."""
    disk = work / "disk"
    disk.mkdir()
    size = sum(map(len, whole.values()))
    if subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={size // 2 + _RESERVE_BYTES}", "tmpfs", disk], check=False
    ).returncode:
        return {"tried": False, "why": "a file system could not be mounted"}
    try:
        trial = Trial(job, disk / "set", frames, 0)
        first = subprocess.run(trial._command, capture_output=True, text=True, check=False)
        told = "the disk is full" in first.stderr and "--resume" in first.stderr
        subprocess.run(["mount", "-o", "remount,size=2G", disk], check=True)
        code = trial.finish()
        return {
            "tried": True,
            "first_exit_code": first.returncode,
            "told": told,
            "exit_code": code,
            "equal": files_of(disk / "set") == whole,
        }
    finally:
        subprocess.run(["umount", disk], check=False)


def clock_jump(job: Path, work: Path, frames: int, whole: dict[str, bytes]) -> dict[str, Any]:
    """Render under a clock that runs backwards by years now and then, as an environment can pretend."""
    program = (
        "import time, sys; real = time.time; count = [0]\n"
        "def jumping():\n    count[0] += 1\n    return real() - 10**8 * (count[0] % 3)\n"
        "time.time = jumping\nfrom synthvision.cli.main import main\nsys.exit(main(sys.argv[1:]))"
    )
    command = [sys.executable, "-c", program, "render", str(job), "--frames", str(frames), "--out", str(work / "clock")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return {"exit_code": done.returncode, "equal": files_of(work / "clock") == whole}


def main() -> int:
    """Run all trials; exit code 1 where a byte differs."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--frames", type=int, default=120)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    work = Path(tempfile.mkdtemp(prefix="synthvision-faults-"))
    try:
        job = work / "job.yaml"
        job.write_text(JOB)
        command = [sys.executable, "-m", "synthvision", "render", job, "--frames", arguments.frames, "--workers", 2]
        subprocess.run([*map(str, command), "--out", str(work / "whole")], check=True, stderr=subprocess.DEVNULL)
        whole = files_of(work / "whole")
        struck: Counter[str] = Counter()
        ended: list[dict[str, Any]] = []
        while (left := arguments.kills - sum(n for name, n in struck.items() if name.startswith("kill"))) > 0:
            folder = work / f"trial_{len(ended)}"
            trial = Trial(job, folder, arguments.frames, arguments.seed + len(ended))
            start = time.monotonic()
            # A set that is done cannot be struck any more: a trial takes some strikes, then the next begins.
            trial.disturb(min(left, 20))
            code = trial.finish()
            found = files_of(folder)
            invalid = subprocess.run(
                [sys.executable, "-m", "synthvision", "validate", str(folder)], capture_output=True, check=False
            )
            ended.append(
                {
                    "struck": dict(trial.struck),
                    "exit_code": code,
                    "missing": sorted(whole.keys() - found.keys())[:9],
                    "extra": sorted(found.keys() - whole.keys())[:9],
                    "different": sorted(name for name in whole.keys() & found.keys() if whole[name] != found[name])[:9],
                    "validate_exit_code": invalid.returncode,
                    "seconds": round(time.monotonic() - start),
                }
            )
            struck += trial.struck
            shutil.rmtree(folder)
            print(json.dumps(ended[-1]), file=sys.stderr, flush=True)
        figures = {
            "frames": arguments.frames,
            "struck": dict(struck),
            "trials": ended,
            "full_disk": full_disk(job, work, arguments.frames, whole),
            "clock_jump": clock_jump(job, work, arguments.frames, whole),
        }
    finally:
        shutil.rmtree(work, ignore_errors=True)
    sound = all(
        each["exit_code"] == each["validate_exit_code"] == 0
        and not (each["missing"] + each["extra"] + each["different"])
        for each in ended
    )
    disk = figures["full_disk"]
    figures["holds"] = (
        sound and figures["clock_jump"]["equal"] and (not disk["tried"] or (disk["told"] and disk["equal"]))
    )
    print(json.dumps(figures, indent=2))
    if arguments.json:
        arguments.json.write_text(json.dumps(figures, indent=2) + "\n")
    return 0 if figures["holds"] else 1


if __name__ == "__main__":
    sys.exit(main())
