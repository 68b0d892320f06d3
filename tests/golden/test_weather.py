"""Golden pictures: one yard in each weather and behind each lens, against what was looked at and approved.

On the driver that made them every byte may differ by one level; elsewhere the mean may differ by two levels.
``pytest tests/golden --update-golden`` writes them anew; look at every one before you commit it.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from synthvision.pipeline.effects import EFFECTS
from synthvision.scene import Optics, Sensor

PICTURES = Path(__file__).parent / "pictures"
DRIVER = PICTURES / "driver.txt"


def at_high_gain(scene):
    """By day at f/11 and 1/4000 s: ISO 3000 or so."""
    optics = Optics(f_number=11.0, exposure_time_s=1 / 4000)
    return replace(scene, camera=replace(scene.camera, optics=optics, sensor=Sensor()))


CHANGES = {"none": lambda scene: scene, "against the sun": lambda scene: scene, **EFFECTS, "high gain": at_high_gain}
#: What a bright light in the picture is needed for.
AGAINST_THE_SUN = ("against the sun", "glare")


def driver_of(maker):
    return maker.fingerprint["renderer.driver"]


@pytest.fixture
def plain(street, street_against_the_sun):
    return lambda effect: street_against_the_sun if effect in AGAINST_THE_SUN else street


@pytest.mark.parametrize("effect", CHANGES)
def test_the_picture_is_the_one_that_was_approved(maker, plain, effect, request, tmp_path):
    picture = maker.make_scene(CHANGES[effect](plain(effect))).captured.rgb_hwc
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


@pytest.mark.parametrize("effect", sorted(CHANGES.keys() - {"none", "against the sun"}))
def test_every_effect_shows(maker, plain, effect):
    """An eye sees it: a thousandth of the pixels, 77 or more, change by over 8 levels."""
    before = maker.make_scene(plain(effect)).captured.rgb_hwc.astype(int)
    after = maker.make_scene(CHANGES[effect](plain(effect))).captured.rgb_hwc
    assert (np.abs(after - before).max(axis=2) > 8).mean() > 0.001


def test_every_picture_belongs_to_a_change():
    assert {path.stem for path in PICTURES.glob("*.png")} == {name.replace(" ", "_") for name in CHANGES}
