"""Joint distributions learned from rows of numbers: jittered rows, a mixture of bell curves, a Gaussian copula.

Written here and not taken from a package: the package `copulas` has a licence that forbids many uses (BUSL), and
scikit-learn would be 40 MB for one class of a few dozen lines.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cho_factor, cho_solve
from scipy.special import logsumexp, ndtr, ndtri
from scipy.stats import rankdata

__all__ = [
    "BootstrapDensity",
    "CopulaDensity",
    "Density",
    "MixtureDensity",
    "fit_bootstrap",
    "fit_copula",
    "fit_mixture",
]

Float = NDArray[np.float64]

_LOG_TAU = float(np.log(2.0 * np.pi))
# Factors of the rule-of-thumb width of a kernel among which the best is looked for.
_WIDTHS = (0.15, 0.25, 0.4, 0.6, 0.8, 1.0, 1.3)
_MOST_PARTS = 6
_STARTS = 2
_STEPS = 80
_TOLERANCE = 1e-4
# So often in a row may a further part make a mixture worse before no more are tried.
_PATIENCE = 2
# A kernel in the tails of a column is at most so many times wider, in its peaks narrower, than the middle one.
_ADAPTIVE = 6.0
# Least variance of a part, as a share of the data's: no part may shrink onto a single row.
_LEAST_VARIANCE = 1e-3


class Density(Protocol):
    """A learned joint distribution."""

    def log_density(self, rows: Float) -> Float:
        """Return the natural logarithm of the density at each row, float64 (n,)."""
        ...

    def sample(self, rng: np.random.Generator, count: int) -> Float:
        """Return drawn rows, float64 (count, p)."""
        ...

    def __str__(self) -> str:
        """Return what it is, in a few words."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class BootstrapDensity:
    """The rows themselves, each drawn again with a jitter: a kernel density.

    Args:
        rows: What was seen, (n, p).
        root: Cholesky factor of the jitter's covariance, (p, p), lower.
    """

    rows: Float
    root: Float

    def log_density(self, rows: Float) -> Float:
        """Return the logarithm of the density at each row."""
        return _kernel_logs(rows, self.rows, self.root)

    def sample(self, rng: np.random.Generator, count: int) -> Float:
        """Return rows drawn with replacement, jittered."""
        chosen = self.rows[rng.integers(len(self.rows), size=count)]
        drawn: Float = chosen + rng.standard_normal(chosen.shape) @ self.root.T
        return drawn

    def __str__(self) -> str:
        return f"bootstrap of {len(self.rows)} rows with jitter"


@dataclass(frozen=True, slots=True, eq=False)
class MixtureDensity:
    """Several bell curves.

    Args:
        weights: Shares of the parts, (k,), sum 1.
        means: (k, p).
        covariances: (k, p, p).
    """

    weights: Float
    means: Float
    covariances: Float

    def log_density(self, rows: Float) -> Float:
        """Return the logarithm of the density at each row."""
        result: Float = logsumexp(_part_logs(rows, self.means, self.covariances) + np.log(self.weights), axis=1)
        return result

    def sample(self, rng: np.random.Generator, count: int) -> Float:
        """Return drawn rows."""
        chosen = rng.choice(len(self.weights), size=count, p=self.weights / self.weights.sum())
        roots = np.linalg.cholesky(self.covariances)
        noise = rng.standard_normal((count, self.means.shape[1]))
        drawn: Float = self.means[chosen] + np.einsum("nij,nj->ni", roots[chosen], noise)
        return drawn

    def __str__(self) -> str:
        return f"mixture of {len(self.weights)} Gaussians"


