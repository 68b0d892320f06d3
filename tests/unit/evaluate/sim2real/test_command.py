"""The command: what it reads and prints."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from synthvision.cli.evaluate import sim2real
from synthvision.core.errors import UsageError
from synthvision.evaluate.sim2real import run


def test_the_table_goes_to_standard_output(
    write_set: Callable[..., Path],
    fake_detector: Callable[..., Any],
    load: Any,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    detector = fake_detector(lambda pictures, first: 0.8)
    monkeypatch.setattr(run, "load_detector_kind", lambda name: detector)
    monkeypatch.setattr(run, "load_detector", load)
    real, renders = write_set("real", 1, 30), write_set("renders", 2, 10, ("A", "king"))
    settings = tmp_path / "settings.yaml"
    settings.write_text("rows: [real, synthetic]\nseeds: [0]\nreplicates: 10\n")
    words: dict[str, Any] = {"real": real, "out": tmp_path / "out", "synthetic": [renders], "config": settings}
    changes = ["training.steps=3", "box_padding=none"]
    assert sim2real(**words, sets=changes, maps=["A=ace"], shard="1/2") == 0
    assert "1 trainings are not done yet, e.g. synthetic, seed 0" in capsys.readouterr().err
    assert sim2real(**words, sets=changes, maps=["A=ace"], resume=True) == 0
    printed = capsys.readouterr()
    assert [line.split()[0] for line in printed.out.splitlines()] == ["row", "real", "synthetic"]
    assert "synthetic, seed 0: 3 of 3 steps" in printed.err
    assert "report.html" in printed.err
    with pytest.raises(UsageError, match="--map"):
        sim2real(**words, maps=["A"])
