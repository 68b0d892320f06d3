"""How quick the viewer is with many pictures: headless Chromium opens it, clicks and scrolls.

python benchmarks/viewer.py --frames 100000 --json VIEWER.json

The data set is written here, records and 64 x 64 pictures, without rendering. Times are taken in the page: the first
picture from the start of the navigation until a thumbnail is loaded, a filter from the click until all histograms and
the first thumbnail that passes are shown. Each is measured several times; median and largest are given.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import psutil
from playwright.sync_api import Page, sync_playwright

from synthvision.annotate.rle import encode_mask
from synthvision.core.hashing import canonical_json
from synthvision.core.streams import rng_for
from synthvision.dataset.layout import FRAMES_PER_SHARD, DatasetLayout
from synthvision.dataset.manifest import ClassEntry, FrameRange, Layer, Manifest, config_hash, save_manifest
from synthvision.inspect.browse.thumbnails import ThumbnailStore, make_thumbnail

CHROMIUM = "/usr/bin/chromium"
CLASSES = ("cone", "ball", "crate", "mug", "can", "bottle", "sign", "barrier")
WEATHER = ("clear", "overcast", "rain", "heavy_rain", "fog", "dense_fog", "snow", "dusk")
FACTORS = {
    "crowd": ("few", "some", "many"),
    "hour": ("morning", "noon", "evening"),
    "ground": ("wood", "stone", "grass"),
}
SIZE = 64
POOL = 1_500
MOST_OBJECTS = 12


def write_dataset(folder: Path, frames: int, seed: int = 0) -> None:
    """Write a data set of tiny pictures with masks from a pool, by the layout of every other data set."""
    layout = DatasetLayout(folder)
    config = {
        "name": "tiny",
        "scene": {"factors": {name: {"levels": dict.fromkeys(levels)} for name, levels in FACTORS.items()}},
    }
    layer = Layer(folder="images", suffix="png", dtype="uint8", channels=3, unit="sRGB")
    manifest = Manifest(
        name="tiny",
        generator="benchmarks/viewer.py",
        seed=seed,
        frames=(FrameRange(start=0, stop=frames, step=1),),
        config=config,
        config_hash=config_hash(config),
        classes=tuple(ClassEntry(name=name) for name in CLASSES),
        layers={"image": layer},
    )
    save_manifest(layout, manifest)
    masks, pictures = mask_pool(seed), picture_pool(seed)
    layout.records.mkdir(parents=True)
    for start in range(0, frames, FRAMES_PER_SHARD):
        rng = rng_for(seed, start, "benchmark.viewer")
        with layout.shard(start // FRAMES_PER_SHARD).open("w", encoding="utf-8") as stream:
            for frame in range(start, min(start + FRAMES_PER_SHARD, frames)):
                path = layout.layer("images", frame, "png")
                if frame % 10_000 == 0:
                    path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(pictures[frame % len(pictures)])
                stream.write(canonical_json(record(frame, masks, rng)) + "\n")


def record(frame: int, masks: list[dict[str, Any]], rng: np.random.Generator) -> dict[str, Any]:
    """Return the record of one frame, with the keys of every record."""
    count = int(rng.integers(0, MOST_OBJECTS + 1))
    draws = rng.random((count, 3)).tolist()
    chosen = rng.integers(0, len(masks), count).tolist()
    instances = [instance(number, masks[place], draws[number]) for number, place in enumerate(chosen)]
    kinds = rng.integers(0, 1 << 20, 5).tolist()
    kind = WEATHER[kinds[0] % len(WEATHER)]
    weather = {
        "kind": kind, "rain": ("none", "light", "heavy")[kinds[1] % 3], "snow": "none", "fog": "none", "haze": "none",
        "dust": "none", "visibility": ">10 km", "visibility_m": 20000.0, "ground": ("dry", "wet")[kinds[1] % 2],
        "sun": "high", "light": ("dusk", "day")[kinds[2] % 2], "illuminance_lux": float(kinds[3]), "wind": "calm",
    }  # fmt: skip
    levels = {name: values[kinds[4] // 3**place % 3] for place, (name, values) in enumerate(FACTORS.items())}
    return {
        "frame": frame, "size_wh": [SIZE, SIZE], "camera": None, "exposure_ev100": 9.0, "noise": 1.0,
        "instances": instances, "files": {}, "weather": weather, "factor_levels": levels,
        "scene": {"origin": {"frame": frame, "scene_index": frame, "seed": 0}, "weight": 1.0, "objects": []},
    }  # fmt: skip


def instance(number: int, mask: dict[str, Any], draw: list[float]) -> dict[str, Any]:
    """Return one instance with a mask of the pool."""
    status = "labelled" if draw[0] < 0.85 else "ignored"
    visible = 1.0 if draw[1] < 0.6 else round(draw[1], 3)
    return {
        "instance_id": number + 2, "name": f"things/{number}", "role": "thing", "status": status,
        "category": CLASSES[int(draw[2] * len(CLASSES))], "attributes": {}, "keypoints": [], "track_id": None,
        "reasons": [] if status == "labelled" else ["min_visible_pixels: too few"], **mask,
        "alone_pixels": mask["visible_pixels"], "alone_pixels_canvas": mask["visible_pixels"],
        "visible_fraction": visible, "truncation": max(0.0, round(draw[0] * 4 - 3, 3)), "amodal_rle": None,
        "amodal_box_xyxy": mask["box_xyxy"], "contrast_transmittance": 1.0, "lens_transmittance": 1.0,
        "apparent_contrast": 20.0, "pose": None, "bbox_3d": None,
    }  # fmt: skip


def mask_pool(seed: int) -> list[dict[str, Any]]:
    """Return ellipses as an instance's mask, area, box and centroid."""
    rng = rng_for(seed, 0, "benchmark.viewer.masks")
    rows, columns = np.mgrid[:SIZE, :SIZE]
    pool = []
    for _ in range(POOL):
        x, y, a, b = rng.uniform((6, 6, 2, 2), (SIZE - 6, SIZE - 6, 18, 18))
        mask = ((columns + 0.5 - x) / a) ** 2 + ((rows + 0.5 - y) / b) ** 2 < 1
        across, down = np.flatnonzero(mask.any(axis=0)), np.flatnonzero(mask.any(axis=1))
        pool.append(
            {
                "rle": {"counts": encode_mask(mask).counts, "size": [SIZE, SIZE]},
                "visible_pixels": int(mask.sum()),
                "box_xyxy": [int(across[0]), int(down[0]), int(across[-1]) + 1, int(down[-1]) + 1],
                "centroid_xy": [float(x), float(y)],
            }
        )
    return pool