@dataclass(frozen=True, slots=True, eq=False)
class CopulaDensity:
    """Each column with a smooth distribution of its own, tied together by the correlations of a bell curve.

    Args:
        columns: Values of each column that were seen, sorted, (n, p).
        widths: Width of the kernel about each of these values, (n, p).
        correlation: (p, p).
    """

    columns: Float
    widths: Float
    correlation: Float

    def log_density(self, rows: Float) -> Float:
        """Return the logarithm of the density at each row."""
        margins, scores = [], []
        for index in range(rows.shape[1]):
            values, widths = self.columns[:, index], self.widths[:, index]
            margins.append(logsumexp(_kernel_terms(rows[:, index], values, widths), axis=1) - np.log(len(values)))
            below = ndtr((rows[:, index, None] - values) / widths).mean(axis=1)
            scores.append(ndtri(np.clip(below, 1e-9, 1.0 - 1e-9)))
        z = np.stack(scores, axis=1)
        tied = _normal_logs(z, np.zeros(z.shape[1]), self.correlation)
        alone = (-0.5 * z**2 - 0.5 * _LOG_TAU).sum(axis=1)
        result: Float = tied - alone + np.sum(margins, axis=0)
        return result

    def sample(self, rng: np.random.Generator, count: int) -> Float:
        """Return drawn rows."""
        root = np.linalg.cholesky(self.correlation)
        p = self.columns.shape[1]
        shares = ndtr(rng.standard_normal((count, p)) @ root.T)
        # The value of each share in the smooth column: looked up on a grid of its cumulative function.
        drawn = np.empty((count, p))
        for index in range(p):
            values, widths = self.columns[:, index], self.widths[:, index]
            reach = 4.0 * widths
            grid = np.unique(np.concatenate([values - reach, values, values + reach]))
            drawn[:, index] = np.interp(shares[:, index], ndtr((grid[:, None] - values) / widths).mean(axis=1), grid)
        return drawn

    def __str__(self) -> str:
        return "Gaussian copula"


def fit_bootstrap(rows: Float) -> BootstrapDensity:
    """Return the jittered rows whose jitter tells each row best from all others.

    Args:
        rows: (n, p), n at least 2, no column constant.
    """
    n, p = rows.shape
    scott = n ** (-1.0 / (p + 4))
    spread = _covariance(rows)
    shapes = (np.diag(np.diag(spread)), spread)
    best, best_score = None, -np.inf
    for shape in shapes:
        for factor in _WIDTHS:
            root = np.linalg.cholesky(shape) * scott * factor
            score = float(_kernel_logs(rows, rows, root, leave_out=True).mean())
            if best is None or score > best_score:
                best, best_score = root, score
    assert best is not None
    return BootstrapDensity(rows.copy(), best)


