"""Procedural environment maps: light from a place, out of doors or in a room."""

from synthvision.library.parameters import ProceduralAsset
from synthvision.library.procedural.skies.directions import sun_direction
from synthvision.library.procedural.skies.dome import SKY_DOME
from synthvision.library.procedural.skies.indoors import INDOORS
from synthvision.library.procedural.skies.open_air import CLEAR_SKY, CLOUDY_SKY, EVENING, OVERCAST
from synthvision.library.procedural.skies.outdoors import ground_albedo
from synthvision.library.procedural.skies.preetham import sun_illuminance_rgb as sun_light_rgb
from synthvision.library.procedural.skies.room import ROOM
from synthvision.library.procedural.skies.street import NIGHT_STREET
from synthvision.library.procedural.skies.studio import STUDIO
from synthvision.library.procedural.skies.warehouse import WAREHOUSE

__all__ = ["ground_albedo", "sky_assets", "sun_direction", "sun_light_rgb"]


def sky_assets() -> tuple[ProceduralAsset, ...]:
    """Return every procedural environment map; each builds an `EnvironmentMap` of 512 x 1024 pixels."""
    return (STUDIO, ROOM, WAREHOUSE, INDOORS, OVERCAST, CLEAR_SKY, CLOUDY_SKY, EVENING, NIGHT_STREET, SKY_DOME)
