"""Is the guard of realism right? Limits from some data sets, the test on others, with faults of its own code.

    python benchmarks/guard.py calibrate DATASET... [--frames N] [--skip N] [--json FILE]
    python benchmarks/guard.py test DATASET... [--frames N] [--skip N] [--limits FILE] [--json FILE] [--sheet FOLDER]
    python benchmarks/guard.py marked FOLDER [--json FILE]
    python benchmarks/guard.py speed DATASET [--json FILE]

`test` plants faults that share no code with those of `synthvision.realism.guard.faults`: an object drags its
surroundings along, is replaced by ground from beside it, comes a second time with another size and a soft edge, is
stretched, turned, or bitten into. Two in three are planted into a picture that was changed in colour or noise as well.
A fault is caught if what it changed is not in the final picture any more as true: its instance is put back, or the
picture is; a second object is caught if nine tenths of its pixels are the render's again.
"""

from __future__ import annotations

import argparse
import itertools
import json
import time
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from synthvision.core.streams import rng_for
from synthvision.dataset.reader import open_dataset
from synthvision.realism.guard.calibration import Example, calibrate, examples_of
from synthvision.realism.guard.config import GuardLimits, GuardSpec
from synthvision.realism.guard.guard import Guard, Judged
from synthvision.realism.guard.marks import load_marks, score_marks

SEED = 41127
LEAST_PX = 24
SIZES = ((0, 24, "<24"), (24, 48, "24-47"), (48, 96, "48-95"), (96, 1 << 30, ">=96"), (LEAST_PX, 1 << 30, "all >=24"))
HEADLINE = ("untouched", "colour", "noise")


# What a fault must not be: none of this is code of the package.


def smooth_fill(rgb, hole):
    """The picture with a hole filled from its rim, coarse to fine: each level fills what the next coarser one says."""
    if min(rgb.shape[:2]) < 4 or not hole.any():
        return rgb.copy()
    weight = (~hole).astype(np.float32)
    total = rgb.astype(np.float32) * weight[:, :, None]
    small_w = cv2.pyrDown(weight)
    small = cv2.pyrDown(total) / np.maximum(small_w, 1e-3)[:, :, None]
    below = smooth_fill(small, small_w < 0.05)
    up = cv2.pyrUp(below, dstsize=rgb.shape[1::-1])
    return np.where(hole[:, :, None], up, rgb.astype(np.float32))


def drag(rgb, mask, rng):
    """The object moved by 3 to 8 px, its surroundings stretched along."""
    angle, distance = rng.uniform(0, 2 * np.pi), rng.uniform(3, 8)
    away = cv2.distanceTransform((~mask).astype(np.uint8), cv2.DIST_L2, 5)
    share = 0.5 + 0.5 * np.cos(np.pi * np.clip(away / (4 * distance), 0, 1))
    share = cv2.GaussianBlur(share.astype(np.float32), (0, 0), 1.5)
    # Looking from the new picture back: the object itself must be moved in full.
    y, x = np.mgrid[0 : mask.shape[0], 0 : mask.shape[1]].astype(np.float32)
    ahead = cv2.warpAffine(
        share,
        np.float32([[1, 0, distance * np.cos(angle)], [0, 1, distance * np.sin(angle)]]),
        mask.shape[::-1],
        borderMode=cv2.BORDER_REPLICATE,
    )
    map_x, map_y = x - ahead * distance * np.cos(angle), y - ahead * distance * np.sin(angle)
    return cv2.remap(rgb, np.float32(map_x), np.float32(map_y), cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)


