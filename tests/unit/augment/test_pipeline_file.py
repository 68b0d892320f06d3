"""Pipelines from YAML: what is taken, and what is refused with its line."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from synthvision.augment.catalogue import FIXED_ARGUMENTS, HOLES, PIXELS, REFUSED, TRANSFORMS, WARPS, WINDOWS
from synthvision.augment.extra import load_albumentations
from synthvision.augment.pipeline_file import load_pipeline, parse_pipeline
from synthvision.core.errors import ConfigError

GOOD = """
transforms:
  - HorizontalFlip: {p: 0.5}
  - OneOf:
      p: 0.3
      transforms:
        - GaussNoise: {std_range: [0.02, 0.06]}
        - MotionBlur
  - NoOp:
"""


def problem(text: str) -> str:
    with pytest.raises(ConfigError) as caught:
        parse_pipeline(text, "p.yaml")
    return str(caught.value)


def one(step: str) -> str:
    return problem(f"transforms:\n  - {step}\n")


def test_steps_keep_order_and_arguments_and_come_back():
    spec = parse_pipeline(GOOD)
    assert [step.name for step in spec.leaves()] == ["HorizontalFlip", "GaussNoise", "MotionBlur", "NoOp"]
    assert spec.steps[0].arguments == {"p": 0.5}
    assert spec.steps[1].steps[1].arguments == {"allow_shifted": False}
    assert spec.geometry == "warped"
    written = spec.to_json()
    assert written["transforms"][1]["OneOf"]["transforms"][1] == {"MotionBlur": {"allow_shifted": False}}
    import yaml

    assert parse_pipeline(yaml.safe_dump(written)) == spec


@pytest.mark.parametrize(
    ("steps", "geometry"),
    [
        ("[GaussNoise, CLAHE]", "pixels"),
        ("[GaussNoise, {CoarseDropout: {p: 1}}]", "pixels"),
        ("[GaussNoise, {CoarseDropout: {fill_mask: 0}}]", "window"),
        ("[GaussNoise, {CenterCrop: {height: 8, width: 8}}]", "window"),
        ("[{OneOf: {transforms: [GaussNoise, VerticalFlip]}}]", "warped"),
    ],
)
def test_the_geometry_of_a_pipeline_is_that_of_its_worst_transform(steps, geometry):
    assert parse_pipeline(f"transforms: {steps}").geometry == geometry


def test_a_pipeline_that_albumentations_saved_is_read(tmp_path):
    library = load_albumentations()
    pipeline = library.Compose(
        [
            library.HorizontalFlip(p=0.5),
            library.OneOf([library.Affine(rotate=(-10, 10)), library.Sequential([library.GaussNoise(p=1)])], p=0.3),
            library.Compose([library.VerticalFlip()], p=0.5),
        ],
        bbox_params=library.BboxParams("coco"),
    )
    path = tmp_path / "saved.yaml"
    library.save(pipeline, path, data_format="yaml")
    spec = load_pipeline(path)
    assert [step.name for step in spec.steps] == ["HorizontalFlip", "OneOf", "Sequential"]
    assert [step.name for step in spec.leaves()] == ["HorizontalFlip", "Affine", "GaussNoise", "VerticalFlip"]
    assert list(list(spec.leaves())[1].arguments["rotate"]) == [-10, 10]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[]", "p.yaml:1: must be a mapping with the key 'transforms', got an empty list"),
        ("transform: []", "p.yaml:1: transform: must be 'transforms'; did you mean 'transforms'?"),
        ("transforms: []", "p.yaml:1: transforms: must be a list of one transform or more, got an empty list"),
        ("transforms: x", "p.yaml:1: transforms: must be a list of one transform or more, got text"),
    ],
)
def test_a_file_of_another_form_is_refused(text, message):
    assert message in problem(text)


@pytest.mark.parametrize(
    ("step", "message"),
    [
        ("HorizontalFlipp", "p.yaml:2: transforms.0: HorizontalFlipp is no transform; did you mean 'HorizontalFlip'?"),
        ("Mosaic", "p.yaml:2: transforms.0: Mosaic is not taken: it mixes several images"),
        ("Lambda", "Lambda is not taken: a pipeline file holds no code"),
        ("os.system", "os.system is no transform"),
        ("BasicTransform", "BasicTransform is no transform"),
        ("{GaussNoise: {std_rage: [0.1, 0.2]}}", "GaussNoise has no argument 'std_rage'; did you mean 'std_range'?"),
        ("{GaussNoise: {std_range: [0.1, 7]}}", "p.yaml:2: transforms.0.GaussNoise.std_range: GaussNoise: "),
        ("{GaussNoise: 3}", "the arguments of GaussNoise must be a mapping, got int 3"),
        ("{GaussNoise: {}, Blur: {}}", "must be the name of a transform, alone or with its arguments"),
        ("{RandomCrop: {height: 3}}", "transforms.0.RandomCrop: RandomCrop: "),
        ("{OneOf: {transforms: []}}", "transforms.0.OneOf.transforms: must be a list of one transform or more"),
        ("{OneOf: {transforms: [Blur], n: 2}}", "OneOf has no argument 'n'"),
        ("{MotionBlur: {allow_shifted: true}}", "must be False, got True: a shifted blur moves the picture against"),
        ("{Affine: {border_mode: 4}}", "border_mode: must be 0, got 4: a mirrored or repeated border shows objects"),
        ("{Affine: {fill_mask: 3}}", "fill_mask: must be 0 or null, got 3"),
        ("{Affine: {mask_interpolation: 1}}", "mask_interpolation: must be 0, got 1: ids must never be blended"),
        ("{PixelDropout: {mask_drop_value: 0}}", "mask_drop_value: must be null, got 0"),
    ],
)
def test_a_wrong_step_is_refused_with_its_line(step, message):
    assert message in one(step)


def test_every_fault_is_listed_in_the_order_of_the_file():
    text = "transforms:\n  - Flip\n  - Blur: {blur: 3}\n  - OneOf:\n      transforms:\n        - Mosaic\n"
    lines = problem(text).splitlines()
    assert [line.split(": ")[0] for line in lines] == ["p.yaml:2", "p.yaml:3", "p.yaml:6"]


def test_the_catalogue_names_what_albumentations_has_and_each_once():
    library = load_albumentations()
    assert all(hasattr(library, name) for name in TRANSFORMS)
    assert len(TRANSFORMS) == len(PIXELS) + len(HOLES) + len(WINDOWS) + len(WARPS)
    assert not TRANSFORMS & REFUSED.keys()
    assert {owner for owner, _ in FIXED_ARGUMENTS} <= TRANSFORMS
    found = {
        name
        for name, kind in vars(library).items()
        if isinstance(kind, type) and issubclass(kind, library.BasicTransform)
    }
    # Where torch is installed there are transforms to its tensors as well, which no picture on disk can be.
    bases = {"BasicTransform", "DualTransform", "ImageOnlyTransform", "Transform3D", "ToTensor3D"}
    assert found - TRANSFORMS - REFUSED.keys() - bases == set()


def test_a_missing_extra_answers_with_its_command(tmp_path):
    (tmp_path / "albumentations.py").write_text("raise ImportError('broken on purpose')\n")
    words = ["augment", ".", "--with", "p.yaml", "--out", "o"]
    code = f"from synthvision.cli.main import main; raise SystemExit(main({words}))"
    (tmp_path / "p.yaml").write_text(GOOD)
    environment = {**os.environ, "PYTHONPATH": str(tmp_path)}
    result = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
    )
    assert result.returncode == 2
    assert result.stderr == "augment needs an optional dependency: pip install 'synthvision[augment]'\n"
    assert not (tmp_path / "o").exists()


def test_importing_the_package_does_not_load_albumentations():
    code = "import sys, synthvision.augment.run; assert 'albumentations' not in sys.modules"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
