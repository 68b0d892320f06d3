"""Tests of the look as a whole: a kernel distance, and a classifier that is set to tell both sets apart.

If a classifier tells pictures that it has not seen apart better than chance, the sets differ (D. Lopez-Paz and M.
Oquab, "Revisiting Classifier Two-Sample Tests", 2017). It is a logistic regression with a ridge, so that its weights
say by what; the number of hits among as many pictures of both sets is binomial where they are of one kind.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import optimize, stats

from synthvision.core.streams import rng_for
from synthvision.evaluate.drift.shifts import Shift
from synthvision.features.kernel_distance import feature_scale, kernel_distance
from synthvision.features.statistics import STATISTICS_COUNT, STATISTICS_PARTS

__all__ = ["classifier_shift", "kernel_shift"]

Float = NDArray[np.float64]
Float32 = NDArray[np.float32]

#: Weight of the squared weights against the mean loss, times the number of pictures.
_RIDGE = 3.0
#: Beyond so many spreads a feature says no more.
_FARTHEST = 6.0


def kernel_shift(first_nd: Float32, second_md: Float32, permutations: int, most: int, seed: int) -> Shift:
    """Return whether the look differs by the kernel distance, the squared maximum mean discrepancy.

    The effect is the shift of all features, in their standard deviations, that would give the distance.

    Args:
        first_nd: Features of one set, float32 (n, d), two or more.
        second_md: Features of the other.
        permutations: Random divisions that p is counted from.
        most: Pictures of each set, at most, drawn at random.
        seed: Of the draws.
    """
    scale = feature_scale(first_nd)
    rng = rng_for(seed, 0, "evaluate.drift.kernel")
    drawn = [part[np.sort(rng.permutation(len(part))[:most])] for part in (first_nd, second_md)]
    found = kernel_distance(drawn[0], drawn[1], scale=scale, permutations=permutations, seed=seed)
    spreads = float(np.sqrt(max(np.cbrt(1 + max(found.value, 0.0)) - 1, 0.0)))
    # The direction between the means ranks pictures for the examples.
    way = scale.apply(second_md).mean(axis=0)
    scores = [scale.apply(part) @ way for part in (first_nd, second_md)]
    detail = f"kernel distance {found.value:.3g} ± {found.std:.2g}"
    return Shift("look (kernel)", "maximum mean discrepancy", found.value, found.p, spreads, "spreads", detail, *scores)


def classifier_shift(first_nd: Float32, second_md: Float32, most: int, seed: int) -> Shift:
    """Return whether a classifier tells pictures of two sets apart.

    As many of both sets are drawn; it learns from half of them and is tested with the others. Scores of the pictures it
    learned from come from a second one that learned from the other half.

    Args:
        first_nd: Features of one set, float32 (n, d), four or more.
        second_md: Features of the other.
        most: Pictures of each set, at most.
        seed: Of the draw.
    """
    count = min(len(first_nd), len(second_md), most) // 2 * 2
    rng = rng_for(seed, 0, "evaluate.drift.classifier")
    orders = [rng.permutation(len(part)) for part in (first_nd, second_md)]
    halves = [[order[: count // 2], order[count // 2 : count]] for order in orders]
    models = [
        _fit(np.concatenate([first_nd[halves[0][half]], second_md[halves[1][half]]]), count // 2) for half in range(2)
    ]
    scores = []
    for part, half in zip((first_nd, second_md), halves, strict=True):
        score = models[0].score(part)
        score[half[0]] = models[1].score(part[half[0]])
        scores.append(score)
    hits = int((scores[0][halves[0][1]] < 0).sum() + (scores[1][halves[1][1]] > 0).sum())
    p = float(stats.binomtest(hits, count, 0.5, alternative="greater").pvalue)
    return Shift(
        "look (classifier)", "classifier two-sample test", hits / count, p, hits / count, "accuracy",
        _told(models[0], first_nd, second_md), scores[0], scores[1],
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Logistic:
    mean: Float
    spread: Float
    weights: Float
    bias: float

    def scaled(self, features: Float32) -> Float:
        return np.asarray(np.clip((features - self.mean) / self.spread, -_FARTHEST, _FARTHEST))

    def score(self, features: Float32) -> Float:
        """Return the log odds of the second set, (n,)."""
        return np.asarray(self.scaled(features) @ self.weights + self.bias)


def _fit(features: Float32, first: int) -> _Logistic:
    """Return a classifier of pictures, the first so many of them of the first set, the others of the second."""
    scale = feature_scale(features)
    model = _Logistic(scale.mean_d, scale.spread_d, np.zeros(features.shape[1]), 0.0)
    x = np.hstack([model.scaled(features), np.ones((len(features), 1))])
    sign = np.where(np.arange(len(features)) < first, -1.0, 1.0)
    ridge = np.append(np.full(features.shape[1], _RIDGE / len(features)), 0.0)

    def loss(weights: Float) -> tuple[float, Float]:
        margin = sign * (x @ weights)
        # log(1 + exp(-margin)) and its slope, without overflow.
        value = np.logaddexp(0, -margin).mean() + 0.5 * (ridge * weights**2).sum()
        slope = -sign * 0.5 * (1 - np.tanh(margin / 2))
        return float(value), x.T @ slope / len(x) + ridge * weights

    found = optimize.minimize(loss, np.zeros(x.shape[1]), jac=True, method="L-BFGS-B", options={"maxiter": 200})
    return _Logistic(scale.mean_d, scale.spread_d, found.x[:-1], float(found.x[-1]))


def _told(model: _Logistic, first: Float32, second: Float32) -> str:
    """Return by what parts of the features both sets are told apart, as far as their names are known."""
    if first.shape[1] != STATISTICS_COUNT:
        return ""
    gain = model.weights * (model.scaled(second).mean(axis=0) - model.scaled(first).mean(axis=0))
    shares, start = {}, 0
    for name, count in STATISTICS_PARTS.items():
        shares[name] = max(float(gain[start : start + count].sum()), 0.0)
        start += count
    total = sum(shares.values())
    if total <= 0:
        return ""
    best = sorted(shares.items(), key=lambda item: -item[1])[:3]
    return "told apart by " + ", ".join(f"{name} ({share / total:.0%})" for name, share in best if share > 0)
