"""Golden pictures: one small street in each weather and behind each lens, against what was looked at and approved.

On the driver that made them every byte may differ by one level; elsewhere the mean may differ by two levels.
``pytest tests/golden --update-golden`` writes them anew; look at every one before you commit it.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from synthvision.config.job import load_job
from synthvision.pipeline.effects import EFFECTS
from synthvision.pipeline.frame import FrameMaker

PICTURES = Path(__file__).parent / "pictures"
DRIVER = PICTURES / "driver.txt"


@pytest.fixture(scope="module")
def street():
    job = load_job("street_cones", overrides=["image.width=160", "image.height=120"])
    with FrameMaker(job) as maker:
        yield maker, replace(maker.sample(3), weather=None)


def driver_of(maker):
    return maker.fingerprint["renderer.driver"]


@pytest.mark.parametrize("effect", ["none", *EFFECTS])
def test_the_picture_is_the_one_that_was_approved(street, effect, request, tmp_path):
    maker, plain = street
    scene = plain if effect == "none" else EFFECTS[effect](plain)
    picture = maker.make_scene(scene).captured.rgb_hwc
    path = PICTURES / f"{effect.replace(' ', '_')}.png"
    if request.config.getoption("--update-golden"):
        PICTURES.mkdir(exist_ok=True)
        Image.fromarray(picture).save(path, optimize=True)
        DRIVER.write_text(driver_of(maker) + "\n")
        return
    approved = np.asarray(Image.open(path))
    difference = np.abs(picture.astype(int) - approved)
    same_driver = driver_of(maker) == DRIVER.read_text().strip()
    allowed = difference.max() <= 1 if same_driver else difference.mean() <= 2
    if not allowed:
        for name, array in (("got", picture), ("difference", np.minimum(difference * 8, 255).astype(np.uint8))):
            Image.fromarray(array).save(tmp_path / f"{name}.png")
    assert allowed, f"{effect}: differs by up to {difference.max()} levels; see {tmp_path}"


def test_every_effect_changes_the_picture(street):
    maker, plain = street
    before = maker.make_scene(plain).captured.rgb_hwc.astype(int)
    for name, change in EFFECTS.items():
        after = maker.make_scene(change(plain)).captured.rgb_hwc
        assert np.abs(after - before).max() > 2, name
