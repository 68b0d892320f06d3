"""Packed goods, fruit, waste and hand tools."""

from __future__ import annotations

from synthvision.library.parameters import ProceduralAsset
from synthvision.library.procedural.models.products.apple import APPLE
from synthvision.library.procedural.models.products.banana import BANANA
from synthvision.library.procedural.models.products.battery import BATTERY
from synthvision.library.procedural.models.products.bin import BIN
from synthvision.library.procedural.models.products.carton import CARTON
from synthvision.library.procedural.models.products.crisp_packet import CRISP_PACKET
from synthvision.library.procedural.models.products.crushed_bottle import CRUSHED_BOTTLE
from synthvision.library.procedural.models.products.crushed_can import CRUSHED_CAN
from synthvision.library.procedural.models.products.egg_carton import EGG_CARTON
from synthvision.library.procedural.models.products.food_box import FOOD_BOX
from synthvision.library.procedural.models.products.hammer import HAMMER
from synthvision.library.procedural.models.products.jar import JAR
from synthvision.library.procedural.models.products.orange import ORANGE
from synthvision.library.procedural.models.products.paint_brush import PAINT_BRUSH
from synthvision.library.procedural.models.products.paper_cup import PAPER_CUP
from synthvision.library.procedural.models.products.parcel import PARCEL
from synthvision.library.procedural.models.products.plastic_bag import PLASTIC_BAG
from synthvision.library.procedural.models.products.pliers import PLIERS
from synthvision.library.procedural.models.products.scissors import SCISSORS
from synthvision.library.procedural.models.products.screwdriver import SCREWDRIVER
from synthvision.library.procedural.models.products.spanner import SPANNER
from synthvision.library.procedural.models.products.spray_can import SPRAY_CAN
from synthvision.library.procedural.models.products.tape_roll import TAPE_ROLL
from synthvision.library.procedural.models.products.tin import TIN
from synthvision.library.procedural.models.products.tray import TRAY
from synthvision.library.procedural.models.products.tube import TUBE
from synthvision.library.procedural.models.products.yoghurt_pot import YOGHURT_POT

__all__ = ["ASSETS"]

ASSETS: tuple[ProceduralAsset, ...] = (
    CARTON,
    PARCEL,
    FOOD_BOX,
    TIN,
    JAR,
    PAPER_CUP,
    TRAY,
    BIN,
    TUBE,
    SPRAY_CAN,
    PLASTIC_BAG,
    CRISP_PACKET,
    BATTERY,
    BANANA,
    APPLE,
    ORANGE,
    EGG_CARTON,
    YOGHURT_POT,
    HAMMER,
    SCREWDRIVER,
    SPANNER,
    PLIERS,
    SCISSORS,
    PAINT_BRUSH,
    TAPE_ROLL,
    CRUSHED_BOTTLE,
    CRUSHED_CAN,
)
