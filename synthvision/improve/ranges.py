"""Search of ranges of the job by Bayesian optimisation: which light, distance or exposure trains best.

Slices tell what is missed in pictures that the validation set has; a search needs no factors, and finds ranges that no
one thought of. It costs a training for each try. Tries are proposed by the tree-structured Parzen estimator
(J. Bergstra et al., "Algorithms for Hyper-Parameter Optimization", 2011) of optuna.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from synthvision.core.errors import MissingExtraError
from synthvision.core.streams import rng_for
from synthvision.improve.config import RangeSpec
from synthvision.improve.journal import Round

if TYPE_CHECKING:
    import optuna

__all__ = ["RangeSearch"]

#: Tries that are spread at random before any is modelled.
_FIRST_TRIES = 4


class RangeSearch:
    """Proposes the values of the next round from those of the rounds before.

    Args:
        ranges: What is searched.
        seed: Of the proposals, 0 to 2**63 - 1.

    Raises:
        MissingExtraError: optuna is not installed.
    """

    def __init__(self, ranges: Sequence[RangeSpec], seed: int) -> None:
        try:
            import optuna
        except ImportError as error:
            raise MissingExtraError("the search of ranges", "improve") from error
        self._optuna = optuna
        self.ranges = tuple(ranges)
        self.seed = seed

    def propose(self, rounds: Sequence[Round]) -> dict[str, list[float]]:
        """Return the next values, [low, high] by key path; the same for the same rounds.

        Args:
            rounds: All rounds so far; those without changes are passed over.
        """
        optuna = self._optuna
        # A study of its own for each proposal: what decides is in the rounds' files, so that a loop can go on.
        chosen = rng_for(self.seed, len(rounds), "improve.ranges").integers(2**31)
        verbosity = optuna.logging.get_verbosity()
        optuna.logging.set_verbosity(optuna.logging.WARNING)
        try:
            sampler = optuna.samplers.TPESampler(seed=int(chosen), n_startup_trials=_FIRST_TRIES)
            study = optuna.create_study(direction="maximize", sampler=sampler)
            space = self._space()
            for each in rounds:
                if each.changes:
                    study.add_trial(
                        optuna.trial.create_trial(
                            params=self._parameters(each.changes), distributions=space, value=each.judged.ap
                        )
                    )
            trial = study.ask(space)
        finally:
            optuna.logging.set_verbosity(verbosity)
        return {
            each.key: [float(trial.params[f"{each.key}:low"]), float(trial.params[f"{each.key}:high"])]
            for each in self.ranges
        }

    def _space(self) -> dict[str, optuna.distributions.BaseDistribution]:
        space: dict[str, optuna.distributions.BaseDistribution] = {}
        for each in self.ranges:
            space[f"{each.key}:low"] = self._optuna.distributions.FloatDistribution(*each.low)
            space[f"{each.key}:high"] = self._optuna.distributions.FloatDistribution(*each.high)
        return space

    def _parameters(self, changes: Any) -> dict[str, float]:
        found: dict[str, float] = {}
        for each in self.ranges:
            low, high = changes[each.key]
            found[f"{each.key}:low"], found[f"{each.key}:high"] = float(low), float(high)
        return found
