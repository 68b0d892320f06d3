"""The colour code of ids: what proves the picture path must itself be proven."""

from __future__ import annotations

import numpy as np
import pytest

from synthvision.core.id_colours import decode_id_colours, encode_id_colours, linear_from_srgb8

ALL_IDS = np.arange(65_536, dtype=np.uint16)


def srgb8_from_linear(linear: float) -> int:
    """The forward formula of IEC 61966-2-1, written on its own: light to 8 bits."""
    encoded = 12.92 * linear if linear <= 0.0031308 else 1.055 * linear ** (1 / 2.4) - 0.055
    return int(encoded * 255 + 0.5)


def test_every_id_has_its_own_code_and_comes_back():
    codes = encode_id_colours(ALL_IDS)
    assert codes.shape == (65_536, 3)
    assert codes.dtype == np.uint8
    assert len(np.unique(codes, axis=0)) == 65_536
    decoded = decode_id_colours(codes)
    assert decoded.dtype == np.uint16
    np.testing.assert_array_equal(decoded, ALL_IDS)


def test_known_codes():
    # Red holds the upper five bits, green six, blue the lower five; each level sits in the middle of its bucket.
    known = {0: (4, 2, 4), 1: (4, 2, 12), 0b100000: (4, 6, 4), 1 << 11: (12, 2, 4), 65_535: (252, 254, 252)}
    for instance_id, code in known.items():
        assert encode_id_colours(np.array(instance_id, np.uint16)).tolist() == list(code)


def test_codes_lie_eight_levels_apart_in_red_and_blue_and_four_in_green():
    codes = encode_id_colours(ALL_IDS).astype(int)
    for channel, distance in enumerate((8, 4, 8)):
        levels = np.unique(codes[:, channel])
        assert set(np.diff(levels)) == {distance}


@pytest.mark.parametrize("error", [(e, f, g) for e in (-4, 0, 3) for f in (-2, 0, 1) for g in (-4, 0, 3)])
def test_rounding_on_the_way_turns_no_id_into_another(error):
    codes = encode_id_colours(ALL_IDS).astype(int) + np.array(error)
    assert codes.min() >= 0
    assert codes.max() <= 255
    np.testing.assert_array_equal(decode_id_colours(codes.astype(np.uint8)), ALL_IDS)


@pytest.mark.parametrize("error", [(-5, 0, 0), (4, 0, 0), (0, -3, 0), (0, 2, 0), (0, 0, -5), (0, 0, 4)])
def test_a_pixel_half_way_to_the_next_code_is_seen(error):
    middle = np.arange(20_000, 20_100, dtype=np.uint16)
    codes = encode_id_colours(middle).astype(int) + np.array(error)
    assert (decode_id_colours(codes.astype(np.uint8)) != middle).all()


def test_images_keep_their_shape():
    ids = ALL_IDS[:12].reshape(3, 4)
    assert encode_id_colours(ids).shape == (3, 4, 3)
    np.testing.assert_array_equal(decode_id_colours(encode_id_colours(ids)), ids)


def test_linear_light_of_srgb_against_the_forward_formula():
    levels = np.arange(256, dtype=np.uint8)
    linear = linear_from_srgb8(levels)
    assert [srgb8_from_linear(value) for value in linear.tolist()] == levels.tolist()
    # Sharper than the round trip through 8 bits: figures from the standard's curve, worked out by hand.
    np.testing.assert_allclose(linear[[0, 10, 128, 255]], [0, 10 / 255 / 12.92, 0.21586050, 1], rtol=1e-7)
    assert (np.diff(linear) > 0).all()
