"""``tf.train.Example`` messages and TFRecord framing, written without TensorFlow.

An example is a map from name to a list of bytes, floats or whole numbers:
https://github.com/tensorflow/tensorflow/blob/master/tensorflow/core/example/example.proto. A record of a file is the
length of its message as 8 bytes, the masked CRC-32C of these, the message, and the masked CRC-32C of the message:
https://www.tensorflow.org/tutorials/load_data/tfrecord#tfrecords_format_details.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from typing import BinaryIO

import numpy as np

from synthvision.export.crc32c import masked_crc32c

__all__ = ["BytesList", "FloatList", "Int64List", "RecordFile", "encode_example", "frame_record", "text_list"]


class BytesList(tuple[bytes, ...]):
    """A feature of byte strings."""

    __slots__ = ()


class FloatList(tuple[float, ...]):
    """A feature of 32-bit floats."""

    __slots__ = ()


class Int64List(tuple[int, ...]):
    """A feature of whole numbers."""

    __slots__ = ()


Feature = BytesList | FloatList | Int64List

_LENGTH_DELIMITED = 2


def encode_example(features: Mapping[str, Feature]) -> bytes:
    """Return the message of an example; features are written by name, so equal examples have equal bytes.

    Args:
        features: Values by name; an empty list keeps its type.
    """
    entries = []
    for name in sorted(features):
        entry = _field(1, name.encode()) + _field(2, _encode_feature(features[name]))
        entries.append(_field(1, entry))
    return _field(1, b"".join(entries))


def frame_record(message: bytes) -> bytes:
    """Return a message as it stands in a TFRecord file, with length and checksums."""
    length = struct.pack("<Q", len(message))
    checks = struct.pack("<I", masked_crc32c(length)), struct.pack("<I", masked_crc32c(message))
    return length + checks[0] + message + checks[1]


class RecordFile:
    """Writes messages into an open TFRecord file.

    Args:
        stream: The file.
    """

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream

    def write(self, item: bytes) -> None:
        """Append a message."""
        self._stream.write(frame_record(item))

    def close(self) -> None:
        """Do nothing: such a file has no end of its own."""


def _encode_feature(values: Feature) -> bytes:
    # The number of the field says which of the three lists it is; numbers are packed, as proto3 writes them.
    match values:
        case BytesList():
            return _field(1, b"".join(_field(1, value) for value in values))
        case FloatList():
            packed = np.array(values, "<f4").tobytes()
            return _field(2, _field(1, packed) if packed else b"")
        case Int64List():
            packed = b"".join(_varint(value) for value in values)
            return _field(3, _field(1, packed) if packed else b"")


def _field(number: int, data: bytes) -> bytes:
    return _varint(number << 3 | _LENGTH_DELIMITED) + _varint(len(data)) + data


def _varint(value: int) -> bytes:
    """Return a whole number in groups of seven bits, lowest first; negative ones as their 64-bit complement."""
    rest = value & 0xFFFFFFFFFFFFFFFF
    groups = bytearray()
    while rest > 0x7F:
        groups.append(rest & 0x7F | 0x80)
        rest >>= 7
    groups.append(rest)
    return bytes(groups)


def text_list(values: Sequence[str]) -> BytesList:
    """Return texts as a feature of UTF-8 bytes."""
    return BytesList(value.encode() for value in values)