def picture_pool(seed: int, count: int = 300) -> list[bytes]:
    """Return pictures that differ, as PNG files."""
    rng = rng_for(seed, 0, "benchmark.viewer.pictures")
    files = []
    for _ in range(count):
        coarse = rng.integers(30, 220, (5, 5, 3)).astype(np.uint8)
        picture = cv2.resize(coarse, (SIZE, SIZE), interpolation=cv2.INTER_CUBIC)
        files.append(bytes(cv2.imencode(".png", picture)[1]))
    return files


@contextmanager
def viewer(folder: Path, cache: Path) -> Iterator[tuple[str, float, psutil.Process]]:
    """Start the viewer as a user does; yield its address, how long it took, and its process."""
    environment = os.environ | {"XDG_CACHE_HOME": str(cache)}
    environment.pop("SYNTHVISION_CACHE", None)
    words = [sys.executable, "-m", "synthvision", "view", str(folder), "--no-open", "--port", "0"]
    started = time.monotonic()
    process = subprocess.Popen(words, env=environment, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        address = process.stdout.readline().strip()
        if not address:
            raise SystemExit("the viewer did not start")
        yield address, time.monotonic() - started, psutil.Process(process.pid)
    finally:
        process.terminate()
        process.wait(30)


_WATCH = """() => {
  window.taken = [];
  let start = null;
  const from = () => { start = performance.now(); };
  addEventListener("click", from, true);
  new MutationObserver(() => {
    if (start !== null) { window.taken.push(performance.now() - start); start = null; }
  }).observe(document.documentElement, { attributes: true, attributeFilter: ["data-settled"] });
}"""
_JUMP = """async (share) => {
  const grid = document.getElementById("grid");
  const start = performance.now();
  grid.scrollTop = share * (grid.scrollHeight - grid.clientHeight);
  const box = grid.getBoundingClientRect();
  const inSight = (tile) => {
    const place = tile.getBoundingClientRect();
    return place.bottom > box.top && place.top < box.bottom;
  };
  const shown = (tile) => tile.querySelector("img")?.complete && tile.querySelector("img").naturalWidth > 0;
  for (;;) {
    await new Promise((resolve) => requestAnimationFrame(resolve));
    const tiles = [...document.querySelectorAll(".tile")].filter(inSight);
    if (tiles.length && tiles.every(shown)) return performance.now() - start;
  }
}"""
#: What is clicked, one after the other; each adds to the filters or takes one away.
CLICKS = (
    '[data-key="class"] [data-level="cone"]', '[data-key="weather.kind"] [data-level="fog"]',
    '[data-key="visible"] [data-bin="14"]', '[data-key="visible"] [data-bin="14"]',
    '[data-key="factor.crowd"] [data-level="many"]', '[data-key="class"] [data-level="mug"]',
    '[data-key="area"] [data-bin="3"]', '[data-key="weather.kind"] [data-level="fog"]',
    '[data-key="count"] [data-bin="1"]', '[data-key="count"] [data-bin="1"]',
    '[data-key="class"] [data-level="cone"]', '[data-key="class"] [data-level="mug"]',
    '[data-key="area"] [data-bin="3"]', '[data-key="factor.crowd"] [data-level="many"]',
    '[data-key="status"] [data-level="ignored"]', '[data-key="status"] [data-level="ignored"]',
)  # fmt: skip


def wait_until(page: Page, expression: str, seconds: float = 30.0) -> None:
    """Wait until an expression holds in the page; the page's own security policy forbids Playwright's way to wait."""
    last = time.monotonic() + seconds
    while not page.evaluate(expression):
        if time.monotonic() > last:
            raise SystemExit(f"the page did not come to: {expression}")
        time.sleep(0.005)


def first_pictures(browser: Any, address: str, rounds: int) -> list[float]:
    """Return milliseconds until the first picture, each with an empty browser cache."""
    times = []
    for _ in range(rounds):
        context = browser.new_context(viewport={"width": 1440, "height": 900})
        page = context.new_page()
        page.goto(address)
        wait_until(page, "performance.getEntriesByName('first-picture').length > 0")
        times.append(page.evaluate("performance.getEntriesByName('first-picture')[0].startTime"))
        context.close()
    return times


def filter_times(page: Page, address: str) -> list[float]:
    """Return milliseconds from each click until its result is shown."""
    page.goto(address)
    wait_until(page, "document.documentElement.dataset.settled > 0")
    page.evaluate(_WATCH)
    for number, selector in enumerate(CLICKS, start=1):
        page.locator(selector).scroll_into_view_if_needed()
        page.locator(selector).click()
        wait_until(page, f"window.taken.length === {number}")
        page.wait_for_timeout(150)  # overlays of the last filter are not to be drawn in the next one's time
    times: list[float] = page.evaluate("window.taken")
    return times


def scroll_times(page: Page, address: str) -> list[float]:
    """Return milliseconds from a jump to another place of the grid until all tiles in sight have their pictures."""
    page.goto(address)
    wait_until(page, "document.documentElement.dataset.settled > 0")
    return [page.evaluate(_JUMP, share) for share in (0.5, 0.93, 0.21, 1.0, 0.0)]


def step_times(page: Page, address: str, steps: int = 12) -> list[float]:
    """Return milliseconds from a press of the right arrow until the next frame is drawn."""
    page.goto(f"{address}?view=single&at=40000" if "?" not in address else address)
    wait_until(page, "document.documentElement.dataset.frame !== undefined")
    times = []
    for _ in range(steps):
        before = page.evaluate("document.documentElement.dataset.frame")
        started = time.perf_counter()
        page.keyboard.press("ArrowRight")
        wait_until(page, f"document.documentElement.dataset.frame !== '{before}'")
        times.append(1000 * (time.perf_counter() - started))
        page.wait_for_timeout(100)
    return times


def thumbnail_rates(folder: Path, count: int = 60) -> dict[str, float]:
    """Return thumbnails a second of 640 x 480 pictures, made and from the store, on one thread."""
    rng = rng_for(0, 1, "benchmark.viewer.pictures")
    coarse = rng.integers(0, 255, (40, 53, 3)).astype(np.uint8)
    data = cv2.imencode(".png", cv2.resize(coarse, (640, 480), interpolation=cv2.INTER_CUBIC))[1]
    store = ThumbnailStore(folder, 1 << 30)
    started = time.perf_counter()
    for frame in range(count):
        store.put(frame, "", make_thumbnail(cv2.imdecode(data, cv2.IMREAD_COLOR)))
    made = time.perf_counter()
    for frame in range(count):
        assert store.get(frame, "") is not None
    kept = time.perf_counter()
    store.close()
    return {"made_per_s": count / (made - started), "kept_per_s": count / (kept - made)}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--frames", type=int, default=100_000)
    parser.add_argument("--dataset", type=Path, help="a folder to write the data set to, or one that this script wrote")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    work = Path(tempfile.mkdtemp(prefix="synthvision-viewer-"))
    try:
        folder = given.dataset or work / "tiny"
        if not (folder / "manifest.json").exists():
            write_dataset(folder, given.frames)
        result = measure(folder, work / "cache", given.rounds) | {"frames": given.frames}
        result["thumbnails_640x480"] = thumbnail_rates(work)
    finally:
        shutil.rmtree(work, ignore_errors=True)
    print(json.dumps(result, indent=2, sort_keys=True))
    if given.json:
        given.json.write_text(json.dumps(result, indent=2, sort_keys=True) + "\n")
    return 0 if result["first_picture_ms"]["largest"] <= 1000 and result["filter_ms"]["largest"] <= 300 else 1


def measure(folder: Path, cache: Path, rounds: int) -> dict[str, Any]:
    """Return everything that is measured in the page, with the index made anew and then kept."""
    with viewer(folder, cache) as (_, cold_s, _):
        pass
    arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
    with (
        viewer(folder, cache) as (address, warm_s, process),
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=arguments)
        firsts = first_pictures(browser, address, rounds)
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        filters = filter_times(page, address)
        scrolls = scroll_times(page, address)
        steps = step_times(page, address)
        browser.close()
        rss = process.memory_info().rss / 2**20
    return {
        "start_without_index_s": cold_s,
        "start_with_index_s": warm_s,
        "first_picture_ms": spread(firsts),
        "filter_ms": spread(filters),
        "scroll_ms": spread(scrolls),
        "next_frame_ms": spread(steps),
        "server_rss_mib": rss,
        "cache_mib": sum(path.stat().st_size for path in cache.rglob("*") if path.is_file()) / 2**20,
    }


def spread(times: list[float]) -> dict[str, float]:
    """Return median and largest of some times."""
    return {"median": round(statistics.median(times), 1), "largest": round(max(times), 1), "count": len(times)}


if __name__ == "__main__":
    sys.exit(main())
