"""The commands that compare pictures, called as functions: output and exit codes."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from synthvision.cli.evaluate_statistics import drift, duplicates, fidelity
from synthvision.core.errors import ConfigError, UsageError
from synthvision.core.streams import rng_for


def made(folder: Path, seed: int, level: int = 100) -> Path:
    folder.mkdir()
    for number in range(18):
        rng = rng_for(seed, number, "test.cli")
        coarse = rng.integers(level - 60, level + 60, (5, 6, 3)).astype(np.uint8)
        Image.fromarray(coarse).resize((96, 80), Image.Resampling.BICUBIC).save(folder / f"{number}.png")
    return folder


def test_fidelity_prints_a_table_and_writes_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    a, b = made(tmp_path / "a", 1), made(tmp_path / "b", 2)
    code = fidelity(a, b, extractors=["statistics"], sets=["permutations=99"], json_out=tmp_path / "f.json")
    out = capsys.readouterr().out
    assert code == 0
    assert "kernel distance (KID)" in out
    assert "objects are not compared" in out
    assert json.loads((tmp_path / "f.json").read_text())["comparisons"][0]["counts"] == [18, 18]
    with pytest.raises(ConfigError, match="parity"):
        fidelity(a, b, parity="maybe")
    with pytest.raises(UsageError, match="--map must be OLD=NEW, got 'x'"):
        fidelity(a, b, renamed=["x"])


def test_drift_exits_with_1_where_a_measure_drifted(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    a, b, bright = made(tmp_path / "a", 1), made(tmp_path / "b", 2), made(tmp_path / "bright", 3, 180)
    assert drift(a, b) == 0
    assert drift(a, bright, json_out=tmp_path / "d.json", html_out=tmp_path / "d.html") == 1
    assert "brightness" in capsys.readouterr().out.splitlines()[-2]
    assert "brightness" in json.loads((tmp_path / "d.json").read_text())["drifted"]
    assert (tmp_path / "d.html").read_text().startswith("<!doctype html>")
    # A limit beyond what is there.
    assert drift(a, bright, sets=["psi=100", "accuracy=1", "spreads=100", "look=false"]) == 0


def test_duplicates_exit_with_1_where_there_are_any(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    a, b = made(tmp_path / "a", 1), made(tmp_path / "b", 2)
    assert duplicates([a, b]) == 0
    shutil.copy(a / "0.png", a / "again.png")
    assert duplicates([a, b], across=True) == 0
    assert duplicates([a, b], html_out=tmp_path / "d.html", json_out=tmp_path / "d.json") == 1
    assert "equal: a:0.png, a:again.png" in capsys.readouterr().out
    assert len(json.loads((tmp_path / "d.json").read_text())["groups"]) == 1
