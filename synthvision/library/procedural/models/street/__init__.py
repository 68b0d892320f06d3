"""What stands at a street."""

from __future__ import annotations

from synthvision.library.parameters import ProceduralAsset
from synthvision.library.procedural.models.street.barrier import BARRIER
from synthvision.library.procedural.models.street.bench import BENCH
from synthvision.library.procedural.models.street.bollard import BOLLARD
from synthvision.library.procedural.models.street.bus_shelter import BUS_SHELTER
from synthvision.library.procedural.models.street.guard_rail import GUARD_RAIL
from synthvision.library.procedural.models.street.hydrant import HYDRANT
from synthvision.library.procedural.models.street.litter_bin import LITTER_BIN
from synthvision.library.procedural.models.street.post_box import POST_BOX
from synthvision.library.procedural.models.street.street_lamp import STREET_LAMP
from synthvision.library.procedural.models.street.traffic_cone import TRAFFIC_CONE
from synthvision.library.procedural.models.street.traffic_light import TRAFFIC_LIGHT
from synthvision.library.procedural.models.street.traffic_sign import TRAFFIC_SIGN

__all__ = ["ASSETS"]

ASSETS: tuple[ProceduralAsset, ...] = (
    TRAFFIC_CONE,
    STREET_LAMP,
    TRAFFIC_SIGN,
    TRAFFIC_LIGHT,
    BARRIER,
    BOLLARD,
    BENCH,
    LITTER_BIN,
    HYDRANT,
    POST_BOX,
    BUS_SHELTER,
    GUARD_RAIL,
)
