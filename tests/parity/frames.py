"""Batches of questions and answers between the parity test and its child processes.

A frame is its length and then its items; an item is its number of fields and then the fields; a field is its length and
then its bytes. All numbers are unsigned 32-bit, big-endian. `node.cjs` and `core/examples/parity.rs` speak the same.
"""

import struct
from collections.abc import Iterable, Sequence
from typing import BinaryIO

Item = Sequence[bytes]
NUMBER = struct.Struct(">I")


def pack(items: Iterable[Item]) -> bytes:
    parts = []
    for item in items:
        parts.append(NUMBER.pack(len(item)))
        for field in item:
            parts.append(NUMBER.pack(len(field)))
            parts.append(field)
    frame = b"".join(parts)
    return NUMBER.pack(len(frame)) + frame


def unpack(frame: bytes) -> list[list[bytes]]:
    items = []
    at = 0

    def number() -> int:
        nonlocal at
        (value,) = NUMBER.unpack_from(frame, at)
        at += NUMBER.size
        return int(value)

    while at < len(frame):
        item = []
        for _ in range(number()):
            length = number()
            item.append(frame[at : at + length])
            at += length
        items.append(item)
    return items


def read(stream: BinaryIO) -> list[list[bytes]]:
    head = stream.read(NUMBER.size)
    if len(head) < NUMBER.size:
        raise EOFError
    (length,) = NUMBER.unpack(head)
    frame = stream.read(length)
    if len(frame) < length:
        raise EOFError
    return unpack(frame)
