"""CRC-32C (Castagnoli), the checksum of TFRecord files, quick enough without a compiled package.

The polynomial is 0x1EDC6F41, reflected, with the register filled with ones before and inverted after:
https://www.rfc-editor.org/rfc/rfc3720#appendix-B.4. A CRC is linear, so numpy can work on the blocks of a message
side by side and join them: the register after two blocks is that of the first, carried over as many zero bytes as the
second has, xor that of the second.
"""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

__all__ = ["crc32c", "masked_crc32c"]

_POLYNOMIAL = 0x82F63B78
_ONES = 0xFFFFFFFF
_BLOCK_BYTES = 256
# Below this the plain loop is quicker.
_SHORT_BYTES = 600

UInt32 = NDArray[np.uint32]


def crc32c(data: bytes) -> int:
    """Return the checksum of some bytes.

    Example:
        >>> hex(crc32c(b"123456789"))
        '0xe3069283'
    """
    if len(data) < _SHORT_BYTES:
        register, table = _ONES, _byte_list()
        for byte in data:
            register = table[(register ^ byte) & 0xFF] ^ (register >> 8)
        return register ^ _ONES
    blocks = 1 << (-(-len(data) // _BLOCK_BYTES) - 1).bit_length()
    # Zero bytes before a message leave a register that starts at zero as it is, so the blocks are filled up in front.
    padded = np.zeros(blocks * _BLOCK_BYTES, np.uint8)
    padded[len(padded) - len(data) :] = np.frombuffer(data, np.uint8)
    table_256 = _byte_table()
    registers = np.zeros(blocks, np.uint32)
    for column in np.ascontiguousarray(padded.reshape(blocks, _BLOCK_BYTES).T):
        registers = table_256[(registers ^ column) & 0xFF] ^ (registers >> 8)
    power = _BLOCK_BYTES.bit_length() - 1
    while len(registers) > 1:
        registers = _carry(registers[0::2], power) ^ registers[1::2]
        power += 1
    start = np.array([_ONES], np.uint32)
    for bit in range(len(data).bit_length()):
        if len(data) >> bit & 1:
            start = _carry(start, bit)
    return int(registers[0] ^ start[0]) ^ _ONES


def masked_crc32c(data: bytes) -> int:
    """Return the checksum as TFRecord files hold it: turned by 15 bits, plus a constant.

    See https://www.tensorflow.org/tutorials/load_data/tfrecord#tfrecords_format_details.
    """
    crc = crc32c(data)
    return (((crc >> 15) | (crc << 17)) + 0xA282EAD8) & _ONES


def _carry(registers: UInt32, power: int) -> UInt32:
    """Return registers after 2 ** power zero bytes."""
    tables = _zeros_tables(power)
    carried: UInt32 = (
        tables[0][registers & 0xFF]
        ^ tables[1][registers >> 8 & 0xFF]
        ^ tables[2][registers >> 16 & 0xFF]
        ^ tables[3][registers >> 24]
    )
    return carried


@cache
def _byte_table() -> UInt32:
    table = np.arange(256, dtype=np.uint32)
    for _ in range(8):
        table = np.where(table & 1, (table >> 1) ^ np.uint32(_POLYNOMIAL), table >> 1)
    return table


@cache
def _byte_list() -> list[int]:
    return [int(value) for value in _byte_table()]


@cache
def _zeros_tables(power: int) -> tuple[UInt32, UInt32, UInt32, UInt32]:
    """Return what 2 ** power zero bytes make of each value of each byte of a register."""
    values: UInt32 = np.arange(256, dtype=np.uint32)
    shifted: list[UInt32] = [(values << shift).astype(np.uint32) for shift in (0, 8, 16, 24)]
    if power == 0:
        return _byte_table(), shifted[0], shifted[1], shifted[2]
    first, second, third, fourth = (_carry(_carry(each, power - 1), power - 1) for each in shifted)
    return first, second, third, fourth
