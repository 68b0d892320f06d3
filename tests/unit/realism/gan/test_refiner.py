"""The refiner with a generator: what it gives, and what it refuses."""

from __future__ import annotations

import json
import types
from dataclasses import replace

import numpy as np
import pytest
import torch

from synthvision.core.errors import FrameError, MissingExtraError, UsageError
from synthvision.core.hashing import hash_file
from synthvision.core.streams import rng_for
from synthvision.dataset.reader import open_dataset
from synthvision.realism.gan import pictures as pictures_module
from synthvision.realism.gan.card import GeneratorCard
from synthvision.realism.gan.config import GeneratorSpec
from synthvision.realism.gan.refiner import GeneratorRefiner
from synthvision.realism.inputs import refine_input
from synthvision.realism.model_card import save_card
from synthvision.realism.networks.conditions import condition_channels
from synthvision.realism.networks.generator import Generator, initialise
from synthvision.realism.training.checkpoint import save_weights

torch.set_num_threads(1)


@pytest.fixture
def weights(tmp_path):
    """Write a generator that changes pictures a good deal, and return its folder."""

    def write(conditions=(), change=0.05, width=4):
        generator = torch.Generator().manual_seed(3)
        network = Generator(width=width, blocks=1, downs=1, condition_channels=condition_channels(conditions))
        initialise(network, generator)
        with torch.no_grad():
            tail = network.tail.convolution.weight
            tail.copy_(torch.randn(tail.shape, generator=generator) * change)
        folder = tmp_path / "models" / "mine"
        save_weights(folder / "model.safetensors", network)
        card = GeneratorCard(
            name="cut-flat",
            method="cut",
            width=4,
            blocks=1,
            downs=1,
            conditions=conditions,
            crop=32,
            sha256=hash_file(folder / "model.safetensors"),
            synthetic="flat",
            real_photos=18,
            real_licence="MIT",
            steps=4,
        )
        save_card(folder, card)
        return folder

    return write


def refiner(tmp_path, device="cpu", **settings):
    return GeneratorRefiner(GeneratorSpec(kind="generator", weights="models/mine", **settings), tmp_path, device)


@pytest.fixture
def given(make_dataset):
    """Three frames of 96 x 64 pixels with all that may guide."""
    wants_all = types.SimpleNamespace(needs=frozenset({"depth", "normals"}))
    return [refine_input(frame, wants_all.needs, 0) for frame in open_dataset(make_dataset(3))]


def cropped(entry, height, width):
    """A part of an input, as of a smaller picture."""
    parts = {name: getattr(entry, name) for name in ("rgb_hwc", "id_hw", "class_hw", "depth_m_hw", "normal_hwc")}
    return replace(entry, **{name: np.ascontiguousarray(part[:height, :width]) for name, part in parts.items()})


def test_a_batch_of_unlike_sizes_gives_what_each_gives_alone(weights, tmp_path, given):
    weights(("edges", "depth", "normals", "classes"))
    one = refiner(tmp_path)
    mixed = [given[0], cropped(given[1], 33, 47), given[2], cropped(given[0], 33, 47)]
    found = one.refine(mixed)
    for entry, picture in zip(mixed, found, strict=True):
        assert picture.dtype == np.uint8
        assert picture.shape == entry.rgb_hwc.shape
        np.testing.assert_array_equal(picture, one.refine([entry])[0])
    assert np.abs(found[0].astype(int) - given[0].rgb_hwc).mean() > 5


def test_it_says_what_it_is_and_needs(weights, tmp_path):
    folder = weights(("edges", "normals"))
    one = refiner(tmp_path, strength=0.5)
    assert one.needs == {"normals"}
    (entry,) = one.models
    assert (entry.kind, entry.name, entry.licence) == ("generator", "cut-flat", "MIT")
    assert (entry.strength, entry.real_photos) == (0.5, 18)
    assert entry.sha256 == hash_file(folder / "model.safetensors")
    assert one.smallest_px == 4
    one.close()


def test_strength_blends(weights, tmp_path, given):
    weights()
    render, full = given[0].rgb_hwc.astype(float), refiner(tmp_path).refine(given[:1])[0].astype(float)
    np.testing.assert_array_equal(refiner(tmp_path, strength=0).refine(given[:1])[0], given[0].rgb_hwc)
    half = refiner(tmp_path, strength=0.5).refine(given[:1])[0]
    assert np.abs(half - (render + full) / 2).max() <= 0.5


