"""Parts of a labelled set without a near duplicate in common, and test photos that also stand in training."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from synthvision.core.errors import UsageError
from synthvision.core.hashing import hash_file
from synthvision.core.streams import rng_for
from synthvision.evaluate.labelled_set import LabelledSet
from synthvision.features.near_duplicates import near_duplicate_groups

__all__ = ["Leak", "leaks", "refuse_leaks", "split_three"]

_LISTED = 20


@dataclass(frozen=True, slots=True)
class Leak:
    """A test picture that also stands in training.

    Args:
        test_index: Its place in the test set.
        test_path: Its file.
        train_name: Name of the training set that has it.
        train_path: The picture there.
        exact: Whether both files are equal byte by byte; else they show nearly the same.
    """

    test_index: int
    test_path: Path
    train_name: str
    train_path: Path
    exact: bool


def split_three(
    pictures: LabelledSet, shares: tuple[float, float, float] = (0.6, 0.2, 0.2), *, seed: int
) -> tuple[LabelledSet, LabelledSet, LabelledSet]:
    """Return a training, a validation and a test part; near duplicates stay together.

    Groups of near duplicates (bursts, frames of a film, the same file saved twice; see
    `synthvision.features.near_duplicates`) are drawn in random order, and each goes where it brings the parts nearest
    to their shares. The split depends on the pictures, their order, the shares and the seed alone.

    Args:
        pictures: What is split.
        shares: Shares of training, validation and test; each above 0, together 1.
        seed: Seed of the draw, 0 to 2**63 - 1.

    Raises:
        UsageError: The shares are out of range, there are fewer than three groups, or a picture cannot be read.
    """
    if len(shares) != 3 or min(shares) <= 0 or abs(sum(shares) - 1) > 1e-9:
        listed = ", ".join(f"{share:g}" for share in shares)
        raise UsageError(f"shares must be three numbers above 0 that make 1 together, got {listed}")
    groups = near_duplicate_groups(pictures.photos.load_small(i) for i in range(len(pictures)))
    if len(groups) < 3:
        raise UsageError(
            f"{pictures.name}: to be split in three there must be pictures of at least 3 kinds, got {len(pictures)} in "
            f"{len(groups)} groups of near duplicates: give more pictures"
        )
    wanted = [share * len(pictures) for share in shares]
    parts: list[list[int]] = [[], [], []]
    order = rng_for(seed, 0, "evaluate.split").permutation(len(groups))
    for position, number in enumerate(order):
        group = groups[number]
        empty = [part for part in range(3) if not parts[part]]
        open_parts = empty if len(order) - position <= len(empty) else range(3)
        # Grows least: the squared distance from the wanted sizes, over them.
        chosen = min(open_parts, key=lambda part: (2 * (len(parts[part]) - wanted[part]) + len(group)) / wanted[part])
        parts[chosen].extend(group)
    train, validation, test = (pictures.select(sorted(part)) for part in parts)
    return train, validation, test


def leaks(train_sets: Sequence[LabelledSet], test: LabelledSet) -> list[Leak]:
    """Return the test pictures that also stand in training: the same file, or a near duplicate.

    Args:
        train_sets: Everything that is trained on.
        test: What is tested on.

    Returns:
        One entry a test picture, by ascending index; an equal file goes before a near duplicate.

    Raises:
        UsageError: A picture cannot be read.
    """
    owners = [(number, index) for number, part in enumerate(train_sets) for index in range(len(part))]
    by_hash: dict[str, tuple[int, int]] = {}
    for owner in owners:
        by_hash.setdefault(_hash(train_sets[owner[0]].photos.paths[owner[1]]), owner)
    found: dict[int, Leak] = {}

    def add(index: int, owner: tuple[int, int], exact: bool) -> None:
        number, place = owner
        source = train_sets[number]
        found[index] = Leak(index, test.photos.paths[index], source.name, source.photos.paths[place], exact)

    for index, path in enumerate(test.photos.paths):
        same = by_hash.get(_hash(path))
        if same is not None:
            add(index, same, True)
    both = [*((train_sets[number], index) for number, index in owners), *((test, index) for index in range(len(test)))]
    for group in near_duplicate_groups(part.photos.load_small(index) for part, index in both):
        in_training = next((place for place in group if place < len(owners)), None)
        if in_training is not None:
            for place in group:
                if place >= len(owners) and place - len(owners) not in found:
                    add(place - len(owners), owners[in_training], False)
    return [found[index] for index in sorted(found)]


def refuse_leaks(train_sets: Sequence[LabelledSet], test: LabelledSet) -> None:
    """Raise an error where a test picture also stands in training.

    Args:
        train_sets: Everything that is trained on.
        test: What is tested on.

    Raises:
        UsageError: There are such pictures; the message lists them. Or a picture cannot be read.
    """
    found = leaks(train_sets, test)
    if not found:
        return
    lines = []
    for leak in found[:_LISTED]:
        how = "is" if leak.exact else "shows nearly the same as"
        lines.append(f"  {leak.test_path} {how} {leak.train_path} of {leak.train_name}")
    if len(found) > _LISTED:
        lines.append(f"  and {len(found) - _LISTED} more")
    raise UsageError(
        f"no test picture may stand in training, but {len(found)} of {len(test)} of {test.name} do: take them out of "
        "one of both\n" + "\n".join(lines)
    )


def _hash(path: Path) -> str:
    try:
        return hash_file(path)
    except OSError as error:
        raise UsageError(f"{path}: every picture must be readable: {error.strerror or error}") from error