def cover(rgb, mask, rng):
    """The object replaced by the piece of ground beside it that fits best at the rim."""
    height, width = mask.shape
    ys, xs = np.nonzero(mask)
    reach = max(np.ptp(ys), np.ptp(xs)) + 1
    wide = cv2.dilate(mask.astype(np.uint8), np.ones((5, 5), np.uint8)) > 0
    rim = (cv2.dilate(wide.astype(np.uint8), np.ones((5, 5), np.uint8)) > 0) & ~wide
    best, smallest = None, np.inf
    for _ in range(60):
        dx, dy = (round(v) for v in rng.uniform(-1.6, 1.6, size=2) * reach)
        move = np.float32([[1, 0, dx], [0, 1, dy]])
        if (cv2.warpAffine(mask.astype(np.uint8), move, (width, height))[mask].mean()) > 0.02:
            continue
        other = cv2.warpAffine(rgb, move, (width, height), borderMode=cv2.BORDER_REFLECT_101)
        error = np.abs(other[rim].astype(np.float32) - rgb[rim]).mean() if rim.any() else 0
        if error < smallest:
            best, smallest = other, error
    if best is None:
        best = smooth_fill(rgb, wide)
    alpha = cv2.GaussianBlur(wide.astype(np.float32), (0, 0), 1.2)[:, :, None]
    alpha[mask] = 1
    return np.clip(rgb + alpha * (best.astype(np.float32) - rgb), 0, 255).astype(np.uint8)


def double(rgb, mask, rng):
    """A second object of the same look, mirrored or not, 0.8 to 1.2 times as large, with a soft edge."""
    height, width = mask.shape
    ys, xs = np.nonzero(mask)
    crop = rgb[ys.min() : ys.max() + 1, xs.min() : xs.max() + 1]
    cut = mask[ys.min() : ys.max() + 1, xs.min() : xs.max() + 1].astype(np.float32)
    scale = rng.uniform(0.8, 1.2)
    size = max(int(crop.shape[1] * scale), 4), max(int(crop.shape[0] * scale), 4)
    if size[0] >= width - 2 or size[1] >= height - 2:
        return None, None
    crop, cut = cv2.resize(crop, size), cv2.resize(cut, size)
    if rng.random() < 0.5:
        crop, cut = crop[:, ::-1], cut[:, ::-1]
    cut = cv2.GaussianBlur(np.ascontiguousarray(cut), (0, 0), 0.8) * (cut > 0)
    for _ in range(40):
        top, left = int(rng.integers(1, height - size[1])), int(rng.integers(1, width - size[0]))
        place = slice(top, top + size[1]), slice(left, left + size[0])
        if (mask[place] & (cut > 0.1)).sum() < 0.1 * mask.sum():
            result = rgb.copy()
            alpha = cut[:, :, None]
            result[place] = np.clip(rgb[place] + alpha * (crop.astype(np.float32) - rgb[place]), 0, 255)
            where = np.zeros_like(mask)
            where[place] = cut > 0.5
            if where.any():
                return result, where
    return None, None


def reshape(rgb, mask, rng):
    """The object stretched, turned about its middle, or with a bite taken out; where it was, its surroundings."""
    height, width = mask.shape
    ys, xs = np.nonzero(mask)
    middle = np.array([xs.mean(), ys.mean()])
    filled = None
    for _ in range(8):
        kind = rng.choice(["stretch", "turn", "bite"])
        if kind == "bite":
            place = int(rng.integers(len(xs)))
            radius = rng.uniform(0.3, 0.5) * (min(np.ptp(xs), np.ptp(ys)) + 1)
            y, x = np.mgrid[0:height, 0:width]
            new = mask & ((x - xs[place]) ** 2 + (y - ys[place]) ** 2 > radius**2)
            sprite = rgb
        else:
            angle = rng.uniform(10, 25) * rng.choice([-1, 1]) if kind == "turn" else 0
            ratio = rng.choice([0.75, 0.85, 1.2, 1.35]) if kind == "stretch" else 1.0
            along = rng.uniform(0, np.pi)
            axis = np.array([[np.cos(along), -np.sin(along)], [np.sin(along), np.cos(along)]])
            turn = np.array(
                [
                    [np.cos(np.radians(angle)), -np.sin(np.radians(angle))],
                    [np.sin(np.radians(angle)), np.cos(np.radians(angle))],
                ]
            )
            matrix = turn @ axis @ np.diag([ratio, 1]) @ axis.T
            move = np.float32(np.column_stack([matrix, middle - matrix @ middle]))
            new = cv2.warpAffine(mask.astype(np.uint8), move, (width, height), flags=cv2.INTER_NEAREST) > 0
            sprite = cv2.warpAffine(rgb, move, (width, height), flags=cv2.INTER_LINEAR)
        if not new.any() or contour_move(mask, new) < 3:
            continue
        if filled is None:
            hole = cv2.dilate(mask.astype(np.uint8), np.ones((5, 5), np.uint8)) > 0
            filled = smooth_fill(rgb, hole)
        result = np.where(new[:, :, None], sprite, filled)
        return np.clip(result + rng.normal(0, 1.5, result.shape) * (mask | new)[:, :, None], 0, 255).astype(np.uint8)
    return None


