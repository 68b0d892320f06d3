"""Small faults of a settled heap put right, and the verdict on it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from synthvision.sampling.physics.contacts import Contact, PartsBody, contacts_of, drop_below, floor_contact

__all__ = ["MOST_DEPTH_M", "MOST_GAP_M", "Rest", "measure_rest", "repaired"]

Float = NDArray[np.float64]

#: How deep two bodies may overlap, and how far a body may be over what it lies on, metres.
MOST_DEPTH_M = 1e-3
MOST_GAP_M = 1e-3

# Overlaps above this are pushed apart, down to this; what rests in the simulation overlaps by tenths of a millimetre.
_WANTED_DEPTH_M = 6e-4
_ROUNDS = 16
_REACH_M = 0.05


@dataclass(frozen=True, slots=True)
class Rest:
    """How one body rests.

    Args:
        name: Name of the object.
        depth_m: Deepest overlap with any other body or the floor; 0 where there is none.
        gap_m: How far it can be lowered before it touches something below; 0 where it lies on something.
    """

    name: str
    depth_m: float
    gap_m: float

    @property
    def holds(self) -> bool:
        """Whether it neither overlaps nor floats by more than is allowed."""
        return self.depth_m <= MOST_DEPTH_M and self.gap_m <= MOST_GAP_M


def measure_rest(standing: Sequence[PartsBody], fallen: Sequence[PartsBody], floor: bool) -> tuple[Rest, ...]:
    """Return how each fallen body rests, in their order.

    Args:
        standing: What they may lie on or touch.
        fallen: The bodies.
        floor: The plane z = 0 carries.
    """
    bodies = [*fallen, *standing]
    return _rests(bodies, len(fallen), contacts_of(bodies), floor)


def _rests(bodies: Sequence[PartsBody], count: int, contacts: Sequence[Contact], floor: bool) -> tuple[Rest, ...]:
    depth = np.zeros(count)
    carried = np.zeros(count, bool)
    for contact in contacts:
        for index, sign in ((contact.first, -1.0), (contact.second, 1.0)):
            if index < count:
                depth[index] = max(depth[index], contact.depth_m)
                carried[index] |= contact.carries and sign * float(contact.normal[2]) > 0
    rests = []
    for index in range(count):
        body = bodies[index]
        if floor:
            sunk = floor_contact(body)
            depth[index] = max(depth[index], sunk)
            carried[index] |= sunk >= 0
        gap = 0.0
        if not carried[index]:
            others = [other for number, other in enumerate(bodies) if number != index]
            gap = drop_below(body, others, floor, _REACH_M)
        rests.append(Rest(body.name, float(depth[index]), gap))
    return tuple(rests)


def repaired(
    standing: Sequence[PartsBody], fallen: Sequence[PartsBody], floor: bool
) -> tuple[tuple[PartsBody, ...], tuple[Rest, ...]]:
    """Return bodies pushed apart where they overlap and lowered where they float, and how they rest then.

    Args:
        standing: What does not move.
        fallen: The settled bodies.
        floor: The plane z = 0 carries.
    """
    bodies = [*fallen, *standing]
    count = len(fallen)
    contacts = contacts_of(bodies)
    for _ in range(_ROUNDS):
        shifts = _pushes(bodies, count, contacts, floor)
        moved = {index for index in range(count) if np.any(shifts[index])}
        if not moved:
            break
        for index in moved:
            bodies[index] = bodies[index].moved(shifts[index])
        contacts = [
            contact for contact in contacts if contact.first not in moved and contact.second not in moved
        ] + contacts_of(bodies, moved)
    rests = _rests(bodies, count, contacts, floor)
    if any(rest.gap_m > MOST_GAP_M for rest in rests):
        # From below upwards, since what lies on a lowered body comes down with it.
        for index in sorted(range(count), key=lambda number: bodies[number].lowest_m()):
            if rests[index].gap_m > 0:
                others = [other for number, other in enumerate(bodies) if number != index]
                fall = drop_below(bodies[index], others, floor, _REACH_M)
                bodies[index] = bodies[index].moved(np.array([0.0, 0.0, -fall]))
        rests = _rests(bodies, count, contacts_of(bodies), floor)
    return tuple(bodies[:count]), rests


def _pushes(bodies: Sequence[PartsBody], count: int, contacts: Sequence[Contact], floor: bool) -> Float:
    """Return how each fallen body is shifted out of what it overlaps too deeply."""
    total, weight = np.zeros((count, 3)), np.zeros(count)
    for contact in contacts:
        excess = contact.depth_m - 0.7 * _WANTED_DEPTH_M
        if contact.depth_m <= _WANTED_DEPTH_M:
            continue
        share = 0.5 if bodies[contact.first].moves and bodies[contact.second].moves else 1.0
        for index, sign in ((contact.first, -1.0), (contact.second, 1.0)):
            if index < count:
                total[index] += sign * share * excess * contact.normal
                weight[index] += 1.0
    if floor:
        for index in range(count):
            sunk = floor_contact(bodies[index])
            if sunk > _WANTED_DEPTH_M:
                total[index, 2] += sunk - 0.7 * _WANTED_DEPTH_M
                weight[index] += 1.0
    # Between the sum of all pushes, which overshoots where two parts push alike, and their mean.
    shifts: Float = total / np.maximum(np.sqrt(weight), 1.0)[:, None]
    return shifts
