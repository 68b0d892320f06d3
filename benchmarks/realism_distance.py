"""Do refiners bring renders nearer to photos? A generator is trained, and every chain measured on photos kept back.

    python benchmarks/realism_distance.py cards dice --work DIR [--part validation] [--steps N]

For each job: its renders, and others that nothing is learned from; the photos of ../shared/real split 60/20/20 by near
duplicates; CUT behind the cheap chain, on training photos, with the weights kept that are nearest to the validation
photos by both extractors; then the distances of render, FDA, each step of the chain and what the guard lets pass, on
crops of the same classes, to the test photos. The result is benchmarks/results/realism_JOB.json, sheets to look at lie
in DIR. What is there already is not made again, and a training is resumed. `--part validation` measures against those
photos instead and writes into DIR: tuning must not look at the test photos.

The extractors are fixed ones of this project, whose figures cannot be compared with published ones.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np

ROOT = Path(__file__).resolve().parent.parent
SHARED = ROOT.parent / "shared"
RESULTS = ROOT / "benchmarks" / "results"

LICENCES = {"cards": "Apache-2.0", "dice": "BSD-3-Clause"}
# Three minutes of one core each. The crops of the measure hold an object whole.
TRAINING: dict[str, dict[str, Any]] = {
    "cards": {"evaluate_crop": 256, "flip": False},
    "dice": {"evaluate_crop": 128, "flip": True},
}
COMMON = {
    "method": "cut", "steps": 500, "crop": 96, "width": 12, "blocks": 3, "downs": 2, "most_change": 0.15,
    "discriminator_width": 24, "discriminator_layers": 2, "discriminator_scales": 2, "learning_rate": 1e-3,
    "decay_from": 0.6, "ema": 0.99, "nce_weight": 0.02, "nce_patches": 128, "structure_weight": 0.3,
    "tone_weight": 100.0, "class_crops": True, "class_crop_px": 64, "held_out": 0.2, "evaluate_every": 50,
    "evaluate_crops": 40, "log_every": 20, "sheet_every": 50, "save_every": 50, "patience": 0, "cache_mib": 512,
    "device": "cpu",
}  # fmt: skip
EXTRACTORS = ("statistics", "random")
UNSEEN_SEED = 1000
PER_CLASS = 40


def render(job: str, folder: Path, frames: int, seed: int, *sets: str) -> None:
    """Render a job, or the rest of it."""
    from synthvision.dataset.reader import open_dataset

    if (folder / "annotations" / "instances.json").is_file() and len(open_dataset(folder)) >= frames:
        return
    environment = {"SYNTHVISION_ASSETS": f"shared={SHARED / 'assets'}", **os.environ}
    options = ["--frames", frames, "--seed", seed, "--workers", 1, "--out", folder]
    options += [word for each in sets for word in ("--set", each)]
    if (folder / "manifest.json").is_file():
        options.append("--resume")
    command = [sys.executable, "-m", "synthvision", "render", job, *options]
    subprocess.run(list(map(str, command)), check=True, env=environment, stdout=subprocess.DEVNULL)


def split_photos(job: str, folder: Path) -> dict[str, Path]:
    """Write the three parts of the photos as COCO files."""
    from synthvision.evaluate.labelled_set import open_set
    from synthvision.evaluate.splits import split_three

    names = ("training", "validation", "test")
    parts = {name: folder / f"photos_{name}.json" for name in names}
    if all(path.is_file() for path in parts.values()):
        return parts
    source = SHARED / "real" / job / "annotations.json"
    data = json.loads(source.read_text(encoding="utf-8"))
    places = {entry["id"]: (source.parent / entry["file_name"]).resolve() for entry in data["images"]}
    for name, part in zip(names, split_three(open_set(source), seed=0), strict=True):
        wanted = {path.resolve() for path in part.photos.paths}
        images = [{**e, "file_name": str(places[e["id"]])} for e in data["images"] if places[e["id"]] in wanted]
        ids = {entry["id"] for entry in images}
        boxes = [entry for entry in data["annotations"] if entry["image_id"] in ids]
        parts[name].write_text(json.dumps({**data, "images": images, "annotations": boxes}), encoding="utf-8")
    return parts


def chains(reference: str, renders: str, model: str) -> dict[str, list[dict[str, Any]]]:
    """Every chain that is measured, as a realism section takes it."""
    colour = {"kind": "colour", "reference": reference, "renders": renders}
    sensor = {"kind": "sensor", "reference": reference}
    generator = {"kind": "generator", "weights": model}
    return {
        "FDA": [{"kind": "fourier", "reference": reference, "most_gain": None}],
        "colour": [colour],
        "colour, sensor": [colour, sensor],
        "colour, sensor, CUT": [colour, sensor, generator],
    }


def train_generator(job: str, folder: Path, parts: dict[str, Path], cheap: Sequence[Any], steps: int | None) -> None:
    """Train behind the cheap chain, unless that is done."""
    from synthvision.realism.training.config import TrainingSpec
    from synthvision.realism.training.progress import progress_line
    from synthvision.realism.training.run import train

    if (folder / "training" / "model" / "model.json").is_file():
        return
    settings = {**COMMON, **TRAINING[job], "before": cheap, "real_licence": LICENCES[job]}
    spec = TrainingSpec.model_validate(settings | ({} if steps is None else {"steps": steps}))
    train(
        spec, folder / "renders", parts["training"], folder / "training",
        validation=parts["validation"], base=folder, resume=True,
        progress=lambda state: print(progress_line(state), file=sys.stderr, flush=True),
    )  # fmt: skip


class Measure:
    """Distances to one set of photos, by crops of the same classes."""

    def __init__(self, photos: Path, frames: Sequence[Any]) -> None:
        from synthvision.features.extractor import load_extractor
        from synthvision.features.photos import open_photos

        self.photos = open_photos(photos)
        self.frames = frames
        self.extractors = [load_extractor(name) for name in EXTRACTORS]

    def of_pictures(self, pictures: Sequence[Any]) -> tuple[dict[str, Any], list[Any]]:
        """Figures, and the crops that they are of."""
        labels = [[label for label in frame.labels() if label.box_xyxy is not None] for frame in self.frames]
        return self._of(
            (picture, [label.box_xyxy for label in found], [label.category for label in found])
            for picture, found in zip(pictures, labels, strict=True)
        )

    def of_photos(self, photos: Path) -> dict[str, Any]:
        """Figures of other photos."""
        from synthvision.features.crops import photo_pictures
        from synthvision.features.photos import open_photos

        return self._of(photo_pictures(open_photos(photos)))[0]

    def _of(self, pictures: Any) -> tuple[dict[str, Any], list[Any]]:
        from synthvision.features.crops import matched_crops, photo_pictures
        from synthvision.features.kernel_distance import kernel_distance

        real, other = matched_crops(photo_pictures(self.photos), pictures, most_per_class=PER_CLASS)
        figures: dict[str, Any] = {"crops": len(real)}
        for extractor in self.extractors:
            found = kernel_distance(
                extractor.features(crop.rgb_hwc for crop in real), extractor.features(crop.rgb_hwc for crop in other)
            )
            figures[extractor.name] = {"distance": round(found.value, 4), "std": round(found.std, 4), "p": found.p}
        return figures, [crop.rgb_hwc for crop in other]


class Chains:
    """Refiners that several chains share, each opened once and given each picture once."""

    def __init__(self, folder: Path) -> None:
        from synthvision.realism.guard.config import GuardSpec
        from synthvision.realism.guard.guard import Guard

        self._folder = folder
        self._guard = Guard(GuardSpec(), folder, "cpu")
        self._opened: dict[str, Any] = {}
        self._made: dict[str, tuple[list[Any], float]] = {}

    def pictures(self, refiners: Sequence[Any], inputs: Sequence[Any]) -> tuple[list[Any], float]:
        """What a chain makes, and the seconds that a picture takes."""
        if not refiners:
            return [given.rgb_hwc for given in inputs], 0.0
        key = json.dumps(refiners)
        if key not in self._made:
            before, seconds = self.pictures(refiners[:-1], inputs)
            opened = self._chain(refiners)
            start = time.process_time()
            made = [
                opened[-1].refine([replace(given, rgb_hwc=picture)])[0]
                for given, picture in zip(inputs, before, strict=True)
            ]
            self._made[key] = made, seconds + (time.process_time() - start) / len(inputs)
        return self._made[key]

    def forget(self) -> None:
        """Drop the pictures, so that they are made again; the refiners stay open."""
        self._made.clear()

    def _chain(self, refiners: Sequence[Any]) -> list[Any]:
        from synthvision.realism.before import check_before
        from synthvision.realism.config import RealismSpec
        from synthvision.realism.stage import open_refiner

        specs = RealismSpec.model_validate({"refiners": refiners}).refiners
        for spec in specs:
            if str(spec) not in self._opened:
                self._opened[str(spec)] = open_refiner(spec, self._folder, "cpu")
        opened = [self._opened[str(spec)] for spec in specs]
        check_before(specs, opened)
        return opened

    def guarded(self, refiners: Sequence[Any], inputs: Sequence[Any]) -> tuple[list[Any], dict[str, Any]]:
        """What the guard lets pass of it, and what it decided."""
        from synthvision.realism.run import RealismCounts

        made, seconds = self.pictures(refiners, inputs)
        smallest = max(refiner.smallest_px for refiner in self._chain(refiners))
        counts, passed = RealismCounts(), []
        start = time.process_time()
        for given, picture in zip(inputs, made, strict=True):
            judged = self._guard.judge(
                given.rgb_hwc, picture, given.id_hw, given.record.instances, smallest_px=smallest
            )
            passed.append(judged.rgb_hwc)
            counts.pictures[judged.realism.decision] += 1
            counts.instances.update(each.decision for each in judged.realism.instances)
        whole = counts.pictures.total()
        return passed, {
            "pictures": dict(sorted(counts.pictures.items())),
            "instances": dict(sorted(counts.instances.items())),
            "pictures_passed": round(counts.pictures["refined"] / whole, 4),
            "instances_passed": round(counts.passed_share, 4),
            "refine_seconds": round(seconds, 4),
            "guard_seconds": round((time.process_time() - start) / whole, 4),
        }


def speed(job: str, folder: Path, refiners: Sequence[Any]) -> dict[str, float]:
    """Seconds of one core for a picture of 512 x 512, refined and guarded; reading and writing are not in it."""
    from synthvision.dataset.reader import open_dataset
    from synthvision.realism.inputs import refine_input

    render(job, folder / "square", 6, UNSEEN_SEED, "image={width: 512, height: 512}")
    inputs = [refine_input(frame, (), 0) for frame in open_dataset(folder / "square")]
    chain = Chains(folder)
    # Once before the clock: the first pictures pay for memory and kernels.
    chain.pictures(refiners, inputs[:1])
    chain.forget()
    figures = chain.guarded(refiners, inputs)[1]
    refine, guard = figures["refine_seconds"], figures["guard_seconds"]
    return {
        "refine_seconds": refine,
        "guard_seconds": guard,
        "images_per_second": round(1 / (refine + guard), 2),
        "guard_share": round(guard / (refine + guard), 4),
    }


def losses_of(training: Path) -> dict[str, Any]:
    """Losses of the first and of the last tenth, and every measure of progress."""
    lines = [json.loads(line) for line in (training / "losses.jsonl").read_text(encoding="utf-8").splitlines()]
    tenth = max(len(lines) // 10, 1)
    mean = lambda part, name: round(float(np.mean([line["losses"][name] for line in part])), 4)  # noqa: E731
    return {
        "losses": {
            name: [mean(lines[:tenth], name), mean(lines[-tenth:], name)] for name in sorted(lines[0]["losses"])
        },
        "progress": [
            {key: value for key, value in line.items() if key != "losses"} for line in lines if "distance" in line
        ],
    }


def save_rows(path: Path, rows: dict[str, Sequence[Any]], side: int) -> None:
    """A sheet with a titled row of each."""
    tiles = []
    for name, pictures in rows.items():
        title = np.full((18, side * len(pictures), 3), 255, np.uint8)
        cv2.putText(title, name, (4, 13), cv2.FONT_HERSHEY_SIMPLEX, 0.42, (0, 0, 0), 1, cv2.LINE_AA)
        shown = []
        for picture in pictures:
            scale = side / max(picture.shape[:2])
            size = max(round(picture.shape[1] * scale), 1), max(round(picture.shape[0] * scale), 1)
            cell = np.full((side, side, 3), 255, np.uint8)
            cell[: size[1], : size[0]] = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
            shown.append(cell)
        tiles += [title, np.hstack(shown)]
    cv2.imwrite(str(path), cv2.cvtColor(np.vstack(tiles), cv2.COLOR_RGB2BGR))


def run(job: str, arguments: argparse.Namespace) -> dict[str, Any]:
    """Everything for one job."""
    from synthvision.dataset.reader import open_dataset
    from synthvision.realism.inputs import refine_input

    folder = arguments.work / job
    folder.mkdir(parents=True, exist_ok=True)
    render(job, folder / "renders", arguments.frames, 0)
    render(job, folder / "unseen", arguments.unseen, UNSEEN_SEED)
    parts = split_photos(job, folder)
    listed = chains(parts["training"].name, "renders/annotations/instances.json", "training/model")
    train_generator(job, folder, parts, listed["colour, sensor"], arguments.steps)
    card = json.loads((folder / "training" / "model" / "model.json").read_text(encoding="utf-8"))

    unseen = open_dataset(folder / "unseen")
    frames = [unseen.frame(index) for index in unseen.indices[: arguments.unseen]]
    measure = Measure(parts[arguments.part], frames)
    inputs = [refine_input(frame, (), 0) for frame in frames]
    pictures: dict[str, Sequence[Any]] = {"render": [given.rgb_hwc for given in inputs]}
    rows: dict[str, Any] = {"photos of the training part": measure.of_photos(parts["training"])}
    crops = {}
    rows["render"], crops["render"] = measure.of_pictures(pictures["render"])
    made = Chains(folder)
    for name, refiners in listed.items():
        accepted, figures = made.guarded(refiners, inputs)
        pictures[name] = made.pictures(refiners, inputs)[0]
        rows[name], crops[name] = measure.of_pictures(pictures[name])
        rows[name]["guard"] = figures
    guarded = "colour, sensor, CUT, guard"
    rows[guarded], crops[guarded] = measure.of_pictures(accepted)
    pictures[guarded] = accepted
    for row in rows.values():
        for name in EXTRACTORS:
            row[name]["change"] = round(row[name]["distance"] / rows["render"][name]["distance"] - 1, 4)
    last = rows[guarded]
    falls = [-last[name]["change"] for name in EXTRACTORS]
    beats = all(last[name]["distance"] < rows["FDA"][name]["distance"] for name in EXTRACTORS)
    passed = rows["colour, sensor, CUT"]["guard"]["instances_passed"]

    shown = np.linspace(0, len(frames) - 1, 6).astype(int)
    photos = [measure.photos.load(int(i)) for i in np.linspace(0, len(measure.photos) - 1, 6)]
    sheet = {name: [each[i] for i in shown] for name, each in pictures.items()} | {"photos": photos}
    save_rows(folder / f"pictures_{arguments.part}.png", sheet, 320)
    save_rows(folder / f"crops_{arguments.part}.png", {name: each[:: max(len(each) // 14, 1)][:14]
                                                       for name, each in crops.items()}, 96)  # fmt: skip
    return {
        "holds": min(falls) >= 0.3 and beats and passed > 0.8,
        "least_fall": round(min(falls), 4),
        "beats_fda": beats,
        "instances_passed": passed,
        "part": arguments.part,
        "photos": {name: len(json.loads(path.read_text(encoding="utf-8"))["images"]) for name, path in parts.items()},
        "frames": {"training": arguments.frames, "unseen": arguments.unseen},
        "job_sha256": unseen.manifest.config_hash,
        "rows": rows,
        "speed_512": speed(job, folder, listed["colour, sensor, CUT"]),
        "model": {
            "sha256": card["sha256"],
            "step": card["steps"],
            "validation": card["distances"],
            "validation_given": card["given_distances"],
            "validation_render": card["render_distances"],
        },
        "settings": {**COMMON, **TRAINING[job], "steps": card["training"]["steps"]},
        **losses_of(folder / "training"),
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("jobs", nargs="+", choices=sorted(TRAINING))
    parser.add_argument("--work", type=Path, required=True, help="where renders, training and sheets go")
    parser.add_argument("--part", choices=["validation", "test"], default="test")
    parser.add_argument("--frames", type=int, default=200, help="renders to learn from")
    parser.add_argument("--unseen", type=int, default=60, help="renders to measure")
    parser.add_argument("--steps", type=int, help="other than those of the settings")
    parser.add_argument("--threads", type=int, default=1)
    arguments = parser.parse_args()
    import torch

    torch.set_num_threads(arguments.threads)
    cv2.setNumThreads(arguments.threads)
    for job in arguments.jobs:
        result = run(job, arguments)
        out = RESULTS / f"realism_{job}.json" if arguments.part == "test" else arguments.work / job / "validation.json"
        out.write_text(json.dumps(result, indent=2, sort_keys=True) + "\n", encoding="utf-8")
        for name, row in result["rows"].items():
            parts = [
                f"{each} {row[each]['distance']:8.3f} ({100 * row[each]['change']:+4.0f} %)" for each in EXTRACTORS
            ]
            guard = row.get("guard")
            passed = f"  passed {100 * guard['instances_passed']:.1f} %" if guard else ""
            print(f"{job} {name:<28} {row['crops']:>4} crops  {'  '.join(parts)}{passed}", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
