"""Networks: sizes, the untrained generator, independence of what shares a batch."""

from __future__ import annotations

import subprocess
import sys

import pytest
import torch

from synthvision.core.errors import UsageError
from synthvision.realism.networks.discriminator import Discriminator, PatchHeads
from synthvision.realism.networks.extra import torch_device
from synthvision.realism.networks.generator import Generator, initialise
from synthvision.realism.networks.padding import crop_back, pad_to_multiple

torch.set_num_threads(1)


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


def noise(*shape, seed=1):
    return torch.rand(shape, generator=seeded(seed)) * 2 - 1


def ready(**settings):
    network = Generator(**({"width": 4, "blocks": 2} | settings))
    initialise(network, seeded())
    return network


@pytest.mark.parametrize("size", [(16, 16), (17, 23), (1, 5), (8, 40), (3, 3)])
def test_padding_is_cropped_back_exactly(size):
    picture = noise(2, 3, *size)
    padded = pad_to_multiple(picture, 8)
    assert all(side % 8 == 0 and side - now < 8 for side, now in zip(padded.shape[2:], size, strict=True))
    assert torch.equal(crop_back(padded, *size), picture)


def test_padding_mirrors_without_repeating_the_border():
    row = torch.arange(5.0).view(1, 1, 1, 5)
    assert pad_to_multiple(row, 4)[0, 0, 0].tolist() == [0, 1, 2, 3, 4, 3, 2, 1]
    assert pad_to_multiple(torch.arange(3.0).view(1, 1, 1, 3), 8)[0, 0, 0].tolist() == [0, 1, 2, 1, 0, 1, 2, 1]


@pytest.mark.parametrize("size", [(32, 32), (33, 47), (5, 9), (48, 64)])
@pytest.mark.parametrize("channels", [0, 6])
def test_an_untrained_generator_gives_the_picture_back(size, channels):
    network = ready(condition_channels=channels)
    picture = noise(2, 3, *size)
    conditions = noise(2, channels, *size, seed=2) if channels else None
    with torch.inference_mode():
        made = network(picture, conditions)
    assert made.shape == picture.shape
    # Half a level of 8 bits is 1 / 255.
    assert (made - picture).abs().max() < 8 / 255
    assert (made - picture).abs().mean() < 1 / 255


def test_others_of_a_batch_change_nothing():
    network = ready(condition_channels=2)
    with torch.no_grad():
        network.tail.convolution.weight.copy_(noise(*network.tail.convolution.weight.shape) * 0.05)
    pictures, conditions = noise(3, 3, 24, 24), noise(3, 2, 24, 24, seed=4)
    with torch.inference_mode():
        together = network(pictures, conditions)
        alone = torch.cat([network(pictures[i : i + 1], conditions[i : i + 1]) for i in range(3)])
    assert (together - pictures).abs().mean() > 0.1
    torch.testing.assert_close(together, alone, atol=1e-5, rtol=0)


def test_conditions_that_are_not_known_are_zeros():
    network = ready(condition_channels=3)
    picture = noise(1, 3, 16, 16)
    with torch.inference_mode():
        assert torch.equal(network(picture), network(picture, torch.zeros(1, 3, 16, 16)))


def test_conditions_reach_the_output_once_trained():
    network = ready(condition_channels=2)
    picture = noise(1, 3, 16, 16)
    conditions = noise(1, 2, 16, 16, seed=3).requires_grad_()
    network(picture, conditions).square().sum().backward()
    assert conditions.grad.abs().sum() > 0
    # The modulation starts at none, but its last layer learns.
    assert network.blocks[0].modulation.both.weight.grad.abs().sum() > 0


def test_features_are_those_of_the_stated_layers():
    network = ready(width=4, blocks=3, downs=2)
    found = network.encode(noise(1, 3, 32, 32))
    assert tuple(feature.shape[1] for feature in found) == network.layer_channels == (3, 4, 8, 16, 16)
    assert [feature.shape[2] for feature in found] == [32, 32, 16, 8, 8]


def test_weights_depend_on_the_seed_alone():
    one, other = ready().state_dict(), ready().state_dict()
    assert all(torch.equal(one[name], other[name]) for name in one)


def test_a_discriminator_sees_patches_at_each_scale():
    network = Discriminator(width=4, layers=2, scales=2)
    initialise(network, seeded())
    large, small = network(noise(2, 3, 64, 64))
    assert large.shape[:2] == small.shape[:2] == (2, 1)
    assert large.shape[2] > small.shape[2]


def test_a_discriminator_sees_brightness():
    network = Discriminator(width=4, layers=2)
    initialise(network, seeded())
    dark, bright = network(torch.full((1, 3, 32, 32), -0.8)), network(torch.full((1, 3, 32, 32), 0.8))
    assert (dark[0] - bright[0]).abs().mean() > 1e-3


def test_heads_give_unit_vectors_of_the_places():
    heads = PatchHeads([3, 8], width=16)
    initialise(heads, seeded())
    features = [noise(2, 3, 8, 8), noise(2, 8, 4, 4)]
    found = heads(features, [torch.arange(10), torch.tensor([15])])
    assert [tuple(vectors.shape) for vectors in found] == [(2, 10, 16), (2, 1, 16)]
    for vectors in found:
        torch.testing.assert_close(vectors.norm(dim=-1), torch.ones(vectors.shape[:2]))
    # Place 9 of 8 columns is row 1, column 1.
    single = heads([features[0][:, :, 1:2, 1:2], features[1]], [torch.tensor([0]), torch.tensor([0])])
    torch.testing.assert_close(single[0][:, 0], found[0][:, 9])


def test_devices_are_checked():
    assert torch_device("cpu") == "cpu"
    with pytest.raises(UsageError, match="device must be auto, cpu, cuda or cuda:N, got 'tpu'"):
        torch_device("tpu")
    with pytest.raises(UsageError, match="device cuda:99 must be there"):
        torch_device("cuda:99")


def test_settings_and_refiners_can_be_named_without_torch():
    code = (
        "import sys, synthvision.realism.gan.refiner, synthvision.realism.training.run, "
        "synthvision.realism.distil.run, synthvision.realism.distil.config; assert 'torch' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.parametrize(("norm", "same"), [("place", True), ("instance", False)])
def test_what_becomes_of_a_place_does_not_depend_on_what_is_far_from_it(norm, same):
    network = ready(blocks=1, downs=1, norm=norm)
    with torch.no_grad():
        network.tail.convolution.weight.copy_(noise(*network.tail.convolution.weight.shape) * 0.05)
    wide = noise(1, 3, 32, 96)
    other = wide.clone()
    other[..., 64:] = 0.9
    with torch.inference_mode():
        difference = (network(wide) - network(other))[..., :32].abs().max()
    assert (difference < 1e-5) == same


def test_no_change_is_larger_than_the_most():
    picture = noise(1, 3, 24, 24)
    network = ready(most_change=0.1)
    with torch.no_grad():
        network.tail.convolution.weight.mul_(1e7)
    with torch.inference_mode():
        change = (network(picture) - picture).abs()
    # A tenth of the way from -1 to 1, reached where the network wants more.
    assert change.max().item() == pytest.approx(0.2, abs=1e-4)
    assert change.mean() > 0.1
