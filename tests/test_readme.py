"""The blocks of README.md that are marked to be run do run, one after the other, beside the files it shows."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

README = Path(__file__).resolve().parent.parent / "README.md"
FILE = re.compile(r"<!-- file: (\S+) -->\n```\w+\n(.*?)```", re.DOTALL)
BLOCK = re.compile(r"<!-- run -->\n```(sh|python)\n(.*?)```", re.DOTALL)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    made = tmp_path_factory.mktemp("readme")
    for name, text in FILE.findall(README.read_text(encoding="utf-8")):
        (made / name).write_text(text, encoding="utf-8")
    return made


def blocks():
    return BLOCK.findall(README.read_text(encoding="utf-8"))


def test_there_are_blocks_to_run():
    assert len(blocks()) >= 4


@pytest.mark.slow
def test_blocks_run_one_after_the_other(folder):
    # One test: later blocks use what earlier ones made, and tests may be dealt to several processes.
    script = f'export PATH="{Path(sys.executable).parent}:$PATH"\nset -e\n'
    for language, text in blocks():
        command = ["sh", "-c", script + text] if language == "sh" else [sys.executable, "-c", text]
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"{text}\n{done.stdout}\n{done.stderr}"
