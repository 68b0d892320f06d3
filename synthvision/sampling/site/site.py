"""Makes the site of a scene: ground pieces, strips, and what holds things up."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from synthvision.library.procedural.models.surroundings.street_layout import plan_of
from synthvision.sampling.drawing import Drawer
from synthvision.sampling.placed import DrawnObject, PlacedObject
from synthvision.sampling.placement.supports import Support
from synthvision.sampling.selection import Library, Selector
from synthvision.sampling.shapes import ShapeCache
from synthvision.sampling.site.config import RoomSite, SiteSpec, StreetSite
from synthvision.sampling.site.street import Carriageway, RaisedGround, street_facts, street_strips
from synthvision.sampling.site.strips import Strip
from synthvision.scene import Environment, Light

if TYPE_CHECKING:
    from synthvision.sampling.site.room_maker import RoomMaker

__all__ = ["Site", "SiteMaker"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """Where a scene takes place.

    Args:
        objects: Ground pieces and whatever else is part of the site; they take no part in placement.
        strips: Ways and lines on which things stand and move.
        support: The ground that most things stand on.
        further_supports: Ground at other heights.
        facts: What a record says of the site, by name.
        lights: Lamps and windows of the site, beside those of the scene file.
        environment: Light from all around in place of the scene file's, or None.
        headroom_m: How high things may reach: under lamps and trusses; None under the sky.
        bounds_23: Smallest and largest corner of what a camera must stay in, float64 (2, 3), or None.
        room_23: The same of what things must stay in: off walls, with sills and skirting.
    """

    objects: tuple[PlacedObject, ...]
    strips: tuple[Strip, ...]
    support: Support
    further_supports: tuple[Support, ...] = ()
    facts: Mapping[str, Any] = field(default_factory=dict)
    lights: tuple[Light, ...] = ()
    environment: Environment | None = None
    bounds_23: NDArray[np.float64] | None = None
    room_23: NDArray[np.float64] | None = None
    headroom_m: float | None = None


class SiteMaker:
    """Draws the sites of a scene file.

    Args:
        spec: The site.
        library: Where assets come from.
        selector: Draws assets.
        shapes: Geometry of models.
    """

    def __init__(self, spec: SiteSpec, library: Library, selector: Selector, shapes: ShapeCache) -> None:
        self._spec = spec
        self._library = library
        self._selector = selector
        self._shapes = shapes
        self._streets: dict[str, Site] = {}
        self._rooms: RoomMaker | None = None

    def make(self, drawer: Drawer) -> Site:
        """Return the site of one scene; what it is goes into the factors under ``site``.

        Raises:
            AssetError: The asset is missing or broken.
        """
        site = self._made(drawer, self._spec)
        for name, value in site.facts.items():
            drawer.note(f"site.{name}", value)
        return site

    def _made(self, drawer: Drawer, spec: SiteSpec) -> Site:
        if isinstance(spec, RoomSite):
            # Imported here: that module needs `Site`.
            from synthvision.sampling.site.room_maker import RoomMaker

            if self._rooms is None:
                self._rooms = RoomMaker(self._library, self._selector, self._shapes)
            return self._rooms.make(drawer, spec)
        return self._street(drawer, spec)

    def _street(self, drawer: Drawer, spec: StreetSite) -> Site:
        entry, ref = self._selector.draw(
            drawer, spec, "model", pool_path="site", asset_path="site.asset", variant_path="site.variant"
        )
        key = ref.key
        if key not in self._streets:
            shape = self._shapes.shape(ref)
            drawn = DrawnObject(
                name="site/0", group="site", role="stuff", entry=entry, ref=ref, shape=shape, scale=(1.0, 1.0, 1.0),
                attributes={**entry.attributes, **shape.attributes},
            )  # fmt: skip
            piece = PlacedObject(drawn=drawn, rotation=np.eye(3), position_m=np.zeros(3), body=None)
            plan = plan_of(ref.params)
            self._streets[key] = Site(
                objects=(piece,),
                strips=street_strips(ref.params),
                support=Carriageway(plan),
                further_supports=(RaisedGround(plan),),
                facts=street_facts(ref.params),
            )
        return self._streets[key]
