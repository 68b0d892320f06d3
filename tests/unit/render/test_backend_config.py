"""The options of the renderers as a job holds them."""

from __future__ import annotations

import pytest

from synthvision.config.job import load_job
from synthvision.config.model import Job
from synthvision.config.preflight import open_checked_library
from synthvision.config.schema import job_schema
from synthvision.core.errors import ConfigError, MissingExtraError
from synthvision.core.registry import plugin_names
from synthvision.render import extras
from synthvision.render.config import MitsubaConfig, OpenGLConfig, PyrenderConfig


def test_a_job_that_names_no_backend_is_drawn_with_opengl():
    assert isinstance(load_job("quickstart").render, OpenGLConfig)
    assert load_job("quickstart", ["render.antialias=1"]).render == OpenGLConfig(backend="opengl", antialias=1)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        (
            ["render.backend=mitsuba", "render.samples_per_pixel=4"],
            MitsubaConfig(backend="mitsuba", samples_per_pixel=4),
        ),
        (["render.backend=pyrender", "render.shadows=false"], PyrenderConfig(backend="pyrender", shadows=False)),
        (["render.backend=opengl"], OpenGLConfig(backend="opengl")),
    ],
)
def test_backends_bring_their_own_options_and_survive_the_manifest(changes, expected):
    job = load_job("quickstart", changes)
    assert job.render == expected
    assert Job.from_resolved(job.resolved()).render == expected
    assert job.job_hash != load_job("dice").job_hash


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            ["render.backend=mitsubo"],
            r"render.backend: must be one of .*mitsuba.*got 'mitsubo'; did you mean 'mitsuba'",
        ),
        (
            ["render.backend=mitsuba", "render.antialias=4"],
            r"render.antialias: there is no such key.*samples_per_pixel",
        ),
        (
            ["render.backend=mitsuba", "render.samples_per_pixel=0"],
            r"samples_per_pixel: must be .* from 1 to 65536, got 0",
        ),
        (
            ["render.backend=pyrender", "render.environment_lights=3"],
            r"environment_lights: must be .* from 0 to 2, got 3",
        ),
        (["render.backend=mitsuba", "render.variant=llvm"], r"variant: must be one of auto, scalar_rgb, .*got 'llvm'"),
    ],
)
def test_wrong_options_name_what_is_allowed(changes, message):
    with pytest.raises(ConfigError, match=message):
        load_job("quickstart", changes)


def test_every_backend_of_the_config_is_a_plugin_and_in_the_schema():
    definitions = job_schema()["$defs"]
    named = {
        definitions[name]["properties"]["backend"]["const"]
        for name in ("OpenGLConfig", "MitsubaConfig", "PyrenderConfig")
    }
    assert named == {"opengl", "mitsuba", "pyrender"}
    assert named <= set(plugin_names("renderers"))


@pytest.mark.parametrize("backend", ["mitsuba", "pyrender"])
def test_a_backend_that_is_not_installed_is_known_before_the_first_frame(backend, monkeypatch):
    monkeypatch.setattr(extras, "find_spec", lambda name: None)
    with pytest.raises(MissingExtraError, match=rf"pip install 'synthvision\[{backend}\]'") as caught:
        open_checked_library(load_job("quickstart", [f"render.backend={backend}"]))
    assert caught.value.exit_code == 2
    open_checked_library(load_job("quickstart"))
    details = {finding.name: finding.detail for finding in extras.diagnose_backends()}
    assert details[f"backend {backend}"] == f"not installed (pip install 'synthvision[{backend}]')"
