"""DP-SGD: clipping, noise and sampling against their definitions, the budget against opacus, and a private training."""

from __future__ import annotations

import json

import numpy as np
import pytest
import torch

from synthvision.core.errors import MissingExtraError, UsageError
from synthvision.core.streams import rng_for
from synthvision.realism.diffusion.card import load_card
from synthvision.realism.diffusion.config import DiffusionTrainingSpec
from synthvision.realism.diffusion.network import SmallUNet
from synthvision.realism.diffusion.training import train_diffusion
from synthvision.realism.privacy import dp
from synthvision.realism.privacy.dp import PrivateGradients, epsilon_of, noise_for
from synthvision.realism.privacy.membership import attack, diffusion_losses


def make_network():
    torch.manual_seed(0)
    network = SmallUNet(8, 2)
    for parameter in network.parameters():
        torch.nn.init.normal_(parameter, std=0.2)
    return network


def batch(count):
    torch.manual_seed(1)
    return torch.randn(count, 3, 8, 8), torch.rand(count, 1, 8, 8), torch.ones(count), torch.rand(count)


def losses_of(module, given):
    return module(*given).square().mean(dim=(1, 2, 3))


def test_gradients_are_clipped_photo_by_photo_and_summed():
    given = batch(3)
    plain = make_network()
    expected = [torch.zeros_like(parameter) for parameter in plain.parameters()]
    norms = []
    for index in range(3):
        plain.zero_grad()
        losses_of(plain, [part[index : index + 1] for part in given]).sum().backward()
        grads = [parameter.grad for parameter in plain.parameters()]
        norms.append(float(torch.sqrt(sum(grad.square().sum() for grad in grads))))
        factor = min(1.0, 0.5 / norms[-1])
        expected = [total + factor * grad for total, grad in zip(expected, grads, strict=True)]
    assert max(norms) > 0.5
    network = make_network()
    private = PrivateGradients(network, photos=10, batch=4, clip=0.5, noise_multiplier=0.0)
    private.add(losses_of(private.module, [part[:2] for part in given]))
    private.add(losses_of(private.module, [part[2:] for part in given]))
    private.finish()
    for parameter, total in zip(network.parameters(), expected, strict=True):
        assert torch.allclose(parameter.grad, total / 4, atol=1e-5)


def test_noise_has_its_deviation_also_without_photos():
    network = make_network()
    private = PrivateGradients(network, photos=10, batch=5, clip=2.0, noise_multiplier=1.5)
    private.finish()
    values = torch.cat([parameter.grad.flatten() for parameter in network.parameters()])
    assert float(values.mean()) == pytest.approx(0, abs=0.02)
    assert float(values.std()) == pytest.approx(1.5 * 2.0 / 5, rel=0.03)
    private.finish()
    again = torch.cat([parameter.grad.flatten() for parameter in network.parameters()])
    assert not torch.equal(values, again)
    other = PrivateGradients(make_network(), photos=10, batch=5, clip=2.0, noise_multiplier=1.5)
    other.finish()
    assert not torch.equal(values, torch.cat([one.grad.flatten() for one in other.module.parameters()]))


def test_each_photo_is_drawn_with_the_same_chance_by_itself():
    private = PrivateGradients(make_network(), photos=50, batch=10, clip=1.0, noise_multiplier=1.0)
    drawn = [private.draw()[0] for _ in range(400)]
    counts = np.array([len(indices) for indices in drawn])
    assert private.sample_rate == 0.2
    assert counts.mean() == pytest.approx(10, abs=0.6)
    assert counts.std() == pytest.approx((50 * 0.2 * 0.8) ** 0.5, rel=0.2)
    share = np.bincount(np.concatenate(drawn), minlength=50) / 400
    assert share.min() > 0.1
    assert share.max() < 0.3
    with pytest.raises(UsageError, match="batch must be at most the 3 photos"):
        PrivateGradients(make_network(), photos=3, batch=4, clip=1.0, noise_multiplier=1.0)


def test_the_budget_is_spent_and_grows_with_the_steps():
    multiplier = noise_for(3.0, 1e-3, 0.1, 200)
    spent = epsilon_of(multiplier, 1e-3, 0.1, 200)
    assert 2.9 < spent <= 3.0
    assert epsilon_of(multiplier, 1e-3, 0.1, 100) < spent < epsilon_of(multiplier, 1e-3, 0.1, 400)
    assert epsilon_of(multiplier, 1e-3, 0.1, 0) == 0
    assert noise_for(1.0, 1e-3, 0.1, 200) > multiplier
    # One step on all photos is the Gaussian mechanism, whose classic bound holds for epsilon below 1.
    exact = epsilon_of(8.0, 1e-5, 1.0, 1)
    assert 0.3 < exact < (2 * np.log(1.25e5)) ** 0.5 / 8.0


