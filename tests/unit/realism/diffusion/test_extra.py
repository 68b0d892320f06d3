"""Without the optional packages modules load, and what needs them says what to install."""

from __future__ import annotations

import subprocess
import sys

import pytest

from synthvision.core.errors import MissingExtraError, UsageError
from synthvision.realism.diffusion import pipelines
from synthvision.realism.diffusion.config import DiffusionSpec, PretrainedSpec
from synthvision.realism.diffusion.pretrained import PretrainedRefiner
from synthvision.realism.diffusion.scratch import ScratchRefiner
from synthvision.realism.networks import extra

LIGHT = (
    "diffusion.config", "diffusion.pretrained", "diffusion.scratch", "diffusion.training", "privacy.report",
    "privacy.masking", "privacy.membership", "privacy.dp", "privacy.detectors",
)  # fmt: skip


def test_nothing_heavy_is_loaded_before_it_is_used():
    names = "; ".join(f"import synthvision.realism.{name}" for name in LIGHT)
    code = f"import sys; {names}; print(sorted({{'torch', 'diffusers', 'transformers', 'opacus'}} & set(sys.modules)))"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"


def test_what_is_missing_is_named(monkeypatch, tmp_path):
    monkeypatch.setattr(pipelines, "find_spec", lambda name: None)
    monkeypatch.setattr(extra, "find_spec", lambda name: None)
    with pytest.raises(MissingExtraError, match=r"realism pretrained needs .* pip install 'synthvision\[realism\]'"):
        PretrainedRefiner(PretrainedSpec(kind="pretrained", model="base"), tmp_path, "cpu")
    with pytest.raises(MissingExtraError, match=r"realism diffusion needs .*synthvision\[realism\]"):
        ScratchRefiner(DiffusionSpec(kind="diffusion", weights="model"), tmp_path, "cpu")


def test_specs_of_others_are_refused(tmp_path):
    with pytest.raises(UsageError, match="must be given a PretrainedSpec, got DiffusionSpec"):
        PretrainedRefiner(DiffusionSpec(kind="diffusion", weights="model"), tmp_path, "cpu")
    with pytest.raises(UsageError, match="must be given a DiffusionSpec, got PretrainedSpec"):
        ScratchRefiner(PretrainedSpec(kind="pretrained", model="base"), tmp_path, "cpu")
