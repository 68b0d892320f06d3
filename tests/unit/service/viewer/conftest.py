"""Data sets to serve, and no trace in the user's cache."""

import pytest


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("SYNTHVISION_CACHE", str(tmp_path / "cache"))