def test_opacus_is_asked_for(monkeypatch):
    monkeypatch.setattr(dp, "find_spec", lambda name: None)
    with pytest.raises(MissingExtraError, match=r"differential privacy needs .*synthvision\[privacy\]"):
        noise_for(3.0, 1e-3, 0.1, 10)


SETTINGS = {
    "crop": 16, "width": 8, "levels": 2, "batch": 4, "steps": 3, "held_out": 0.25, "sheet_every": 3, "log_every": 1,
    "learning_rate": 1e-3,
}  # fmt: skip


def test_a_private_training_states_its_budget_and_shows_no_photo(kit):
    photos = kit.write("photos", [kit.scene(i, "test.photo") for i in range(16)])
    spec = DiffusionTrainingSpec(**SETTINGS, privacy={"epsilon": 5.0})
    result = train_diffusion(spec, None, photos.root, kit.root / "one")
    (note,) = result.notes
    assert "epsilon 4.9" in note or "epsilon 5" in note
    assert "for each of 12 photos" in note
    card = load_card(result.folder)
    assert card.privacy is not None
    assert 4.5 < card.privacy.epsilon <= 5.0
    assert card.privacy.delta == pytest.approx(0.1 / 12)
    assert card.privacy.sample_rate == pytest.approx(4 / 12)
    assert not (kit.root / "one" / "sheets").exists()
    other = train_diffusion(spec, None, photos.root, kit.root / "two")
    weights = [(found.folder / "model.safetensors").read_bytes() for found in (result, other)]
    assert weights[0] != weights[1]  # noise that could be drawn again would protect nothing
    for folder in ("one", "two"):
        state = json.loads((kit.root / folder / "training.json").read_text())
        assert "secret" not in json.dumps(state)
    spec = DiffusionTrainingSpec(**SETTINGS, privacy={"epsilon": 5.0, "delta": 0.5})
    with pytest.raises(UsageError, match="delta must be below 1 / photos"):
        train_diffusion(spec, None, photos.root, kit.root / "three")


def test_losses_are_the_same_whatever_stands_beside_a_photo(kit):
    photos = kit.write("photos", [kit.scene(i, "test.photo") for i in range(5)])
    result = train_diffusion(
        DiffusionTrainingSpec(**SETTINGS | {"held_out": 0.0, "sheet_every": 0}), None, photos.root, kit.root / "out"
    )
    whole = diffusion_losses(result.folder, photos, "cpu")
    assert whole.shape == (5,)
    assert np.array_equal(diffusion_losses(result.folder, photos.select([3]), "cpu"), whole[3:4])
    assert 0.2 < whole.mean() < 2.0


@pytest.mark.slow
def test_a_model_that_learned_its_photos_by_heart_is_found_by_its_losses(kit):
    def blocks(stream):
        """Pictures of 16 random blocks: all as hard as each other, none with anything in common."""
        for index in range(8):
            colours = rng_for(0, index, stream).integers(0, 256, (4, 4, 3), dtype=np.uint8)
            yield colours.repeat(4, axis=0).repeat(4, axis=1)

    training, held_out = kit.write("training", blocks("test.members")), kit.write("held_out", blocks("test.others"))
    spec = DiffusionTrainingSpec(
        crop=16, width=16, levels=2, steps=240, batch=8, learning_rate=4e-3, warmup=10, ema=0.97, held_out=0.0,
        sheet_every=0, save_every=1000, flip=False,
    )  # fmt: skip
    by_heart = train_diffusion(spec, None, training.root, kit.root / "by_heart")
    found = attack(*(-diffusion_losses(by_heart.folder, photos, "cpu") for photos in (training, held_out)), 0)
    assert found.auc > 0.9
    assert found.leaks
    fresh = train_diffusion(
        spec.model_copy(update={"steps": 20, "warmup": 0}), None, training.root, kit.root / "hardly"
    )
    found = attack(*(-diffusion_losses(fresh.folder, photos, "cpu") for photos in (training, held_out)), 0)
    assert not found.leaks
