"""Things of a home: what stands on tables and shelves."""

from __future__ import annotations

from synthvision.library.parameters import ProceduralAsset
from synthvision.library.procedural.models.household.ball import BALL
from synthvision.library.procedural.models.household.book import BOOK
from synthvision.library.procedural.models.household.bottle import BOTTLE
from synthvision.library.procedural.models.household.bowl import BOWL
from synthvision.library.procedural.models.household.can import CAN
from synthvision.library.procedural.models.household.die import DIE
from synthvision.library.procedural.models.household.game_box import GAME_BOX
from synthvision.library.procedural.models.household.mug import MUG
from synthvision.library.procedural.models.household.playing_card import PLAYING_CARD
from synthvision.library.procedural.models.household.sheet_bar import MAGNET, SHEET_BAR
from synthvision.library.procedural.models.household.table import TABLE

__all__ = ["ASSETS"]

ASSETS: tuple[ProceduralAsset, ...] = (
    BALL,
    BOOK,
    BOTTLE,
    BOWL,
    CAN,
    DIE,
    GAME_BOX,
    MAGNET,
    MUG,
    PLAYING_CARD,
    SHEET_BAR,
    TABLE,
)
