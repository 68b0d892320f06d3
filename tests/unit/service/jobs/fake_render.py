"""Stands for `synthvision render` in tests: the same options and progress, pictures of one colour, no renderer.

The environment decides how it behaves: FAKE_FRAME_S seconds for each frame, FAKE_CODE the exit code at the end,
FAKE_DEAF ignores signals that can be ignored.
"""

from __future__ import annotations

import json
import os
import re
import signal
import sys
import time
from pathlib import Path


def main() -> int:
    options = dict(item[2:].partition("=")[::2] for item in sys.argv[2:] if item.startswith("--set="))
    words = dict(item[2:].split("=", 1) for item in sys.argv[2:] if item.startswith(("--out=", "--progress=")))
    assert "--resume" in sys.argv
    assert words["progress"] == "json"
    changes = [item[len("--set=") :] for item in sys.argv if item.startswith("--set=")]
    text = Path(sys.argv[1]).read_text()
    found = [re.match(r"frames=(\d+)", change) for change in changes]
    total = next((int(match[1]) for match in found if match), int(re.search(r"^frames: (\d+)", text, re.M)[1]))
    seconds = float(os.environ.get("FAKE_FRAME_S", "0.01"))
    stopped = False

    def stop(*_: object) -> None:
        nonlocal stopped
        stopped = True

    deaf = "FAKE_DEAF" in os.environ
    signal.signal(signal.SIGINT, signal.SIG_IGN if deaf else stop)
    signal.signal(signal.SIGTERM, signal.SIG_IGN if deaf else signal.SIG_DFL)
    folder = Path(words["out"], "images", "0000")
    folder.mkdir(parents=True, exist_ok=True)
    manifest = Path(words["out"], "manifest.json")
    if not manifest.exists():
        manifest.write_text(json.dumps({"starts": 0, "changes": changes, "options": sorted(options)}))
    print(f"starting with {len(list(folder.iterdir()))} of {total}", file=sys.stderr, flush=True)
    from PIL import Image

    for frame in range(total):
        path = folder / f"{frame:08d}.png"
        if not path.exists():
            time.sleep(seconds)
            Image.new("RGB", (64, 48), (frame % 256, 90, 200)).save(path)
        done = frame + 1
        progress = {"done": done, "failed": 0, "total": total, "images_per_second": 9.5, "seconds_left": 0.1}
        print(json.dumps(progress), file=sys.stderr, flush=True)
        if stopped:
            print("interrupted", file=sys.stderr)
            return 130
    print("warning: these are no pictures", file=sys.stderr)
    print(words["out"])
    return int(os.environ.get("FAKE_CODE", "0"))


if __name__ == "__main__":
    sys.exit(main())