def fit_mixture(rows: Float, rng: np.random.Generator, most: int = _MOST_PARTS) -> MixtureDensity:
    """Return the mixture of bell curves with the best Bayesian information criterion (Schwarz 1978).

    Each is fitted by expectation maximisation (Dempster, Laird and Rubin 1977) from several starts.

    Args:
        rows: (n, p).
        rng: Draws the starts.
        most: Largest number of parts.
    """
    n, p = rows.shape
    best, best_score, worse = None, np.inf, 0
    for parts in range(1, min(most, max(1, n // (3 * (p + 1)))) + 1):
        tried = [_expectation_maximisation(rows, parts, rng) for _ in range(_STARTS if parts > 1 else 1)]
        found, log_likelihood = max(tried, key=lambda item: item[1])
        free = parts * (p + p * (p + 1) / 2) + parts - 1
        score = -2.0 * log_likelihood + free * np.log(n)
        worse = 0 if score < best_score else worse + 1
        if best is None or score < best_score:
            best, best_score = found, score
        if worse == _PATIENCE:
            break
    assert best is not None
    return best


def fit_copula(rows: Float) -> CopulaDensity:
    """Return the Gaussian copula of rows: correlations of their normal scores, margins by kernels.

    Args:
        rows: (n, p).
    """
    n, p = rows.shape
    scores = ndtri((rankdata(rows, axis=0) - 0.5) / n)
    correlation = np.corrcoef(scores, rowvar=False).reshape(p, p)
    # Shrunk towards none as far as chance alone would give it: few rows make no certain correlations.
    shrink = min(1.0, p / n)
    correlation = (1 - shrink) * correlation + shrink * np.eye(p)
    columns = np.sort(rows, axis=0)
    widths = np.stack([_adaptive_widths(columns[:, index]) for index in range(p)], axis=1)
    return CopulaDensity(columns, widths, correlation)


def _adaptive_widths(values: Float) -> Float:
    """Return the width of a kernel about each value: narrow where values are dense, wide in the tails (Abramson 1982).

    The mean width is the one with which each value is told best from all others.
    """
    n = len(values)
    quartiles = float(np.subtract(*np.percentile(values, [75, 25]))) / 1.349
    spread = min(values.std(), quartiles) if quartiles > 0 else values.std()
    first = np.full(n, max(0.9 * spread * n**-0.2, 1e-3 * values.std()))
    pilot = logsumexp(_kernel_terms(values, values, first), axis=1)
    factors = np.clip(np.exp(-0.5 * (pilot - pilot.mean())), 1 / _ADAPTIVE, _ADAPTIVE)
    best, best_score = first, -np.inf
    for shape in (np.ones(n), factors):
        for factor in _WIDTHS:
            terms = _kernel_terms(values, values, first * shape * factor)
            np.fill_diagonal(terms, -np.inf)
            score = float(logsumexp(terms, axis=1).mean())
            if score > best_score:
                best, best_score = first * shape * factor, score
    return best


def _kernel_terms(marks: Float, values: Float, widths: Float) -> Float:
    """Return the logarithm of the kernel about each value at each mark, (marks, values)."""
    terms: Float = -0.5 * ((marks[:, None] - values) / widths) ** 2 - 0.5 * _LOG_TAU - np.log(widths)
    return terms


def _expectation_maximisation(rows: Float, parts: int, rng: np.random.Generator) -> tuple[MixtureDensity, float]:
    n = len(rows)
    floor = np.diag(rows.var(axis=0) * _LEAST_VARIANCE)
    shares = _first_shares(rows, parts, rng)
    last, total = -np.inf, -np.inf
    found = None
    for _ in range(_STEPS):
        mass = shares.sum(axis=0) + 1e-9
        means = (shares.T @ rows) / mass[:, None]
        off = rows[None] - means[:, None]  # (k, n, p)
        covariances = np.matmul((shares.T[:, :, None] * off).transpose(0, 2, 1), off) / mass[:, None, None] + floor
        found = MixtureDensity(mass / mass.sum(), means, covariances)
        logs = _part_logs(rows, means, covariances) + np.log(found.weights)
        whole = logsumexp(logs, axis=1)
        shares = np.exp(np.maximum(logs - whole[:, None], -700.0))
        total = float(whole.sum())
        if total - last < _TOLERANCE * n:
            break
        last = total
    assert found is not None
    return found, total


def _first_shares(rows: Float, parts: int, rng: np.random.Generator) -> Float:
    """Return a first guess of each row's part: the nearest of rows that are far from each other (k-means++)."""
    scaled = rows / rows.std(axis=0)
    centres = [scaled[int(rng.integers(len(rows)))]]
    for _ in range(parts - 1):
        near = np.min([((scaled - centre) ** 2).sum(axis=1) for centre in centres], axis=0)
        total = near.sum()
        chance = near / total if total > 0 else None
        centres.append(scaled[int(rng.choice(len(rows), p=chance))])
    nearest = np.argmin([((scaled - centre) ** 2).sum(axis=1) for centre in centres], axis=0)
    shares: Float = np.eye(parts)[nearest]
    return shares


def _covariance(rows: Float) -> Float:
    p = rows.shape[1]
    spread = np.cov(rows, rowvar=False).reshape(p, p)
    smoothed: Float = 0.99 * spread + 0.01 * np.diag(np.diag(spread)) + 1e-9 * np.eye(p)
    return smoothed


def _part_logs(rows: Float, means: Float, covariances: Float) -> Float:
    """Return the logarithm of each bell curve's density at each row, (n, k)."""
    roots = np.linalg.cholesky(covariances)
    off = np.linalg.solve(roots, (rows[None] - means[:, None]).transpose(0, 2, 1))  # (k, p, n)
    volumes = 2.0 * np.log(np.diagonal(roots, axis1=1, axis2=2)).sum(axis=1)
    logs: Float = -0.5 * ((off**2).sum(axis=1).T + volumes + rows.shape[1] * _LOG_TAU)
    return logs


def _normal_logs(rows: Float, mean: Float, covariance: Float) -> Float:
    factor = cho_factor(covariance, lower=True)
    off = rows - mean
    squares = np.einsum("ni,ni->n", off, cho_solve(factor, off.T).T)
    volume = 2.0 * np.log(np.diag(factor[0])).sum()
    logs: Float = -0.5 * (squares + volume + rows.shape[1] * _LOG_TAU)
    return logs


def _kernel_logs(rows: Float, centres: Float, root: Float, *, leave_out: bool = False) -> Float:
    inverse = np.linalg.inv(root)
    one, other = rows @ inverse.T, centres @ inverse.T
    squares = (one**2).sum(axis=1)[:, None] + (other**2).sum(axis=1)[None] - 2.0 * one @ other.T
    logs = -0.5 * np.maximum(squares, 0.0)
    count = len(centres)
    if leave_out:
        np.fill_diagonal(logs, -np.inf)
        count -= 1
    volume = np.log(np.abs(np.diag(root))).sum() + 0.5 * rows.shape[1] * _LOG_TAU
    result: Float = logsumexp(logs, axis=1) - np.log(count) - volume
    return result