def test_conditions_make_a_difference(weights, tmp_path, given):
    weights(("edges",))
    one = refiner(tmp_path)
    without = replace(given[0], id_hw=np.zeros_like(given[0].id_hw))
    assert (one.refine(given[:1])[0] != one.refine([without])[0]).any()


def test_missing_depth_is_an_error_of_the_frame(weights, tmp_path, given):
    weights(("depth",))
    with pytest.raises(FrameError, match="depth must be given depth_m_hw"):
        refiner(tmp_path).refine([replace(given[0], depth_m_hw=None)])


def fake_gpu(monkeypatch, one, fits):
    """Let a refiner believe that it has a GPU on which `fits` pictures have room; return the sizes of its batches."""
    real = pictures_module.generate
    tried = []

    def generate(generator, pictures, *rest):
        tried.append(len(pictures))
        if len(pictures) > fits:
            raise torch.cuda.OutOfMemoryError
        return real(generator, pictures, *rest)

    monkeypatch.setattr(pictures_module, "generate", generate)
    one._batch = 8
    return tried


def test_too_little_memory_halves_the_batch_and_says_so(weights, tmp_path, given, monkeypatch):
    weights()
    one = refiner(tmp_path)
    alone = [one.refine([entry])[0] for entry in given]
    tried = fake_gpu(monkeypatch, one, fits=2)
    found = one.refine(given)
    # Full batches always: the last is filled up.
    assert tried == [8, 4, 2, 2]
    assert one.notes == [
        "the GPU had too little memory: refined 4 pictures at a time",
        "the GPU had too little memory: refined 2 pictures at a time",
    ]
    for mine, its in zip(found, alone, strict=True):
        assert np.abs(mine.astype(int) - its).max() <= 1


def test_a_picture_that_does_not_fit_at_all_is_an_error_of_the_frame(weights, tmp_path, given, monkeypatch):
    weights()
    one = refiner(tmp_path)
    fake_gpu(monkeypatch, one, fits=0)
    with pytest.raises(FrameError, match="a picture of 96 x 64 px must fit the GPU"):
        one.refine(given)


def test_missing_broken_and_foreign_weights(weights, tmp_path):
    with pytest.raises(UsageError, match=r"has no model\.json: give the folder 'model'"):
        refiner(tmp_path)
    folder = weights()
    card = json.loads((folder / "model.json").read_text())
    (folder / "model.json").write_text(json.dumps(card | {"conditions": ["edges"]}))
    with pytest.raises(UsageError, match=r"must have shape|differs in"):
        refiner(tmp_path)
    (folder / "model.json").write_text(json.dumps(card | {"depht": 1}))
    with pytest.raises(UsageError, match="must be the card of a trained generator"):
        refiner(tmp_path)
    (folder / "model.json").write_text(json.dumps(card))
    data = bytearray((folder / "model.safetensors").read_bytes())
    data[-1] ^= 255
    (folder / "model.safetensors").write_bytes(data)
    with pytest.raises(UsageError, match="must have the SHA-256"):
        refiner(tmp_path)


def test_a_card_of_another_width_is_refused(weights, tmp_path):
    weights(width=8)
    with pytest.raises(UsageError, match="must have shape"):
        refiner(tmp_path)


def test_half_precision_needs_a_gpu(weights, tmp_path):
    weights()
    with pytest.raises(UsageError, match="half precision needs a GPU, got the CPU"):
        refiner(tmp_path, half=True)
    with pytest.raises(UsageError, match="torch sees"):
        refiner(tmp_path, device="cuda:99")


def test_without_torch_the_extra_is_named(weights, tmp_path, monkeypatch):
    weights()
    monkeypatch.setattr("synthvision.realism.networks.extra.find_spec", lambda name: None)
    with pytest.raises(MissingExtraError, match=r"synthvision\[realism\]"):
        refiner(tmp_path)


def test_pictures_survive_the_way_to_a_tensor_and_back():
    picture = rng_for(0, 0, "levels").integers(0, 256, (16, 16, 3)).astype(np.uint8)
    tensor = pictures_module.picture_tensor([picture], "cpu")
    assert (tensor.min() >= -1).item()
    np.testing.assert_array_equal(pictures_module.tensor_pictures(tensor)[0], picture)
    far = pictures_module.tensor_pictures(torch.full((1, 3, 1, 1), 9.0))[0]
    assert far.tolist() == [[[255, 255, 255]]]
