"""Differential privacy for training: gradients clipped photo by photo, noise added, the budget counted.

DP-SGD (Abadi et al. 2016): each photo is in a step with the same small chance, its gradient is scaled down to a largest
norm, and normal noise is added to their sum. What one photo can change is then bounded by epsilon and delta.
"""

from __future__ import annotations

import secrets
import warnings
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from synthvision.core.errors import MissingExtraError, UsageError
from synthvision.core.streams import rng_for

if TYPE_CHECKING:
    import torch

__all__ = ["PrivateGradients", "epsilon_of", "noise_for", "require_opacus"]

#: How the budget is counted: Renyi differential privacy (Mironov 2017), an upper bound.
ACCOUNTANT = "rdp"


def require_opacus() -> None:
    """Check that opacus can be imported.

    Raises:
        MissingExtraError: It is not installed; the message holds the pip command.
    """
    if find_spec("opacus") is None:
        raise MissingExtraError("training with differential privacy", "privacy")


def noise_for(epsilon: float, delta: float, sample_rate: float, steps: int) -> float:
    """Return the noise multiplier that spends a budget over a whole training.

    Args:
        epsilon: Budget, above 0.
        delta: Chance that it does not hold, 0..1.
        sample_rate: Chance of a photo to be in a step, above 0 to 1.
        steps: Steps of the training.

    Raises:
        UsageError: No noise within reason keeps the budget.
    """
    require_opacus()
    with _quiet():
        from opacus.accountants.utils import get_noise_multiplier

        try:
            found = get_noise_multiplier(
                target_epsilon=epsilon,
                target_delta=delta,
                sample_rate=sample_rate,
                steps=steps,
                accountant=ACCOUNTANT,
            )
        except ValueError as error:
            raise UsageError(
                f"epsilon {epsilon:g} must be reachable in {steps} steps, but is not ({error}): raise epsilon, take "
                "fewer steps, or give more photos"
            ) from error
    return float(found)


def epsilon_of(noise_multiplier: float, delta: float, sample_rate: float, steps: int) -> float:
    """Return the budget that so many steps spend; 0 for none.

    Args:
        noise_multiplier: Deviation of the noise over the largest norm.
        delta: Chance that the budget does not hold.
        sample_rate: Chance of a photo to be in a step.
        steps: Steps that were taken.
    """
    if steps == 0:
        return 0.0
    require_opacus()
    with _quiet():
        from opacus.accountants import RDPAccountant

        accountant = RDPAccountant()
        accountant.history = [(noise_multiplier, sample_rate, steps)]
        return float(accountant.get_epsilon(delta))


class PrivateGradients:
    """Gives a network gradients that are private; the caller steps the optimiser.

    Batches and noise come from the system's randomness and are kept nowhere: who could draw the noise again could take
    it off. The generators are not cryptographic ones, as is usual for DP-SGD.

    Args:
        network: What is trained; all of its layers must be of kinds that opacus knows, without batch normalisation.
        photos: How many there are.
        batch: Photos of a step, on average.
        clip: Largest norm of the gradient of a photo.
        noise_multiplier: Deviation of the noise over `clip`.

    Raises:
        MissingExtraError: opacus is not installed.
        UsageError: There are fewer photos than a batch has, or opacus does not know a layer.
    """

    def __init__(self, network: torch.nn.Module, photos: int, batch: int, clip: float, noise_multiplier: float) -> None:
        require_opacus()
        import torch

        if batch > photos:
            raise UsageError(
                f"batch must be at most the {photos} photos where privacy is asked for, got {batch}: each photo is "
                "in a step at most once"
            )
        with _quiet():
            from opacus import GradSampleModule

            try:
                #: To be called in place of the network.
                self.module: Any = GradSampleModule(network, loss_reduction="sum")
            except (ValueError, NotImplementedError) as error:
                raise UsageError(f"a network must be of layers whose gradients can be told apart: {error}") from error
        self._photos, self._batch, self._clip, self._noise = photos, batch, clip, noise_multiplier
        self._secret = secrets.randbits(62)
        self._steps = 0
        device = next(network.parameters()).device
        self._generator = torch.Generator(device).manual_seed(secrets.randbits(62))
        self._parameters: list[Any] = [one for one in network.parameters() if one.requires_grad]
        self._sums: list[Any] | None = None

    @property
    def sample_rate(self) -> float:
        """Chance of a photo to be in a step."""
        return self._batch / self._photos

    def draw(self) -> tuple[NDArray[np.int64], np.random.Generator]:
        """Return the photos of the next step, each with the same chance by itself, and a secret generator for it.

        There may be none at all.
        """
        rng = rng_for(self._secret, self._steps, "realism.privacy")
        self._steps += 1
        return np.flatnonzero(rng.random(self._photos) < self.sample_rate), rng

    def add(self, losses_b: torch.Tensor) -> None:
        """Add the clipped gradients of some photos of a step.

        Args:
            losses_b: Float (batch,), the loss of each photo, computed by `module`.
        """
        import torch

        with _quiet():
            losses_b.sum().backward()
        grads = [parameter.grad_sample for parameter in self._parameters]
        norms = torch.stack([one.flatten(1).norm(dim=1) for one in grads], dim=1).norm(dim=1)
        factors = (self._clip / norms.clamp(min=1e-12)).clamp(max=1.0)
        sums = [torch.einsum("b,b...->...", factors, one) for one in grads]
        self._sums = sums if self._sums is None else [one + two for one, two in zip(self._sums, sums, strict=True)]
        for parameter in self._parameters:
            parameter.grad_sample = None
            parameter.grad = None

    def finish(self) -> None:
        """Add noise to the sum and make it the gradients of the network; also for a step without photos."""
        import torch

        sums = self._sums or [torch.zeros_like(parameter) for parameter in self._parameters]
        for parameter, total in zip(self._parameters, sums, strict=True):
            noise = torch.randn(total.shape, generator=self._generator, device=total.device, dtype=total.dtype)
            parameter.grad = (total + self._noise * self._clip * noise) / self._batch
        self._sums = None


def _quiet() -> warnings.catch_warnings[None]:
    """Return a context in which opacus does not warn of how torch calls its hooks, nor of its alphas."""
    return warnings.catch_warnings(action="ignore")
