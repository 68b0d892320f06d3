"""Which combinations of reflectance and clear coat the materials of a frame have."""

from __future__ import annotations

import numpy as np

from synthvision.core.errors import UsageError

__all__ = ["CoatTable"]

_MAX_COATS = 256


class CoatTable:
    """Reflectance at normal incidence and clear coat of the materials of a frame, by class.

    Surfaces keep the class in eight bits, so a frame holds 256 different combinations.
    """

    def __init__(self) -> None:
        self._classes: dict[tuple[float, float, float], int] = {(0.04, 0.0, 0.0): 0}

    def index(self, ior: float, coat: float, coat_roughness: float) -> int:
        """Return the class of a combination.

        Args:
            ior: Index of refraction, 1 and up.
            coat: Strength of the coat, 0..1.
            coat_roughness: 0..1.

        Raises:
            UsageError: The frame holds too many combinations.
        """
        reflectance = round(((ior - 1) / (ior + 1)) ** 2, 4)
        key = (reflectance, round(coat, 2), round(coat_roughness, 2) if coat > 0 else 0.0)
        number = self._classes.setdefault(key, len(self._classes))
        if number >= _MAX_COATS:
            raise UsageError(
                f"a scene must hold at most {_MAX_COATS} different combinations of ior, clearcoat and "
                "clearcoat_roughness, got more: use fewer different values"
            )
        return number

    @property
    def is_plain(self) -> bool:
        """Whether every material has the usual reflectance of 4 % and no coat."""
        return len(self._classes) == 1

    def uniforms(self) -> bytes:
        """Return the uniform block of ``lighting.glsl``."""
        block = np.zeros((_MAX_COATS, 4), np.float32)
        for key, number in self._classes.items():
            block[number, :3] = key
        return block.tobytes()
