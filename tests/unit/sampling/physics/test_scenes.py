"""The jobs of heaps that ship: they read, and no class is without objects."""

from __future__ import annotations

import pytest

from synthvision.config.job import load_job
from synthvision.library.assets import AssetLibrary
from synthvision.sampling import check
from synthvision.sampling.check import check_spec
from synthvision.sampling.placement.config import Dropped

JOBS = ("bin", "pick_and_place", "waste_sorting")


@pytest.mark.parametrize("name", JOBS)
def test_jobs_of_heaps_need_nothing_but_built_in_assets(name):
    job = load_job(name)
    assert job.scene.description
    assert any(isinstance(group.placement, Dropped) for group in job.scene.objects.values())
    assert check_spec(job.scene, job.classes, AssetLibrary.open(["builtin"])) == []


def test_a_missing_engine_is_known_before_the_first_frame(monkeypatch):
    monkeypatch.setattr(check, "engine_is_installed", lambda: False)
    job = load_job("bin")
    faults = check_spec(job.scene, job.classes, AssetLibrary.open(["builtin"]))
    assert faults[0][0] == ("scene", "objects", "parts", "placement", "kind")
    assert "pip install 'synthvision[physics]'" in faults[0][1]
