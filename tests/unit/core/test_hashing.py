"""Canonical JSON: equal content, equal text; nothing that JSON cannot hold."""

from __future__ import annotations

import hashlib
import json
import math
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from synthvision.core.hashing import canonical_json, hash_file, hash_json


def bits(number: float) -> bytes:
    return struct.pack("<d", number)


def test_known_answer():
    value = {"b": [1, 1.0, 0.1, None, True], "a": {"é": "ß", "A": -0.0}}
    assert canonical_json(value) == '{"a":{"A":-0.0,"é":"ß"},"b":[1,1.0,0.1,null,true]}'
    assert hash_json({}) == hashlib.sha256(b"{}").hexdigest()
    assert hash_json(value) == hashlib.sha256(canonical_json(value).encode("utf-8")).hexdigest()


def test_the_order_of_keys_does_not_matter_and_that_of_lists_does():
    assert hash_json({"a": {"x": 1, "y": 2}, "b": 3}) == hash_json({"b": 3, "a": {"y": 2, "x": 1}})
    assert hash_json([1, 2]) != hash_json([2, 1])
    assert hash_json({"a": 1}) != hash_json({"a": 2})


@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf])
def test_what_is_not_finite_is_refused(number):
    with pytest.raises(ValueError, match="JSON compliant"):
        canonical_json({"deep": [{"down": number}]})


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_floats_are_exact(number):
    assert bits(json.loads(canonical_json([number]))[0]) == bits(number)


@given(st.floats(allow_nan=False, allow_infinity=False), st.floats(allow_nan=False, allow_infinity=False))
def test_floats_that_differ_in_the_last_bit_hash_differently(first, second):
    assert (hash_json(first) == hash_json(second)) == (bits(first) == bits(second))


def test_hash_of_a_file(tmp_path):
    content = bytes(range(256)) * 5000  # more than one block
    (tmp_path / "file").write_bytes(content)
    assert hash_file(tmp_path / "file") == hashlib.sha256(content).hexdigest()
    (tmp_path / "empty").write_bytes(b"")
    assert hash_file(tmp_path / "empty") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    with pytest.raises(FileNotFoundError):
        hash_file(tmp_path / "missing")
