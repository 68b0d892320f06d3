"""Renderers to compare."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from synthvision.gpu.context import open_context
from synthvision.library.assets import AssetLibrary
from synthvision.render.config import MitsubaConfig, OpenGLConfig, PyrenderConfig
from synthvision.render.mitsuba.renderer import MitsubaRenderer
from synthvision.render.opengl.renderer import OpenGLRenderer
from synthvision.render.pyrender.renderer import PyrenderRenderer


@pytest.fixture(autouse=True)
def home(tmp_path_factory, monkeypatch):
    """What is remembered of libraries goes to a folder of the test session."""
    folder = tmp_path_factory.getbasetemp() / "home"
    folder.mkdir(exist_ok=True)
    monkeypatch.setenv("SYNTHVISION_HOME", str(folder))


@pytest.fixture(scope="session")
def context():
    context = open_context()
    yield context
    context.close()


@pytest.fixture(scope="session")
def builtin():
    return AssetLibrary.open((), ())


@dataclass
class Judges:
    """All three backends over one library."""

    context: object
    library: object

    def __post_init__(self):
        self.opengl = OpenGLRenderer(self.context, self.library, OpenGLConfig(backend="opengl"))
        self.pyrender = PyrenderRenderer(self.context, self.library, PyrenderConfig(backend="pyrender"))
        # The variant that works on every machine; `test_mitsuba.py` compares the variants.
        self.mitsuba = MitsubaRenderer(
            self.context, self.library, MitsubaConfig(backend="mitsuba", variant="scalar_rgb")
        )

    def close(self):
        for renderer in (self.pyrender, self.mitsuba, self.opengl):
            renderer.close()


@pytest.fixture
def judges(context):
    made = []

    def make(library):
        made.append(Judges(context, library))
        return made[-1]

    yield make
    for found in made:
        found.close()
    context.take()
    context.check_errors("the test")
