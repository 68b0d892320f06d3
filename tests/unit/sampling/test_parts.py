"""Parts of models as instances of their own: split by class rules, drawn and measured without a gap."""

from __future__ import annotations

import numpy as np
import pytest

from synthvision.annotate.placement import model_facts
from synthvision.config.job import load_job
from synthvision.gpu.context import open_context
from synthvision.library.assets import AssetLibrary
from synthvision.pipeline.frame import FrameMaker
from synthvision.render.config import OpenGLConfig
from synthvision.render.opengl.renderer import OpenGLRenderer

JOB = """
scene:
  surface: {pick: ground, size_m: [2, 2]}
  objects:
    cones: {pick: traffic_cone, variants: 2, count: 2, params: {band_count: 2}, placement: {region: {radius_m: 0.4}}}
  lights: {sun: {kind: sun, illuminance_lux: 20000}}
  camera: {kind: shell, fill: 0.9}
classes:
  - {name: band, match: {part: "ban*"}}
  - {name: cone, match: {category: traffic_cone}}
image: {width: 160, height: 120}
"""


@pytest.fixture(scope="module")
def frame(tmp_path_factory):
    path = tmp_path_factory.mktemp("parts") / "job.yaml"
    path.write_text(JOB)
    with FrameMaker(load_job(path)) as maker:
        yield maker.make(0)


def test_each_part_that_a_class_asks_for_is_an_instance_of_its_own(frame):
    objects = {item.name: item for item in frame.scene.objects}
    assert {"cones/0", "cones/0#band", "cones/1", "cones/1#band", "surface"} == set(objects)
    whole, band = objects["cones/0"], objects["cones/0#band"]
    assert (whole.category, band.category) == ("cone", "band")
    assert set(whole.shown_parts) == {"base", "body"}
    assert band.shown_parts == ("band",)
    assert band.attributes["part"] == "band"
    assert (whole.position_m, whole.rotation_wxyz, whole.asset) == (band.position_m, band.rotation_wxyz, band.asset)
    assert {label.category for label in frame.annotated.with_status("labelled")} == {"cone", "band"}


def test_parts_have_their_own_bounds_and_no_keypoints(frame):
    labels = {label.name: label for label in frame.annotated.instances}
    whole, band = labels["cones/0"], labels["cones/0#band"]
    assert band.bbox_3d.size_m[2] < 0.8 * whole.bbox_3d.size_m[2]
    assert whole.keypoints
    assert band.keypoints == ()
    library = AssetLibrary.open(())
    objects = {item.name: item for item in frame.scene.objects}
    facts = model_facts(library, objects["cones/0#band"])
    model = library.load_model(objects["cones/0#band"].asset)
    (part,) = [part for part in model.parts if part.name == "band"]
    assert np.allclose(facts.low_m, part.positions_n3.min(axis=0))
    assert np.allclose(facts.high_m, part.positions_n3.max(axis=0))


def test_the_parts_together_cover_what_the_whole_covers(frame):
    """Ids merged by object are those of the same scene with whole objects."""
    from dataclasses import replace

    objects = [item for item in frame.scene.objects if "part" not in item.attributes]
    whole = replace(frame.scene, objects=tuple(replace(item, shown_parts=None) for item in objects))
    owner = np.zeros(1 + len(frame.scene.objects), np.uint16)
    ids = {item.name: item.instance_id for item in frame.scene.objects}
    for item in frame.scene.objects:
        owner[item.instance_id] = ids[item.name.partition("#")[0]]
    context = open_context()
    renderer = OpenGLRenderer(context, AssetLibrary.open(()), OpenGLConfig())
    drawn = renderer.render_labels(whole).id_hw
    renderer.close()
    context.close()
    assert np.array_equal(owner[frame.captured.labels.id_hw], drawn)


def test_an_unknown_part_is_named_before_anything_is_drawn(tmp_path):
    from synthvision.config.preflight import open_checked_library
    from synthvision.core.errors import ConfigError

    path = tmp_path / "job.yaml"
    path.write_text(JOB.replace('"ban*"', "bend"))
    with pytest.raises(ConfigError, match=r"none has a part 'bend'.*base, body"):
        open_checked_library(load_job(path))
