"""Pictures of scenarios side by side, as a sheet to look at: whether each shows the rare case that it is named for.

python benchmarks/scenario_sheet.py OUT.png [SCENARIO ...] --each 1
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import numpy as np
from PIL import Image
from weather_sheet import captioned

from synthvision.authoring.scenarios import builtin_scenarios
from synthvision.config.job import load_job
from synthvision.core.errors import SynthvisionError
from synthvision.pipeline.frame import FrameMaker


def main() -> int:
    """Draw the sheet."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("out", type=Path)
    parser.add_argument("scenarios", nargs="*")
    parser.add_argument("--each", type=int, default=1, help="pictures of each")
    parser.add_argument("--columns", type=int, default=4)
    parser.add_argument("--width", type=int, default=440)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    found = {item.name: item for item in builtin_scenarios()}
    size = [f"image.width={arguments.width}", f"image.height={arguments.width * 3 // 4}"]
    tiles = []
    for name in arguments.scenarios or found:
        job = load_job(str(found[name].job), [*size, f"scene={name}", f"seed={arguments.seed}", "views_per_scene=1"])
        with FrameMaker(job) as maker:
            for frame in range(arguments.each):
                try:
                    picture = maker.make(frame).captured.rgb_hwc
                except SynthvisionError as error:
                    print(f"{name}: {error}", file=sys.stderr)
                    picture = np.zeros((arguments.width * 3 // 4, arguments.width, 3), np.uint8)
                tiles.append(captioned(picture, name))
        print(name, file=sys.stderr)
    while len(tiles) % arguments.columns:
        tiles.append(np.zeros_like(tiles[0]))
    rows = [
        np.concatenate(tiles[at : at + arguments.columns], axis=1) for at in range(0, len(tiles), arguments.columns)
    ]
    Image.fromarray(np.concatenate(rows)).save(arguments.out)
    return 0


if __name__ == "__main__":
    sys.exit(main())
