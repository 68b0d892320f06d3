"""Schedule, steps and tiles, with networks whose answer is known."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from synthvision.core.errors import UsageError
from synthvision.core.streams import rng_for
from synthvision.realism.diffusion.edges import guiding_edges, photo_edges
from synthvision.realism.diffusion.model import apply_model
from synthvision.realism.diffusion.network import SmallUNet
from synthvision.realism.diffusion.process import (
    denoise,
    noised,
    sample_losses,
    signal_and_noise,
    step_times,
    tiled,
)
from synthvision.realism.diffusion.tiles import tile_places, tile_window


def noise(*shape, seed=0):
    return torch.from_numpy(rng_for(seed, 0, "test.noise").standard_normal(shape, np.float32))


def test_the_schedule_keeps_the_variance_and_has_its_known_values():
    times = torch.tensor([0.0, 1 / 3, 0.5, 1.0])
    signal, spread = signal_and_noise(times)
    assert torch.allclose(signal**2 + spread**2, torch.ones(4))
    assert torch.allclose(signal[1:3], torch.tensor([0.75**0.5, 0.5**0.5]))
    assert signal[0] > 0.999
    assert 0 < signal[3] < 0.01


def test_step_times():
    assert step_times(1.0, 4) == [1.0, 0.75, 0.5, 0.25, 0.0]
    assert len(step_times(0.4, 20)) == 9
    assert step_times(0.5, 2) == [0.5, 0.0]


def test_the_true_velocity_has_no_loss_and_leads_back_to_the_picture():
    picture = noise(2, 3, 8, 8).clamp(-1, 1)
    field = noise(2, 3, 8, 8, seed=1)

    def velocity(state, time):
        signal, spread = signal_and_noise(torch.as_tensor(time, dtype=torch.float32))
        return (signal * state - picture) / spread  # since picture = signal * state - spread * velocity

    def network(state, edges, guided, time):
        signal, spread = signal_and_noise(time[:, None, None, None])
        return (signal * state - picture) / spread

    time = torch.tensor([0.3, 0.8])
    losses = sample_losses(network, picture, noise(2, 1, 8, 8), torch.ones(2), time, field)
    assert losses.shape == (2,)
    assert losses.max() < 1e-8
    zero = sample_losses(lambda *given: torch.zeros(2, 3, 8, 8), picture, noise(2, 1, 8, 8), torch.ones(2), time, field)
    assert (zero > 0.1).all()
    start = noised(picture, field, torch.full((2,), 0.7))
    assert torch.allclose(denoise(start, step_times(0.7, 10), velocity), picture, atol=1e-4)


@pytest.mark.parametrize("overlap", [0.0, 0.25, 0.5, 0.75])
@pytest.mark.parametrize("side", [16, 17, 31, 32, 100])
def test_tiles_cover_everything_with_their_overlap(side, overlap):
    places = tile_places(side, 16, overlap)
    assert places[0] == 0
    assert places[-1] == side - 16
    steps = np.diff(places)
    assert (steps <= 16 * (1 - overlap) + 0.5).all()
    assert len(set(places)) == len(places)


def test_a_tile_larger_than_the_picture_is_refused():
    with pytest.raises(UsageError, match="a tile must fit the picture, got tiles of 16 px and a picture of 15"):
        tile_places(15, 16, 0.5)


def test_tiles_blend_to_what_the_whole_would_be_in_any_order_and_batch():
    state, edges = noise(1, 3, 40, 50), noise(1, 1, 40, 50, seed=1)
    window = torch.from_numpy(tile_window(16))
    places = [(y, x) for y in tile_places(40, 16, 0.25) for x in tile_places(50, 16, 0.25)]

    def pointwise(noisy, edge, time):
        return noisy * time + edge**2

    whole = pointwise(state, edges, 0.3)
    for order in (places, places[::-1], sorted(places, key=lambda place: place[1])):
        for batch in (1, 5, 100):
            assert torch.allclose(tiled(pointwise, edges, order, window, batch)(state, 0.3), whole, atol=1e-6)

    def by_tile(noisy, edge, time):
        return noisy - noisy.mean(dim=(1, 2, 3), keepdim=True)

    one = tiled(by_tile, edges, places, window, 3)(state, 0.3)
    other = tiled(by_tile, edges, places[::-1], window, 4)(state, 0.3)
    assert torch.equal(one, other)


def test_blended_tiles_have_no_seams():
    """Tiles that disagree by a constant step: no two neighbouring pixels may differ by nearly that step."""
    places = [(0, x) for x in tile_places(64, 16, 0.5)]
    numbers = iter(range(100))

    def disagreeing(noisy, edge, time):
        return torch.stack([torch.full_like(one, float(next(numbers) % 2)) for one in noisy])

    state = torch.zeros(1, 3, 16, 64)
    found = tiled(disagreeing, state[:, :1], places, torch.from_numpy(tile_window(16)), 1)(state, 0.5)
    assert found.min() < 0.2
    assert found.max() > 0.8
    assert (found[..., 1:] - found[..., :-1]).abs().max() < 0.2


@pytest.mark.parametrize("size_wh", [(16, 16), (37, 21), (9, 50), (1, 1)])
def test_a_network_that_knows_the_picture_gives_it_back_in_place(size_wh):
    """Geometry: padding, tiles and cropping move no pixel, also for pictures smaller than a tile."""
    width, height = size_wh
    rgb = rng_for(0, 0, "test.picture").integers(0, 256, (height, width, 3), dtype=np.uint8)
    edges = np.zeros((height, width), np.float32)

    class Still(torch.nn.Module):
        """Takes all noise for none: the clean picture of its prediction is the state over its share of signal."""

        def forward(self, state, edges, guided, time):
            return torch.zeros_like(state)

    found = apply_model(
        Still(), rgb, edges, rng_for(0, 0, "x"), "cpu", tile=16, strength=1e-6, steps=10**6, guidance=1.0, overlap=0.5,
        batch=3,
    )  # fmt: skip
    assert found.shape == rgb.shape
    assert np.abs(found.astype(int) - rgb).max() <= 1


def test_guidance_mixes_with_and_without_edges():
    class Edges(torch.nn.Module):
        def forward(self, state, edges, guided, time):
            return (edges * guided[:, None, None, None]).expand_as(state)

    rgb = np.full((16, 16, 3), 128, np.uint8)
    edges = np.full((16, 16), 0.5, np.float32)

    def result(guidance):
        made = apply_model(
            Edges(), rgb, edges, rng_for(0, 0, "x"), "cpu", tile=16, strength=0.5, steps=2, guidance=guidance,
            overlap=0.5, batch=3,
        )  # fmt: skip
        return made.astype(float).mean()

    none, one, two = result(0.0), result(1.0), result(2.0)
    assert none > one > two
    assert none - two == pytest.approx(2 * (none - one), rel=0.1)


def test_edges_of_a_photo_are_steps_and_not_noise_or_shading():
    _, x = np.mgrid[:40, :60]
    step = np.where(x < 30, 60, 160)[..., None].repeat(3, axis=2)
    edges = photo_edges(step.astype(np.uint8))
    assert (edges[:, 29:31] > 0.9).all()
    assert (edges[:, :26] == 0).all()
    assert (edges[:, 34:] == 0).all()
    shading = (60 + 2 * x)[..., None].repeat(3, axis=2)
    assert photo_edges(shading.astype(np.uint8)).max() == 0
    noisy = 120 + rng_for(0, 0, "test.noise").normal(0, 3, (40, 60, 3))
    assert photo_edges(noisy.astype(np.uint8)).mean() < 0.02
    crop = photo_edges(step.astype(np.uint8)[10:30, 20:40])
    assert np.allclose(crop[4:-4, 4:-4], edges[14:26, 24:36], atol=1e-6)


def test_contours_count_even_without_contrast():
    ids = np.zeros((12, 12), np.uint16)
    ids[4:8, 4:8] = 3
    flat = np.full((12, 12, 3), 77, np.uint8)
    assert guiding_edges(flat, None).max() == 0
    edges = guiding_edges(flat, ids)
    assert (edges[4:8, [3, 4, 7, 8]] == 1).all()
    assert (edges[[3, 4, 7, 8], 4:8] == 1).all()
    assert edges.sum() == 4 * 4 * 2 - 4  # both sides of four sides; inner corners belong to two


@pytest.mark.parametrize("levels", [1, 2, 3])
def test_the_network_starts_at_zero_and_tells_pictures_apart(levels):
    torch.manual_seed(0)
    network = SmallUNet(8, levels).eval()
    given = noise(2, 3, 16, 16), noise(2, 1, 16, 16, seed=1), torch.ones(2), torch.tensor([0.2, 0.9])
    assert network(*given).abs().max() == 0
    for parameter in network.parameters():
        torch.nn.init.normal_(parameter, std=0.2)
    both = network(*given)
    one = network(*(part[:1] for part in given))
    assert torch.allclose(both[:1], one, atol=1e-4 * float(both.detach().abs().max()))
    hidden = network(given[0], given[1], torch.zeros(2), given[3])
    hidden_too = network(given[0], torch.zeros_like(given[1]), torch.zeros(2), given[3])
    assert torch.equal(hidden, hidden_too)
    assert not torch.allclose(hidden, both)
    later = network(*given[:3], torch.tensor([0.3, 0.9]))
    assert not torch.allclose(later[0], both[0])
    assert torch.equal(later[1], both[1])
