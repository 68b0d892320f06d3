"""Packages of other people, as pip would leave them: a module and a `.dist-info` folder with entry points."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

Installer = Callable[[str, Mapping[str, Mapping[str, str]], str], Path]


@pytest.fixture
def install(tmp_path, monkeypatch) -> Installer:
    """Return a function (distribution, entry points by group and name, source of its module) -> folder on the path.

    The module has the distribution's name with underscores.
    """
    folder = tmp_path / "site"
    folder.mkdir()
    monkeypatch.syspath_prepend(str(folder))
    monkeypatch.setenv("PYTHONPATH", str(folder))

    def put(distribution: str, groups: Mapping[str, Mapping[str, str]], source: str) -> Path:
        module = distribution.replace("-", "_")
        (folder / f"{module}.py").write_text(source, encoding="utf-8")
        info = folder / f"{module}-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {distribution}\nVersion: 1.0\n", encoding="utf-8")
        lines = []
        for group, entries in groups.items():
            lines += [f"[synthvision.{group}]", *(f"{name} = {value}" for name, value in entries.items())]
        (info / "entry_points.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
        monkeypatch.syspath_prepend(str(folder))  # once more, so that the finder looks again
        return folder

    return put