def contour_move(before, after):
    """How far the farthest twentieth of the two contours is from the other one, in pixels."""
    rims = [mask & ~(cv2.erode(mask.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0) for mask in (before, after)]
    ways = [cv2.distanceTransform((~rim).astype(np.uint8), cv2.DIST_L2, 5) for rim in rims]
    return max(np.percentile(ways[1][rims[0]], 95), np.percentile(ways[0][rims[1]], 95))


def colour(rgb, rng):
    """Another hue and saturation, and a curve for each channel through a few points."""
    hsv = cv2.cvtColor(rgb, cv2.COLOR_RGB2HSV).astype(np.float32)
    hsv[:, :, 0] = (hsv[:, :, 0] + rng.uniform(-25, 25)) % 180
    hsv[:, :, 1] *= rng.uniform(0.5, 1.4)
    result = cv2.cvtColor(np.clip(hsv, 0, 255).astype(np.uint8), cv2.COLOR_HSV2RGB)
    for channel in range(3):
        low, high = rng.uniform(0, 40), rng.uniform(200, 255)
        knots = [low, low + (high - low) * rng.uniform(0.35, 0.65), high]
        curve = np.interp(np.arange(256), [0, 128, 255], knots).astype(np.uint8)
        result[:, :, channel] = curve[result[:, :, channel]]
    return result


def noise(rgb, rng):
    """Noise that grows with light, as of a sensor, and a little of every row."""
    value = rgb.astype(np.float32)
    gain = rng.uniform(0.05, 0.4)
    value += rng.normal(size=rgb.shape) * np.sqrt(gain * value + rng.uniform(1, 9))
    return np.clip(value + rng.normal(0, 0.7, size=(rgb.shape[0], 1, 1)), 0, 255).astype(np.uint8)


def smooth(rgb, rng):
    """Fine texture taken away, edges kept."""
    return cv2.bilateralFilter(rgb, 5, 25, 3)


def compressed(rgb, rng):
    """Through a WebP of middling quality."""
    return cv2.imdecode(cv2.imencode(".webp", rgb, (cv2.IMWRITE_WEBP_QUALITY, int(rng.integers(40, 80))))[1], 1)


def grain(rgb, rng):
    """Streaks as of wood over everything."""
    streaks = cv2.GaussianBlur(rng.normal(size=rgb.shape[:2]).astype(np.float32), (0, 0), sigmaX=9, sigmaY=1.2)
    return np.clip(rgb + (6 * streaks / streaks.std())[:, :, None], 0, 255).astype(np.uint8)


HARMLESS = {
    "untouched": lambda rgb, rng: rgb, "colour": colour, "noise": noise, "smooth": smooth, "compressed": compressed,
    "grain": grain,
}  # fmt: skip
FAULTS = {"shifted": drag, "erased": cover, "duplicated": double, "reshaped": reshape}


def examples(folders: list[Path], frames: int | None, skip: int = 0) -> Iterator[Example]:
    first = 0
    for folder in folders:
        for example in examples_of(
            itertools.islice(open_dataset(folder), skip, None if frames is None else skip + frames), first
        ):
            first = example.index + 1
            yield example


def plant(kind: str, rgb: Any, mask: Any, rng: Any) -> tuple[Any, Any]:
    """The picture with a fault, and where a second object is."""
    made = FAULTS[kind](rgb, mask, rng)
    return made if kind == "duplicated" else (made, None)


def is_caught(judged: Judged, render: Any, number: int, second: Any) -> bool:
    """Whether a fault does not go on as true: into this instance, or a second object at these pixels."""
    if judged.realism.decision == "render":
        return True
    if second is not None:
        return bool((judged.rgb_hwc == render)[second].all(axis=1).mean() >= 0.9)
    return next(item for item in judged.realism.instances if item.instance_id == number).decision != "kept"


def test(arguments: argparse.Namespace) -> dict[str, Any]:
    limits = GuardLimits()
    if arguments.limits:
        limits = GuardLimits.model_validate(json.loads(arguments.limits.read_text())["limits"])
    guard = Guard(GuardSpec(limits=limits), Path(), "cpu")
    tally: dict[tuple[str, str], list[int]] = defaultdict(lambda: [0, 0])
    faces: dict[str, list[Any]] = defaultdict(list)

    def count(group: str, kind: str, side: int, hit: bool) -> None:
        for low, high, size in SIZES:
            if low <= side < high:
                tally[f"{group} {kind}", size][0] += 1
                tally[f"{group} {kind}", size][1] += hit

    for example in examples(arguments.datasets, arguments.frames, arguments.skip):
        render, ids = example.rgb_hwc, example.id_hw
        sides = {
            label.instance_id: min(label.box_xyxy[2] - label.box_xyxy[0], label.box_xyxy[3] - label.box_xyxy[1])
            for label in example.labels
            if label.box_xyxy is not None
        }
        for kind, change in HARMLESS.items():
            picture = change(render, rng_for(SEED, example.index, f"test.{kind}"))
            judged = guard.judge(render, picture, ids, example.labels).realism
            for item in judged.instances:
                alarm = judged.decision == "render" or item.decision != "kept"
                count("false alarms", kind, sides[item.instance_id], alarm)
                if alarm and sides[item.instance_id] >= LEAST_PX:
                    why = item.reasons or judged.reasons
                    faces[f"false_{kind}"].append((render, picture, ids == item.instance_id, why))
        for item in guard.judge(render, render, ids, example.labels).realism.instances:
            mask = ids == item.instance_id
            for kind in FAULTS:
                rng = rng_for(SEED, example.index, f"test.{kind}.{item.instance_id}")
                picture, second = plant(kind, render, mask, rng)
                if picture is None:
                    continue
                change = (None, colour, noise)[int(rng.integers(3))]
                if change is not None:
                    picture = change(picture, rng)
                judged = guard.judge(render, picture, ids, example.labels)
                caught = is_caught(judged, render, item.instance_id, second)
                count("caught", kind, sides[item.instance_id], caught)
                if not caught and sides[item.instance_id] >= LEAST_PX:
                    found = next(one for one in judged.realism.instances if one.instance_id == item.instance_id)
                    scores = tuple(f"{name} {value}" for name, value in found.scores.items())
                    faces[f"missed_{kind}"].append((render, picture, mask if second is None else second, scores))
    if arguments.sheet:
        for name, items in faces.items():
            save_sheet(arguments.sheet / f"{name}.png", items)
    rows = [
        {"kind": kind, "size": size, "count": count, "share": round(hits / count, 4)}
        for (kind, size), (count, hits) in sorted(tally.items())
    ]
    head = {(row["kind"], row["size"]): row["share"] for row in rows}
    whole = SIZES[-1][2]
    pooled = [tally[f"false alarms {kind}", whole] for kind in HEADLINE]
    return {
        "caught_worst": min(
            share for (kind, size), share in head.items() if kind.startswith("caught") and size == whole
        ),
        "false_alarms": round(sum(hits for _, hits in pooled) / max(sum(count for count, _ in pooled), 1), 4),
        "rows": rows,
    }


def save_sheet(path: Path, items: list[Any], most: int = 24) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    rows = []
    for render, picture, mask, words in items[:: max(len(items) // most, 1)][:most]:
        ys, xs = np.nonzero(mask)
        top, left = max(ys.min() - 20, 0), max(xs.min() - 20, 0)
        place = slice(top, ys.max() + 21), slice(left, xs.max() + 21)
        outline = render.copy()
        contours, _ = cv2.findContours(mask.astype(np.uint8), cv2.RETR_LIST, cv2.CHAIN_APPROX_NONE)
        cv2.drawContours(outline, contours, -1, (255, 0, 255), 1)
        cells = [
            cv2.resize(part[place], (200, 200), interpolation=cv2.INTER_AREA) for part in (render, outline, picture)
        ]
        text = np.full((200, 420, 3), 255, np.uint8)
        for line, word in enumerate(words):
            cv2.putText(text, word[:64], (4, 18 + 22 * line), cv2.FONT_HERSHEY_SIMPLEX, 0.38, (0, 0, 0), 1)
        rows.append(np.hstack([*cells, text]))
    half = -(-len(rows) // 2)
    rows += [np.full_like(rows[0], 255)] * (2 * half - len(rows))
    sheet = np.hstack([np.vstack(rows[:half]), np.vstack(rows[half:])])
    cv2.imwrite(str(path), cv2.cvtColor(sheet, cv2.COLOR_RGB2BGR))


def speed(arguments: argparse.Namespace) -> dict[str, Any]:
    cv2.setNumThreads(1)
    guard, rows = Guard(GuardSpec(), Path(), "cpu"), []
    for example in examples(arguments.datasets, arguments.frames, arguments.skip):
        picture = colour(noise(example.rgb_hwc, rng_for(SEED, 0, "speed")), rng_for(SEED, 1, "speed"))
        times = []
        for _ in range(5):
            start = time.process_time()
            judged = guard.judge(example.rgb_hwc, picture, example.id_hw, example.labels)
            times.append(time.process_time() - start)
        rows.append((len(judged.realism.instances), min(times)))
    number, seconds = np.array(rows).T
    slope, base = np.polyfit(number, 1000 * seconds, 1) if np.ptp(number) else (0.0, 1000 * seconds.mean())
    return {
        "pictures": len(rows),
        "instances": round(float(number.mean()), 2),
        "ms": round(1000 * float(seconds.mean()), 1),
        "ms_per_instance": round(float(slope), 2),
        "ms_at_10": round(float(base + 10 * slope), 1),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("what", choices=["calibrate", "test", "marked", "speed"])
    parser.add_argument("datasets", nargs="+", type=Path)
    parser.add_argument("--frames", type=int, help="Only so many of each data set.")
    parser.add_argument("--skip", type=int, default=0, help="Leave out so many of each first.")
    parser.add_argument("--limits", type=Path, help="What `calibrate --json` wrote; without, the defaults.")
    parser.add_argument("--seed", type=int, default=1, help="Of calibration.")
    parser.add_argument("--json", type=Path)
    parser.add_argument("--sheet", type=Path, help="Folder for sheets of what was missed and of false alarms.")
    arguments = parser.parse_args()
    if arguments.what == "calibrate":
        report = calibrate(examples(arguments.datasets, arguments.frames, arguments.skip), GuardSpec(), arguments.seed)
        print(report.to_text())
        figures = report.to_json()
    elif arguments.what == "marked":
        guard = Guard(GuardSpec(), Path(), "cpu")
        figures = score_marks(guard, load_marks(arguments.datasets[0])).to_json()
        print(json.dumps(figures, indent=1))
    else:
        figures = test(arguments) if arguments.what == "test" else speed(arguments)
        for row in figures.get("rows", []):
            print(f"{row['kind']:<26} {row['size']:>9}  {row['count']:>6}  {100 * row['share']:6.2f} %")
        print(json.dumps({name: value for name, value in figures.items() if name != "rows"}))
    if arguments.json:
        arguments.json.write_text(json.dumps(figures, indent=1) + "\n")


if __name__ == "__main__":
    main()
