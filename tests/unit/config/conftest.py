"""A small valid job with its scene, which tests change in one place."""

import pytest

SCENE = """\
description: a few bottles
surface:
  pick: ground
  size_m: [2, 2]
objects:
  bottles:
    pick: bottle
    count: {uniform_int: [1, 3]}
  mugs:
    pick: [mug, {category: can, weight: 2}]
    count: 2
    placement: {kind: scatter, min_distance_m: 0.1}
lights:
  sun: {kind: sun, illuminance_lux: {log_uniform: [2e4, 1e5]}}
environment:
  pick: {category: sky}
  illuminance_lux: 5000
camera:
  kind: shell
  distance_m: 1.2
  fov_deg: 50
"""

JOB = """\
scene: scene.yaml
classes:
  - {name: bottle, match: {category: bottle}}
  - name: mug
    match: [{category: mug}, {category: can}]
frames: 4
seed: 3
image: {width: 320, height: 240}
"""


class JobFolder:
    """Writes the two files, changed, and loads them."""

    def __init__(self, folder):
        self.folder = folder
        self.job_path = folder / "job.yaml"

    def write(self, *, job=(), scene=()):
        """Replace text in the files: (old, new) pairs; each old text must be there once."""
        for name, text, changes in (("job.yaml", JOB, job), ("scene.yaml", SCENE, scene)):
            for old, new in changes:
                assert text.count(old) == 1, old
                text = text.replace(old, new)
            (self.folder / name).write_text(text, encoding="utf-8")
        return self.job_path


@pytest.fixture
def job_folder(tmp_path):
    folder = JobFolder(tmp_path)
    folder.write()
    return folder
