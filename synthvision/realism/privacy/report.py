"""The privacy report: do outputs come nearer to the photos that were trained on than to photos that were not."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from synthvision.core.errors import DatasetError, UsageError
from synthvision.core.streams import rng_for
from synthvision.dataset.atomic import write_bytes
from synthvision.features.extractor import Extractor
from synthvision.features.photos import Photos
from synthvision.realism.privacy.membership import Attack, attack
from synthvision.realism.privacy.nearest import feature_distances, patch_distances, small_grey, thumbnails

__all__ = ["Nearness", "Pair", "PrivacyReport", "privacy_report", "save_pairs"]

_PERMUTATIONS = 2000
_TILE_PX = 192


@dataclass(frozen=True, slots=True)
class Nearness:
    """How near outputs are to photos that were trained on, against photos that were not.

    Args:
        nearer: Share of the outputs whose nearest photo is one that was trained on.
        expected: That share where it makes no difference: the share of these among all photos.
        p: Chance of the outputs' nearest photos being among those trained on as much as they are, where it makes no
            difference; outputs count by the logarithm of how near they are (photos relabelled, one-sided).
        training_median: Median distance of outputs to their nearest photo that was trained on.
        held_out_median: The same to their nearest photo that was kept back.
        baseline_low: Distance that 1 % of the photos that were kept back stay under, to their nearest trained on; the
            smallest where there are fewer than a hundred. Outputs under it are listed.
    """

    nearer: float
    expected: float
    p: float
    training_median: float
    held_out_median: float
    baseline_low: float


@dataclass(frozen=True, slots=True)
class Pair:
    """An output that is nearer to a photo than photos are to each other.

    Args:
        output: File name of the output.
        photo: File name of the photo that was trained on.
        by: ``features`` or ``patches``.
        distance: Between the two.
        threshold: The distance it should have had at least.
    """

    output: str
    photo: str
    by: str
    distance: float
    threshold: float


@dataclass(frozen=True, slots=True)
class PrivacyReport:
    """What was found.

    Args:
        extractor: Name of the feature extractor.
        outputs: How many pictures of the refiner.
        training: How many photos that were trained on.
        held_out: How many photos that were kept back.
        features: Nearness as features.
        patches: Nearness as pieces that match.
        by_features: Membership inference: a photo near to an output is taken for a member.
        by_patches: The same by pieces.
        by_loss: Membership inference by the loss of a diffusion model; None for other models.
        pairs: Outputs to look at, nearest first.
    """

    extractor: str
    outputs: int
    training: int
    held_out: int
    features: Nearness
    patches: Nearness
    by_features: Attack
    by_patches: Attack
    by_loss: Attack | None
    pairs: tuple[Pair, ...]

    @property
    def leaks(self) -> bool:
        """Whether any measure rules out at 1 % that nothing leaks."""
        attacks = [self.by_features, self.by_patches, *([self.by_loss] if self.by_loss is not None else [])]
        return min(self.features.p, self.patches.p) < 0.01 or any(one.leaks for one in attacks)

    def to_json(self) -> dict[str, Any]:
        """Return everything as JSON values."""
        return asdict(self) | {"leaks": self.leaks}

    def lines(self) -> list[str]:
        """Return the report for the terminal."""
        found = [
            f"{self.outputs} outputs against {self.training} photos trained on and {self.held_out} kept back",
        ]
        for name, near in (("features", self.features), ("patches", self.patches)):
            found.append(
                f"{name}: {near.nearer:.1%} nearer to a photo trained on ({near.expected:.1%} where nothing leaks, "
                f"p {near.p:.3g}); median distance {near.training_median:.3f}, to photos kept back "
                f"{near.held_out_median:.3f}"
            )
        attacks = [("features", self.by_features), ("patches", self.by_patches)]
        attacks += [("loss", self.by_loss)] if self.by_loss is not None else []
        found += [
            f"membership by {name}: AUC {one.auc:.3f} ({one.low:.3f} to {one.high:.3f}), p {one.p:.3g}"
            for name, one in attacks
        ]
        found += [
            f"look at {pair.output}: by {pair.by} {pair.distance:.3f} from {pair.photo}, under {pair.threshold:.3f}"
            for pair in self.pairs
        ]
        found.append("something of the photos leaks" if self.leaks else "no leak was found by these measures")
        return found


def privacy_report(
    outputs: Photos,
    training: Photos,
    held_out: Photos,
    extractor: Extractor,
    *,
    shortlist: int | None = 32,
    most_pairs: int = 24,
    losses: tuple[NDArray[np.float64], NDArray[np.float64]] | None = None,
    seed: int = 0,
) -> PrivacyReport:
    """Return how much outputs of a refiner tell of the photos it was trained on.

    Photos that were kept back come from the same source, so where nothing leaks an output is as likely to be near to
    one of them; any excess is the photos' own. Photos without near duplicates on the other side are needed for that, as
    `Photos.split` gives them.

    Args:
        outputs: Pictures that the refiner made.
        training: Photos that it was trained on.
        held_out: Photos of the same source that it was not trained on.
        extractor: What turns pictures into features.
        shortlist: Patches are compared with at most as many photos as this, half of them those nearest as features and
            half those most alike as small grey pictures; None for all, which also finds a copied object in a picture
            that is otherwise unlike.
        most_pairs: Most pairs to list.
        losses: Losses of a diffusion model on both kinds of photos, as from `diffusion_losses`; None without.
        seed: Of permutations.

    Raises:
        UsageError: There are fewer than two photos on one side, or a picture is broken.
    """
    if min(len(training), len(held_out)) < 2:
        raise UsageError(
            f"the report needs 2 photos or more on each side, got {len(training)} trained on and {len(held_out)} kept "
            "back: keep more back"
        )
    count = len(training)
    real = np.concatenate([extractor.features(_loaded(training)), extractor.features(_loaded(held_out))])
    made = extractor.features(_loaded(outputs))
    by_features = feature_distances(made, real, real)
    between = feature_distances(real[count:], real[:count], real)
    greys = [small_grey(picture) for photos in (training, held_out) for picture in _loaded(photos)]
    output_greys = [small_grey(picture) for picture in _loaded(outputs)]
    looks, output_looks = thumbnails(greys), thumbnails(output_greys)
    by_patches = patch_distances(output_greys, greys, _nearest(by_features, output_looks @ looks.T, shortlist))
    baseline = patch_distances(
        greys[count:], greys[:count], _nearest(between, looks[count:] @ looks[:count].T, shortlist)
    )
    near = {
        "features": _nearness(by_features, count, between.min(axis=1), seed),
        "patches": _nearness(by_patches, count, baseline.min(axis=1), seed),
    }
    pairs = [
        *_pairs("features", by_features[:, :count], near["features"].baseline_low, outputs, training),
        *_pairs("patches", by_patches[:, :count], near["patches"].baseline_low, outputs, training),
    ]
    pairs.sort(key=lambda pair: (pair.distance / max(pair.threshold, 1e-12), pair.output, pair.by))
    return PrivacyReport(
        extractor=extractor.name,
        outputs=len(outputs),
        training=count,
        held_out=len(held_out),
        features=near["features"],
        patches=near["patches"],
        by_features=_by_distance(by_features, count, seed),
        by_patches=_by_distance(by_patches, count, seed),
        by_loss=None if losses is None else attack(-losses[0], -losses[1], seed),
        pairs=tuple(pairs[:most_pairs]),
    )


def save_pairs(path: Path, report: PrivacyReport, outputs: Photos, training: Photos) -> None:
    """Write a sheet of the listed pairs as PNG: on the left the output, on the right the photo.

    It shows real photos: keep it as private as they are.

    Args:
        path: The file.
        report: The report.
        outputs: As given to `privacy_report`.
        training: As given to `privacy_report`.

    Raises:
        UsageError: The report lists no pairs, or a picture is broken.
        DatasetError: The file cannot be written.
    """
    if not report.pairs:
        raise UsageError("the report must list pairs to make a sheet of, and lists none")
    places = [{name: number for number, name in enumerate(_names(photos))} for photos in (outputs, training)]
    rows = []
    for pair in report.pairs:
        left = _tile(outputs.load(places[0][pair.output]))
        right = _tile(training.load(places[1][pair.photo]))
        row = np.hstack([left, np.full((_TILE_PX, 4, 3), 255, np.uint8), right])
        header = np.full((18, row.shape[1], 3), 255, np.uint8)
        text = f"{pair.by} {pair.distance:.3f} < {pair.threshold:.3f}"
        cv2.putText(header, text, (2, 13), cv2.FONT_HERSHEY_SIMPLEX, 0.42, (0, 0, 0), 1, cv2.LINE_AA)
        rows.append(np.vstack([header, row]))
    ok, data = cv2.imencode(".png", cv2.cvtColor(np.vstack(rows), cv2.COLOR_RGB2BGR))
    if not ok:
        raise DatasetError(f"{path}: the sheet could not be written as PNG")
    write_bytes(path, data.tobytes())


def _nearness(distances: NDArray[np.float64], count: int, baseline: NDArray[np.float64], seed: int) -> Nearness:
    """Return the share of outputs nearest to one of the first `count` photos, tested by relabelling the photos."""
    total = distances.shape[1]
    rng = rng_for(seed, 0, "realism.privacy.nearness")
    # The nearest photo of an output does not depend on the labels, so relabelling is counting. Outputs that share a
    # nearest photo stay together, which a binomial test would take for as many independent facts. An output counts by
    # how near it is: copies among many fresh pictures would drown otherwise.
    nearest, least = np.argmin(distances, axis=1), distances.min(axis=1)
    farthest = max(float(distances.max()), 1e-12)
    closeness = np.log(farthest / np.maximum(least, 1e-3 * farthest))
    weight = np.bincount(nearest, weights=closeness, minlength=total)
    found = float(weight[:count].sum())
    slack = 1e-9 * max(float(weight.sum()), 1.0)
    as_high = sum(float(rng.permutation(weight)[:count].sum()) >= found - slack for _ in range(_PERMUTATIONS))
    return Nearness(
        nearer=float((nearest < count).mean()),
        expected=count / total,
        p=(as_high + 1) / (_PERMUTATIONS + 1),
        training_median=float(np.median(distances[:, :count].min(axis=1))),
        held_out_median=float(np.median(distances[:, count:].min(axis=1))),
        baseline_low=float(np.quantile(baseline, 0.01, method="lower")),
    )


def _by_distance(distances: NDArray[np.float64], count: int, seed: int) -> Attack:
    score = -distances.min(axis=0)
    return attack(score[:count], score[count:], seed)


def _pairs(
    by: str, distances: NDArray[np.float64], threshold: float, outputs: Photos, training: Photos
) -> Iterator[Pair]:
    names, photos = _names(outputs), _names(training)
    for row, nearest in enumerate(np.argmin(distances, axis=1)):
        distance = float(distances[row, nearest])
        if distance < threshold:
            yield Pair(names[row], photos[int(nearest)], by, distance, threshold)


def _nearest(distances: NDArray[np.float64], likeness: NDArray[np.float32], shortlist: int | None) -> list[list[int]]:
    """Return for each row the photos nearest as features and, since those hang on colours, the most alike in light."""
    if shortlist is None:
        return [list(range(distances.shape[1]))] * len(distances)
    half = -(-shortlist // 2)
    first = np.argsort(distances, axis=1, kind="stable")[:, :half]
    second = np.argsort(-likeness, axis=1, kind="stable")[:, :half]
    return [sorted({int(number) for number in row}) for row in np.concatenate([first, second], axis=1)]


def _names(photos: Photos) -> list[str]:
    folder = photos.root if photos.root.is_dir() else photos.root.parent
    return [path.relative_to(folder).as_posix() if path.is_relative_to(folder) else path.name for path in photos.paths]


def _loaded(photos: Photos) -> Iterator[NDArray[np.uint8]]:
    for index in range(len(photos)):
        yield photos.load(index)


def _tile(rgb_hwc: NDArray[np.uint8]) -> NDArray[np.uint8]:
    height, width = rgb_hwc.shape[:2]
    scale = _TILE_PX / max(height, width)
    size_wh = max(round(width * scale), 1), max(round(height * scale), 1)
    small = cv2.resize(rgb_hwc, size_wh, interpolation=cv2.INTER_AREA)
    tile = np.full((_TILE_PX, _TILE_PX, 3), 255, np.uint8)
    tile[: small.shape[0], : small.shape[1]] = small
    return tile
