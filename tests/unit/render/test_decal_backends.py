"""Decals in every backend: the same ids as the default one draws."""

from __future__ import annotations

import numpy as np
import pytest

from synthvision.config.job import load_job
from synthvision.core.registry import load_plugin
from synthvision.gpu.context import open_context
from synthvision.library.assets import AssetLibrary
from synthvision.pipeline.frame import open_sampler
from synthvision.render.config import OpenGLConfig, RenderConfig
from synthvision.render.extras import missing_extra

JOB = """
scene:
  surface: {pick: ground, size_m: [2, 2]}
  objects:
    castings:
      pick: casting
      params: {style: flange}
      defects:
        kinds:
          stain: {severity: 1.0, length_m: 0.02, where: seen}
          dent: {severity: 1.0, length_m: 0.014, where: seen}
          chip: {severity: 1.0, length_m: 0.01}
          scratch: {severity: 1.0, length_m: 0.03}
      placement: {kind: fixed}
  lights: {sun: {kind: sun, illuminance_lux: 20000}}
  camera: {kind: shell, fill: 0.9, elevation_deg: 55}
classes:
  - {name: mark, match: {group: "castings#defects"}}
  - {name: casting, match: {group: castings}}
image: {width: 160, height: 120}
"""


@pytest.fixture(scope="module")
def drawn(tmp_path_factory):
    path = tmp_path_factory.mktemp("backends") / "job.yaml"
    path.write_text(JOB)
    library = AssetLibrary.open(())
    scene = open_sampler(load_job(path), library).sample(0)
    context = open_context()
    renderer = load_plugin("renderers", "opengl")(context, library, OpenGLConfig())
    ids = renderer.render_labels(scene).id_hw.copy()
    renderer.close()
    context.close()
    return scene, library, ids


@pytest.mark.parametrize("backend", ["pyrender", "mitsuba"])
def test_backends_agree_on_decals(drawn, backend):
    if missing_extra(backend) is not None:
        pytest.skip(f"the extra {backend} is not installed")
    from pydantic import TypeAdapter

    scene, library, ids = drawn
    config = TypeAdapter(RenderConfig).validate_python({"backend": backend})
    context = open_context()
    renderer = load_plugin("renderers", backend)(context, library, config)
    try:
        other = renderer.render_labels(scene).id_hw
    finally:
        renderer.close()
        context.close()
    marks = {item.attributes["defect"]: item.instance_id for item in scene.objects if "#" in item.name}
    dent, theirs = ids == marks["dent"], other == marks["dent"]
    assert dent.sum() > 20
    assert (dent & theirs).sum() >= 0.95 * (dent | theirs).sum()
    mine, theirs = np.isin(ids, list(marks.values())), np.isin(other, list(marks.values()))
    assert mine.sum() > 60
    if backend == "pyrender":
        # It knows no alpha masks in its labels: a mark covers its whole rectangle.
        assert (mine & theirs).sum() >= 0.98 * mine.sum()
    else:
        assert (other == ids).mean() > 0.998
        assert (mine & theirs).sum() > 0.9 * (mine | theirs).sum()
