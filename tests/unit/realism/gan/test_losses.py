"""Losses: known answers, and what each is blind to on purpose."""

from __future__ import annotations

import math

import pytest
import torch

from synthvision.core.streams import rng_for
from synthvision.realism.gan.losses import (
    class_crops,
    discriminator_loss,
    generator_loss,
    gradient_penalty,
    patch_nce,
    pyramid_loss,
    structure_loss,
    tone_loss,
)
from synthvision.realism.gan.pool import PicturePool

torch.set_num_threads(1)


def noise(*shape, seed=1):
    return torch.rand(shape, generator=torch.Generator().manual_seed(seed)) * 2 - 1


def square(place=10, side=12, inside=0.6, outside=-0.4):
    picture = torch.full((1, 3, 40, 40), outside)
    picture[:, :, place : place + side, place : place + side] = inside
    return picture


def test_least_squares():
    ones, zeros = [torch.ones(1, 1, 2, 2)], [torch.zeros(1, 1, 2, 2)]
    assert generator_loss(ones) == 0
    assert generator_loss(zeros) == 1
    assert generator_loss([ones[0], zeros[0]]) == 0.5
    assert discriminator_loss(ones, zeros) == 0
    assert discriminator_loss(zeros, ones) == 1


def test_penalty_is_the_squared_slope():
    pictures = noise(2, 3, 4, 4).requires_grad_()
    weights = noise(1, 3, 1, 1, seed=2)
    # One score a pixel: its slope is the weights.
    scores = (pictures * weights).sum(dim=1, keepdim=True)
    assert gradient_penalty([scores], pictures).item() == pytest.approx(weights.square().sum().item(), rel=1e-5)


def test_patches_that_find_themselves_cost_nothing_and_patches_all_alike_cost_the_logarithm():
    axes = torch.eye(8)[None]
    assert patch_nce([axes], [axes], 0.07).item() == pytest.approx(0, abs=1e-4)
    alike = torch.ones(1, 8, 8) / math.sqrt(8)
    assert patch_nce([alike], [alike], 0.07).item() == pytest.approx(math.log(8), rel=1e-5)
    assert patch_nce([axes], [axes.roll(1, dims=1)], 0.07) > 10


def test_no_gradient_goes_through_the_keys():
    query, key = noise(1, 4, 8).requires_grad_(), noise(1, 4, 8, seed=2).requires_grad_()
    patch_nce([query], [key], 0.07).backward()
    assert query.grad is not None
    assert key.grad is None


@pytest.mark.parametrize(
    "made",
    [square(), square(inside=0.2, outside=-0.1), square(inside=-0.5, outside=0.5)],
    ids=["same", "less contrast", "other side bright"],
)
def test_structure_that_stays_costs_little(made):
    assert structure_loss(square(), made) < 0.1


@pytest.mark.parametrize(
    "made", [square(place=13), square(inside=-0.4), square(side=17)], ids=["moved", "erased", "grown"]
)
def test_structure_that_goes_costs_much(made):
    assert structure_loss(square(), made) > 0.4


def test_new_texture_is_free():
    plain = torch.zeros(1, 3, 32, 32)
    assert structure_loss(plain, noise(1, 3, 32, 32)) < 1e-3


def test_pyramids_of_equal_pictures_agree_and_a_shift_of_brightness_shows_on_the_coarsest_level_alone():
    picture = noise(1, 3, 32, 32)
    assert pyramid_loss(picture, picture) == 0
    assert pyramid_loss(picture + 0.5, picture).item() == pytest.approx(0.5 / 5, rel=1e-4)
    assert pyramid_loss(noise(1, 3, 3, 3), noise(1, 3, 3, 3, seed=2)) > 0


def test_crops_show_the_object_with_its_margin():
    picture = torch.zeros(1, 3, 40, 60)
    picture[:, :, 10:20, 30:50] = 1
    found = class_crops(picture, [(30.0, 10.0, 50.0, 20.0)], 26)
    assert found.shape == (1, 3, 26, 26)
    # 1 of 1.3 in each direction, but for whole pixels and the filter.
    assert found.mean().item() == pytest.approx(1 / 1.3**2, abs=0.08)
    assert class_crops(picture, [(59.0, 39.0, 60.0, 40.0)], 8).shape == (1, 3, 8, 8)


def test_a_pool_is_bounded_and_gives_old_pictures():
    pool = PicturePool(4)
    rng = rng_for(0, 0, "test")
    for number in range(4):
        assert pool.exchange(torch.full((1, 3, 2, 2), float(number)), rng).unique().item() == number
    given = [pool.exchange(torch.full((1, 3, 2, 2), 10.0 + number), rng).unique().item() for number in range(60)]
    assert len(pool) == 4
    older = sum(value != 10 + number for number, value in enumerate(given))
    assert 18 <= older <= 42
    again = PicturePool(4)
    again.restore(pool.tensors())
    assert all(torch.equal(a, b) for a, b in zip(again.tensors().values(), pool.tensors().values(), strict=True))


def test_without_a_pool_pictures_come_back_detached():
    picture = noise(1, 3, 2, 2).requires_grad_()
    found = PicturePool(0).exchange(picture, rng_for(0, 0, "test"))
    assert torch.equal(found, picture.detach())
    assert not found.requires_grad


def test_tone_is_the_mean_of_cells_and_nothing_finer():
    source = noise(2, 3, 32, 48)
    fine = torch.where((torch.arange(48) + torch.arange(32)[:, None]) % 2 == 0, 0.3, -0.3)
    assert tone_loss(source, source + fine) < 1e-6
    assert tone_loss(source, source + 0.2).item() == pytest.approx(0.04, rel=1e-4)
    # One of the six cells in one of two pictures is brighter.
    part = source.clone()
    part[0, :, :16, :16] += 0.6
    assert tone_loss(source, part).item() == pytest.approx(0.36 / 12, rel=1e-4)
    # Cells at the border may be smaller.
    assert tone_loss(source[..., :20, :20], source[..., :20, :20] + 0.2).item() == pytest.approx(0.04, rel=1e-4)
