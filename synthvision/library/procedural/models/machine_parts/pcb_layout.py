"""Where the components of a circuit board sit: rejection on a grid, the same layout from the same seed."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from synthvision.core.streams import rng_for

__all__ = ["Component", "Layout", "board_layout"]

GRID_M = 0.00127


@dataclass(frozen=True, slots=True)
class Component:
    """One component on the board.

    Args:
        kind: ``qfp``, ``soic``, ``chip_capacitor``, ``resistor``, ``can``, ``inductor``, ``crystal``, ``led``,
            ``header``, ``terminal`` or ``socket``.
        x: Middle, metres.
        y: Middle, metres.
        size_x: Room that it takes along x.
        size_y: Room that it takes along y.
        turned: Its long side is along y.
        count: Pins, poles or leads.
        label: What the silkscreen says.
    """

    kind: str
    x: float
    y: float
    size_x: float
    size_y: float
    turned: bool
    count: int
    label: str

    def pads(self) -> list[tuple[float, float, float, float]]:
        """Return middle and size (x, y, size_x, size_y) of the solder pads, metres."""
        flat = [(x, y, w, h) for x, y, w, h in _PADS.get(self.kind, _two_pads)(self)]
        if self.turned:
            flat = [(-y, x, h, w) for x, y, w, h in flat]
        return [(self.x + x, self.y + y, w, h) for x, y, w, h in flat]


Pad = tuple[float, float, float, float]


def _two_pads(part: Component) -> list[Pad]:
    long, wide = (part.size_y, part.size_x) if part.turned else (part.size_x, part.size_y)
    size = 0.26 * long
    return [(side * (long - size) / 2, 0.0, size, 0.92 * wide) for side in (-1, 1)]


def _soic_pads(part: Component) -> list[Pad]:
    half = part.count // 2
    return [((k - (half - 1) / 2) * 0.00127, side * 0.0027, 0.0006, 0.0015) for side in (-1, 1) for k in range(half)]


def _qfp_pads(part: Component) -> list[Pad]:
    per_side = part.count // 4
    reach = per_side * 0.0008 / 2 + 0.0012
    row = [((k - (per_side - 1) / 2) * 0.0008, 0.00045) for k in range(per_side)]
    pads: list[Pad] = []
    for side in (-1, 1):
        pads += [(x, side * reach, w, 0.0014) for x, w in row]
        pads += [(side * reach, x, 0.0014, w) for x, w in row]
    return pads


def _header_pads(part: Component) -> list[Pad]:
    return [((k - (part.count - 1) / 2) * 0.00254, 0.0, 0.0017, 0.0017) for k in range(part.count)]


def _terminal_pads(part: Component) -> list[Pad]:
    return [(0.0, (k - (part.count - 1) / 2) * 0.005, 0.0026, 0.0026) for k in range(part.count)]


def _socket_pads(part: Component) -> list[Pad]:
    return [(x * 0.004, y * 0.0042, 0.002, 0.0016) for x in (-0.5, 0.5) for y in (-1, 1)]


_PADS = {
    "soic": _soic_pads,
    "qfp": _qfp_pads,
    "header": _header_pads,
    "terminal": _terminal_pads,
    "socket": _socket_pads,
}


@dataclass(frozen=True, slots=True)
class Layout:
    """A board and what is on it.

    Args:
        length: Along x, metres.
        width: Along y, metres.
        hole_inset: Of the mounting holes from both edges.
        components: The most important first.
    """

    length: float
    width: float
    hole_inset: float
    components: tuple[Component, ...]


@lru_cache(maxsize=32)
def board_layout(seed: int, length: float, width: float, density: float, *, can_count: int) -> Layout:
    """Return a layout that depends on nothing but its arguments."""
    rng = rng_for(seed, 0, "pcb.layout")
    inset = 0.0038
    taken: list[tuple[float, float, float, float]] = [
        (sx * (length / 2 - inset), sy * (width / 2 - inset), 0.0076, 0.0076) for sx in (-1, 1) for sy in (-1, 1)
    ]
    found: list[Component] = []
    numbers: dict[str, int] = {}

    def add(kind: str, size: tuple[float, float], count: int, place: tuple[float, float] | None, turned: bool) -> None:
        size_x, size_y = size[::-1] if turned else size
        for _ in range(1 if place is not None else 40):
            if place is not None:
                x, y = place
            else:
                spread = np.array([length - size_x - 0.004, width - size_y - 0.004])
                x, y = (float(v) for v in np.round((rng.random(2) - 0.5) * spread / GRID_M) * GRID_M)
            gap = 0.0012
            if all(
                abs(x - tx) > (size_x + tw) / 2 + gap or abs(y - ty) > (size_y + th) / 2 + gap
                for tx, ty, tw, th in taken
            ):
                taken.append((x, y, size_x, size_y))
                letter = {
                    "resistor": "R",
                    "chip_capacitor": "C",
                    "can": "C",
                    "inductor": "L",
                    "led": "D",
                    "crystal": "Y",
                }
                mark = letter.get(kind, "U" if kind in ("qfp", "soic") else "J")
                numbers[mark] = numbers.get(mark, 0) + 1
                found.append(Component(kind, x, y, size_x, size_y, turned, count, f"{mark}{numbers[mark]}"))
                return

    poles = int(rng.integers(2, 4))
    pins = int(rng.integers(5, max(6, int(0.42 * length / 0.00254))))
    add("terminal", (0.0088, poles * 0.005 + 0.0005), poles, (length / 2 - 0.0052, -0.04 * width), False)
    add("header", (pins * 0.00254, 0.00254), pins, (-0.08 * length, width / 2 - 0.0032), False)
    if rng.random() < 0.75:
        add("socket", (0.0075, 0.0092), 4, (-length / 2 + 0.0032, 0.02 * width), False)
    side = 8 if width > 0.038 else 6
    reach = side * 0.0008 + 0.0044
    add("qfp", (reach, reach), 4 * side, (-0.1 * length, -0.06 * width), False)
    for _ in range(can_count):
        wide = float(rng.choice([0.0063, 0.008, 0.01]))
        add("can", (wide, wide), 2, None, False)
    for _ in range(2 if length > 0.055 else 1):
        count = int(rng.choice([8, 14]))
        add("soic", (count / 2 * 0.00127 + 0.0006, 0.0068), count, None, bool(rng.random() < 0.5))
    add("inductor", (0.0072, 0.007), 2, None, False)
    add("crystal", (0.0062, 0.0035), 2, None, bool(rng.random() < 0.5))
    for kind, size, share in (
        ("chip_capacitor", (0.0034, 0.0018), 0.45),
        ("resistor", (0.0034, 0.0017), 0.5),
        ("led", (0.0033, 0.0018), 0.1),
    ):
        for _ in range(min(max(round(share * density * length * width / 0.00011), 2), round(24 * share))):
            add(kind, size, 2, None, bool(rng.random() < 0.5))
    return Layout(length, width, inset, tuple(found))
