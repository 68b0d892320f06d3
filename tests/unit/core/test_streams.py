"""Random streams: the keying is part of every data set's identity, so its first numbers are pinned here."""

from __future__ import annotations

import numpy as np
import pytest

from synthvision.core.errors import UsageError
from synthvision.core.streams import MAX_SEED, rng_for

# Raw 64-bit words and floats of three streams. A change of these is a change of every picture ever made: it needs a
# new version of the data set schema, not new numbers here.
KNOWN = [
    (
        (0, 0, "camera.elevation_deg"),
        [0xF7E92DE36B0F2386, 0xA5F2A531BEC67083, 0x2EFE8B7681668C9D],
        ["0x1.efd25bc6d61e4p-1", "0x1.4be54a637d8cep-1"],
    ),
    (
        (0, 17, "objects.bottles.count"),
        [0x387B5DDE0CEE4220, 0x9EB33B18E524F723, 0x8BE64239EE2AB437],
        ["0x1.c3daeef067720p-3", "0x1.3d667631ca49ep-1"],
    ),
    (
        (MAX_SEED, 123456789, "lumière"),
        [0x007DE6D9428323BE, 0x8460FCF5843306F9, 0x43030AE496E1FDA4],
        ["0x1.f79b650a0c800p-10", "0x1.08c1f9eb08660p-1"],
    ),
]


@pytest.mark.parametrize(("key", "words", "floats"), KNOWN, ids=[key[0][2] for key in KNOWN])
def test_first_numbers_of_a_stream_never_change(key, words, floats):
    assert rng_for(*key).bit_generator.random_raw(3).tolist() == words
    assert [number.hex() for number in rng_for(*key).random(2).tolist()] == floats


def test_a_stream_does_not_depend_on_what_was_drawn_before():
    names = ["a", "b", "objects.0.count"]
    forwards = {name: rng_for(3, 5, name).random(4).tolist() for name in names}
    rng_for(3, 5, "one more key").random(1000)
    backwards = {name: rng_for(3, 5, name).random(4).tolist() for name in reversed(names)}
    assert forwards == backwards


def test_seed_index_and_name_are_all_part_of_the_key():
    # The last two differ only in where one part ends and the next begins.
    keys = [(0, 0, "x"), (1, 0, "x"), (0, 1, "x"), (0, 0, "y"), (0, 0, ""), (1, 11, "x"), (11, 1, "x")]
    first = [int(rng_for(*key).bit_generator.random_raw()) for key in keys]
    assert len(set(first)) == len(keys)


def test_seed_zero_is_a_seed_like_any_other():
    assert rng_for(0, 4, "s").random(8).tolist() == rng_for(0, 4, "s").random(8).tolist()


@pytest.mark.parametrize(
    ("first", "second"),
    [((0, 0, "s"), (0, 1, "s")), ((0, 0, "s"), (1, 0, "s")), ((0, 0, "objects.0.x"), (0, 0, "objects.0.y"))],
    ids=["next frame", "next seed", "next key"],
)
def test_neighbouring_streams_are_uncorrelated(first, second):
    n = 20_000
    a, b = rng_for(*first).random(n), rng_for(*second).random(n)
    for shift in (0, 1, 2, 3, 4):  # Philox gives four words a counter: a shared key would show at one of these
        correlation = np.corrcoef(a[: n - shift], b[shift:])[0, 1]
        assert abs(correlation) < 4 / np.sqrt(n)


def test_the_first_number_is_uniform_over_frames():
    first = np.array([rng_for(0, frame, "s").random() for frame in range(4000)])
    counts = np.histogram(first, bins=10, range=(0, 1))[0]
    # Chi-square with 9 degrees of freedom passes 33.7 once in ten thousand; the numbers here are fixed.
    assert ((counts - 400) ** 2 / 400).sum() < 33.7


@pytest.mark.parametrize("seed", [-1, MAX_SEED + 1])
def test_seeds_out_of_range_are_refused(seed):
    with pytest.raises(UsageError, match=rf"seed must be 0 to 9223372036854775807, got {seed}$"):
        rng_for(seed, 0, "s")


def test_a_negative_index_is_refused():
    with pytest.raises(UsageError, match=r"index must be 0 or more, got -1$"):
        rng_for(0, -1, "s")
