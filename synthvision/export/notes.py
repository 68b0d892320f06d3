"""What an export could not hold: one sentence each, counted, for the user and for ``conversion.json``."""

from __future__ import annotations

from collections import Counter

__all__ = ["Notes"]


class Notes:
    """Counts what a format cannot hold, by sentence.

    Example:
        >>> notes = Notes()
        >>> notes.count("ignored instances left out")
        >>> notes.count("ignored instances left out", 2)
        >>> notes.sentences
        ('ignored instances left out: 3',)
    """

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()
        self._plain: dict[str, None] = {}

    def count(self, sentence: str, number: int = 1) -> None:
        """Add `number` to what a sentence counts."""
        if number:
            self._counts[sentence] += number

    def say(self, sentence: str) -> None:
        """Add a sentence that counts nothing, once."""
        self._plain[sentence] = None

    @property
    def sentences(self) -> tuple[str, ...]:
        """All sentences: those that count nothing in order, then the counted ones, sorted."""
        return (*self._plain, *(f"{sentence}: {number}" for sentence, number in sorted(self._counts.items())))
