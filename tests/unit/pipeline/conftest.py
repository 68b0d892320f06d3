"""A small job that needs nothing but built-in assets, and its data set rendered once for all tests here."""

from __future__ import annotations

import pytest

from synthvision.config.job import load_job
from synthvision.pipeline.run import render_job

JOB = """
scene:
  surface: {pick: ground, size_m: [2, 2], material: {pick: {category: floor}, variants: 2}}
  objects:
    bottles:
      pick: bottle
      variants: 3
      count: {uniform_int: [1, 2]}
      placement: {kind: on_surface, region: {radius_m: 0.2}}
    cans:
      pick: can
      variants: 3
      count: {uniform_int: [1, 3]}
      placement: {kind: on_surface, pose: stable, region: {radius_m: 0.2}}
  lights:
    sun: {kind: sun, illuminance_lux: {uniform: [10000, 60000]}, elevation_deg: {uniform: [30, 70]}}
  environment: {pick: studio, illuminance_lux: 4000, variants: 2}
  camera: {kind: shell, fill: {uniform: [0.7, 1.3]}, fov_deg: 45}
classes:
  - {name: bottle, match: {category: bottle}}
  - {name: can, match: {category: can}}
frames: 6
image: {width: 160, height: 120}
output: {depth: true, ids: true, normals: true}
"""


@pytest.fixture(scope="session")
def job_file(tmp_path_factory):
    path = tmp_path_factory.mktemp("job") / "small.yaml"
    path.write_text(JOB)
    return path


@pytest.fixture(scope="session")
def small_job(job_file):
    return load_job(job_file)


@pytest.fixture(scope="session")
def small_set(small_job, tmp_path_factory):
    """The six frames, made by one worker. Tests that change files copy it first."""
    folder = tmp_path_factory.mktemp("sets") / "one_worker"
    summary = render_job(small_job, folder, workers=1)
    assert summary.done == 6
    assert not summary.failures
    return folder
