"""Flow of rendered sequences against their ids, depth and poses, by OpenCV's lenses and the records alone.

``python benchmarks/flow.py DATASET... --json FILE`` takes data sets with depth, ids and both flows. For every pair of
steps it says on which share of the pixels seen in both the flow leads to the same instance, and by how many pixels
flow misses the place where depth, the poses of the record and OpenCV's lens put each point.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import tifffile
from numpy.typing import NDArray

Float = NDArray[np.float64]


def read(folder: Path, frame: int) -> dict[str, Any]:
    """Return the images of a frame."""
    stem = f"{frame // 10_000:04d}/{frame:08d}"
    images = {
        name: tifffile.imread(folder / name / f"{stem}.tiff") for name in ("depth", "flow_forward", "flow_backward")
    }
    return images | {"ids": cv2.imread(str(folder / "ids" / f"{stem}.png"), cv2.IMREAD_UNCHANGED)}


def matrix_of(pose: dict[str, Any]) -> Float:
    """Return camera from model."""
    w, x, y, z = pose["rotation_wxyz"]
    matrix = np.eye(4)
    matrix[:3, :3] = [
        [1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)],
        [2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)],
        [2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)],
    ]
    matrix[:3, :3] *= np.array(pose["scale"])
    matrix[:3, 3] = pose["position_m"]
    return matrix


class Lens:
    """A record's camera as OpenCV has it."""

    def __init__(self, record: dict[str, Any]) -> None:
        # OpenCV's first pixel has its middle at (0, 0).
        self.k = np.array(record["camera"]["k_33"]) - [[0, 0, 0.5], [0, 0, 0.5], [0, 0, 0]]
        lens = record["scene"]["camera"]["lens"]
        self.fisheye = lens is not None and lens["kind"] == "kannala_brandt"
        names = ("k1", "k2", "k3", "k4") if self.fisheye else ("k1", "k2", "p1", "p2", "k3", "k4", "k5", "k6")
        self.numbers = np.array([0.0 if lens is None else lens[name] for name in names])

    def rays(self, pixels: Float) -> Float:
        """Return rays, unit ones of a fisheye, else with z 1."""
        points = pixels.reshape(-1, 1, 2)
        stop = (cv2.TERM_CRITERIA_EPS + cv2.TERM_CRITERIA_MAX_ITER, 200, 1e-12)
        if not self.fisheye:
            plane = cv2.undistortPoints(points, self.k, self.numbers, criteria=stop).reshape(-1, 2)
            return np.column_stack([plane, np.ones(len(plane))])
        plane = cv2.fisheye.undistortPoints(points, self.k, self.numbers, criteria=stop).reshape(-1, 2)
        rays = np.column_stack([plane, np.ones(len(plane))])
        return np.asarray(rays / np.linalg.norm(rays, axis=1, keepdims=True))

    def pixels(self, points: Float) -> Float:
        """Return where points are seen."""
        none = np.zeros(3)
        if self.fisheye:
            found = cv2.fisheye.projectPoints(points.reshape(-1, 1, 3), none, none, self.k, self.numbers)[0]
        else:
            found = cv2.projectPoints(points.reshape(-1, 1, 3), none, none, self.k, self.numbers)[0]
        return np.asarray(found.reshape(-1, 2))


def misses(now: dict[str, Any], then: dict[str, Any], images: dict[str, Any]) -> Float:
    """Return by how many pixels flow misses where the records put the points of things that keep their shape."""
    lens, later = Lens(now), {item["name"]: item for item in then["instances"]}
    assets = [{item["name"]: item["asset"] for item in record["scene"]["objects"]} for record in (now, then)]
    found = []
    for item in now["instances"]:
        other = later.get(item["name"])
        if other is None or assets[0][item["name"]] != assets[1][item["name"]]:
            continue
        rows, columns = np.nonzero((images["ids"] == item["instance_id"]) & np.isfinite(images["flow_forward"][..., 0]))
        if not len(rows):
            continue
        pixels = np.column_stack([columns, rows]).astype(np.float64)
        points = lens.rays(pixels) * images["depth"][rows, columns].astype(np.float64)[:, None]
        moved = matrix_of(other["pose"]) @ np.linalg.inv(matrix_of(item["pose"]))
        points = points @ moved[:3, :3].T + moved[:3, 3]
        ahead = points[:, 2] > (0.25 * np.linalg.norm(points, axis=1) if lens.fisheye else 0.05)
        expected = lens.pixels(points[ahead]) - pixels[ahead]
        found.append(np.linalg.norm(images["flow_forward"][rows, columns][ahead] - expected, axis=1))
    return np.concatenate(found)


def agreement(images: dict[str, Any], later: dict[str, Any]) -> tuple[float, float]:
    """Return on which share of the pixels seen in both ids agree, and which share is seen in both."""
    forward, backward = images["flow_forward"], later["flow_backward"]
    height, width = images["ids"].shape
    same = seen = 0
    for row in range(height):
        for_row = forward[row]
        with np.errstate(invalid="ignore"):
            x, y = np.floor(np.arange(width) + 0.5 + for_row[:, 0]), np.floor(row + 0.5 + for_row[:, 1])
            inside = (x >= 0) & (x < width) & (y >= 0) & (y < height)
        columns, rows = x[inside].astype(int), y[inside].astype(int)
        back = for_row[inside] + backward[rows, columns]
        both = np.hypot(back[:, 0], back[:, 1]) < 1
        seen += int(both.sum())
        same += int((images["ids"][row, inside][both] == later["ids"][rows[both], columns[both]]).sum())
    return same / max(seen, 1), seen / (height * width)


def figures_of(folder: Path) -> dict[str, Any]:
    """Return the figures of one data set."""
    records = {}
    for path in sorted((folder / "records").glob("*.jsonl")):
        records |= {record["frame"]: record for record in map(json.loads, path.read_text().splitlines())}
    config = json.loads((folder / "manifest.json").read_text())["config"]
    cameras = len(config["scene"]["cameras"])
    shares, seen, missed = [], [], []
    for frame, record in records.items():
        other = records.get(frame + cameras)
        step = record["scene"]["origin"]["step"]
        if other is None or step + 1 == config["frames_per_scene"]:
            continue
        images, later = read(folder, frame), read(folder, frame + cameras)
        share, both = agreement(images, later)
        shares.append(share)
        seen.append(both)
        missed.append(misses(record, other, images))
    off = np.concatenate(missed)
    return {
        "pairs": len(shares),
        "same_instance_least": min(shares),
        "same_instance_mean": float(np.mean(shares)),
        "seen_in_both_mean": float(np.mean(seen)),
        "off_px_median": float(np.median(off)),
        "off_px_99_9": float(np.quantile(off, 0.999)),
        "off_px_largest": float(off.max()),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    text = json.dumps({folder.name: figures_of(folder) for folder in arguments.folders}, indent=2)
    if arguments.json:
        arguments.json.write_text(text + "\n")
    else:
        print(text)


if __name__ == "__main__":
    main()
