"""One scene in every weather preset, as a sheet to look at: what is wrong shows best side by side.

python benchmarks/weather_sheet.py OUT.png --job street_weather --frame 0
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

from synthvision.config.job import load_job
from synthvision.inspect.drawing import load_font
from synthvision.pipeline.frame import FrameMaker, open_sampler
from synthvision.sampling.weather_config import preset_names

CAPTION_PX = 18


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("out", type=Path)
    parser.add_argument("--job", default="street_weather")
    parser.add_argument("--frame", type=int, default=0)
    parser.add_argument("--columns", type=int, default=4)
    parser.add_argument("--width", type=int, default=400)
    parser.add_argument("--preset", action="append", help="only this preset; may be repeated")
    arguments = parser.parse_args()
    names = arguments.preset or preset_names()
    size = [f"image.width={arguments.width}", f"image.height={arguments.width * 3 // 4}"]
    tiles = []
    with FrameMaker(load_job(arguments.job, overrides=size)) as maker:
        for name in names:
            job = load_job(arguments.job, overrides=[*size, f"weather={name}"])
            scene = open_sampler(job, maker.library).sample(arguments.frame)
            tiles.append(captioned(maker.make_scene(scene).captured.rgb_hwc, name))
            print(name, file=sys.stderr)
    while len(tiles) % arguments.columns:
        tiles.append(np.zeros_like(tiles[0]))
    rows = [
        np.concatenate(tiles[at : at + arguments.columns], axis=1) for at in range(0, len(tiles), arguments.columns)
    ]
    Image.fromarray(np.concatenate(rows)).save(arguments.out)
    return 0


def captioned(rgb_hwc: np.ndarray, text: str) -> np.ndarray:
    """Return a picture with a line of text under it."""
    height, width = rgb_hwc.shape[:2]
    tile = Image.new("RGB", (width, height + CAPTION_PX), (24, 26, 30))
    tile.paste(Image.fromarray(rgb_hwc))
    ImageDraw.Draw(tile).text((4, height + 2), text, fill=(230, 230, 230), font=load_font(13))
    return np.asarray(tile)


if __name__ == "__main__":
    sys.exit(main())
