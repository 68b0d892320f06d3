"""Furniture and fittings of rooms."""

from __future__ import annotations

from synthvision.library.parameters import ProceduralAsset
from synthvision.library.procedural.models.furniture.armchair import ARMCHAIR
from synthvision.library.procedural.models.furniture.bed import BED
from synthvision.library.procedural.models.furniture.bookcase import BOOKCASE
from synthvision.library.procedural.models.furniture.cabinet import CABINET
from synthvision.library.procedural.models.furniture.chair import CHAIR
from synthvision.library.procedural.models.furniture.clock import CLOCK
from synthvision.library.procedural.models.furniture.computer_mouse import COMPUTER_MOUSE
from synthvision.library.procedural.models.furniture.desk import DESK
from synthvision.library.procedural.models.furniture.desk_lamp import DESK_LAMP
from synthvision.library.procedural.models.furniture.door import DOOR
from synthvision.library.procedural.models.furniture.floor_lamp import FLOOR_LAMP
from synthvision.library.procedural.models.furniture.keyboard import KEYBOARD
from synthvision.library.procedural.models.furniture.laptop import LAPTOP
from synthvision.library.procedural.models.furniture.monitor import MONITOR
from synthvision.library.procedural.models.furniture.picture_frame import PICTURE_FRAME
from synthvision.library.procedural.models.furniture.pillow import PILLOW
from synthvision.library.procedural.models.furniture.plant_pot import PLANT_POT
from synthvision.library.procedural.models.furniture.radiator import RADIATOR
from synthvision.library.procedural.models.furniture.room_shell import ROOM_SHELL
from synthvision.library.procedural.models.furniture.sofa import SOFA
from synthvision.library.procedural.models.furniture.stool import STOOL
from synthvision.library.procedural.models.furniture.waste_basket import WASTE_BASKET
from synthvision.library.procedural.models.furniture.window import WINDOW

__all__ = ["ASSETS"]

ASSETS: tuple[ProceduralAsset, ...] = (
    CHAIR,
    DESK,
    SOFA,
    ARMCHAIR,
    BED,
    CABINET,
    BOOKCASE,
    FLOOR_LAMP,
    DESK_LAMP,
    MONITOR,
    LAPTOP,
    KEYBOARD,
    COMPUTER_MOUSE,
    PLANT_POT,
    WASTE_BASKET,
    DOOR,
    WINDOW,
    RADIATOR,
    CLOCK,
    PICTURE_FRAME,
    STOOL,
    PILLOW,
    ROOM_SHELL,
)
