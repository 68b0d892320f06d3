"""Procedural models, one module each."""

from __future__ import annotations

from synthvision.library.parameters import ProceduralAsset

__all__ = ["model_assets"]


def model_assets() -> tuple[ProceduralAsset, ...]:
    """Return the procedural models that ship with synthvision."""
    # Imported here: the package is also the parent of modules that draw materials without any model.
    from synthvision.library.procedural.models.ball import BALL
    from synthvision.library.procedural.models.book import BOOK
    from synthvision.library.procedural.models.bottle import BOTTLE
    from synthvision.library.procedural.models.bowl import BOWL
    from synthvision.library.procedural.models.can import CAN
    from synthvision.library.procedural.models.crate import CRATE
    from synthvision.library.procedural.models.die import DIE
    from synthvision.library.procedural.models.ground import GROUND
    from synthvision.library.procedural.models.mug import MUG
    from synthvision.library.procedural.models.playing_card import PLAYING_CARD
    from synthvision.library.procedural.models.table import TABLE
    from synthvision.library.procedural.models.traffic_cone import TRAFFIC_CONE

    return (TRAFFIC_CONE, CRATE, BOTTLE, CAN, MUG, BOWL, DIE, PLAYING_CARD, BOOK, BALL, GROUND, TABLE)
