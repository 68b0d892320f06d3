"""A small asset library made of boxes, balls and sheets, so that sampling is tested without files or procedural art."""

from __future__ import annotations

from fnmatch import fnmatchcase
from types import SimpleNamespace

import numpy as np
import pytest
import trimesh

from synthvision.core.errors import AssetError
from synthvision.library.catalogue import CatalogueEntry
from synthvision.library.model import EnvironmentMap, Material, MeshPart, Model, StateDirection
from synthvision.library.parameters import Choice, Colour, Integer, Number
from synthvision.sampling.classes import ClassSpec
from synthvision.sampling.config import SceneSpec
from synthvision.sampling.sampler import SceneSampler

FACES = {"1": (0, 0, 1), "6": (0, 0, -1), "2": (1, 0, 0), "5": (-1, 0, 0), "3": (0, 1, 0), "4": (0, -1, 0)}


def model_of(mesh, key="", slots=("body",), states=(), attributes=None, uv_scale=1.0):
    mesh = mesh.copy()
    corners = np.asarray(mesh.vertices, np.float32)
    part = MeshPart(
        positions_n3=corners,
        normals_n3=np.asarray(mesh.vertex_normals, np.float32),
        triangles_m3=np.asarray(mesh.faces, np.uint32),
        uvs_n2=(corners[:, :2] * np.float32(uv_scale)).astype(np.float32),
    )
    return Model(
        key=key,
        parts=(part,),
        materials=tuple(Material(name=slot) for slot in slots),
        states=states,
        attributes=attributes or {},
    )


def standing(mesh):
    """Move a mesh so that its base is centred on the origin."""
    low, high = mesh.bounds
    mesh.apply_translation([-(low[0] + high[0]) / 2, -(low[1] + high[1]) / 2, -low[2]])
    return mesh


def open_bowl(radius=0.12, height=0.07, thickness=0.004, sections=48):
    """A bowl of revolution with an inside: outer and inner wall, rim, no lid."""
    steps = np.linspace(0.0, 1.0, 14)
    outer = np.column_stack([0.04 + (radius - 0.04) * np.sqrt(steps), height * steps])
    inner = np.column_stack([outer[:, 0] - thickness, thickness + (height - thickness) * steps])
    outline = np.vstack([[[0.0, 0.0]], outer, inner[::-1], [[0.0, thickness]]])
    return trimesh.creation.revolve(outline, sections=sections)


def sheet(bend=0.002, size=(0.0635, 0.0889), thickness=0.0003):
    """A bent card with a front and a back, front up."""
    n = 12
    u = np.linspace(-0.5, 0.5, n)
    x, y = np.meshgrid(u * size[0], u * size[1], indexing="ij")
    z = bend * (1 - (2 * y / size[1]) ** 2)
    top = np.column_stack([x.ravel(), y.ravel(), z.ravel() + thickness])
    bottom = top - [0, 0, thickness]
    rows = []
    for i in range(n - 1):
        for j in range(n - 1):
            a, b, c, d = i * n + j, (i + 1) * n + j, (i + 1) * n + j + 1, i * n + j + 1
            rows += [[a, b, c], [a, c, d], [n * n + a, n * n + c, n * n + b], [n * n + a, n * n + d, n * n + c]]
    return trimesh.Trimesh(np.vstack([top, bottom]), rows, process=False)


def _die():
    states = tuple(StateDirection("top_face", value, direction) for value, direction in FACES.items())
    return model_of(standing(trimesh.creation.box((0.016, 0.016, 0.016))), states=states)


def _card(params):
    states = (
        StateDirection("visible_side", "front", (0, 0, 1), "camera"),
        StateDirection("visible_side", "back", (0, 0, -1), "camera"),
    )
    return model_of(sheet(params["bend_m"]), slots=("front", "back"), states=states)


BUILD = {
    "box": lambda p: model_of(standing(trimesh.creation.box((p["width_m"], p["width_m"], p["height_m"])))),
    "ball": lambda p: model_of(standing(trimesh.creation.icosphere(2, 0.03))),
    "pole": lambda p: model_of(standing(trimesh.creation.cylinder(0.01, 0.2, sections=24))),
    "die": lambda p: _die(),
    "card": _card,
    "bowl": lambda p: model_of(open_bowl()),
    "table": lambda p: model_of(standing(trimesh.creation.box((0.8, 0.5, 0.7)))),
    "ground": lambda p: model_of(
        trimesh.Trimesh([[-2, -2, 0], [2, -2, 0], [2, 2, 0], [-2, 2, 0]], [[0, 1, 2], [0, 2, 3]])
    ),
}

BOX_PARAMETERS = {
    "width_m": Number(0.04, 0.08, 0.05, unit="m"),
    "height_m": Number(0.02, 0.2, 0.1, unit="m", log=True),
    "colour": Colour(((0.8, 0.1, 0.1), (0.1, 0.1, 0.8))),
    "wear": Integer(0, 9, 0),
    "finish": Choice(("matt", "glossy"), "matt"),
}


def entry(name, kind="model", category="thing", tags=(), parameters=None, pack="builtin", **more):
    return CatalogueEntry(
        pack=pack, name=name, kind=kind, category=category, tags=tuple(tags), parameters=parameters or {}, **more
    )


class FakeLibrary:
    """Offers the interface that sampling uses."""

    entries = (
        entry("ball", category="ball", tags=("round", "toy")),
        entry("bowl", category="bowl", tags=("kitchen",)),
        entry("box", category="box", tags=("kitchen",), parameters=BOX_PARAMETERS, attributes={"made_of": "card"}),
        entry("card", category="card", parameters={"bend_m": Number(0.0, 0.003, 0.001, unit="m")}),
        entry("die", category="die"),
        entry("pole", category="pole"),
        entry("table", category="furniture"),
        entry("ground", category="ground"),
        entry("wood", "material", "floor", tile_m=0.5),
        entry("stone", "material", "floor", tile_m=0.5),
        *(
            entry(f"faces/{rank}_of_{suit}", "material", "face", pack="faces", attributes={"suit": suit})
            for rank in ("ace", "two")
            for suit in ("hearts", "spades")
        ),
        entry("sky", "environment", "sky", parameters={"turbidity": Number(2.0, 8.0, 3.0)}),
        entry("room", "environment", "indoor"),
        entry("photos/wall", "photo", "wall"),
    )

    def __init__(self):
        self.loads = 0
        self._models = {}

    def find(self, *, asset=None, category=None, tag=None, kind):
        found = tuple(
            item
            for item in self.entries
            if item.kind == kind
            and (asset is None or fnmatchcase(item.name, asset) or fnmatchcase(item.full_name, asset))
            and (category is None or item.category == category)
            and (tag is None or tag in item.tags)
        )
        if not found:
            raise AssetError(f"no {kind} is called {asset or category or tag!r}")
        return found

    def load_model(self, ref):
        if ref.key not in self._models:
            self.loads += 1
            self._models[ref.key] = BUILD[ref.name](ref.params)
        return self._models[ref.key]

    def load_material(self, ref):
        return Material(name=ref.name, tile_m=0.5 if ref.pack == "builtin" else None)

    def load_environment(self, ref):
        warm = [1.0, 0.8, 0.5] if ref.name == "room" else [0.6, 0.8, 1.0]
        return EnvironmentMap(key=ref.key, radiance_hwc=np.full((8, 16, 3), warm, np.float32))


def make_spec(objects, **more):
    """A scene on the ground with a camera that sees it; a list as `camera` stands for several."""
    data = {"surface": {}, "objects": objects, "camera": {"kind": "shell", "distance_m": 1.5}, **more}
    if isinstance(data["camera"], list):
        data["cameras"] = data.pop("camera")
    return SceneSpec.model_validate(data)


def make_sampler(objects, classes=(), seed=0, size_wh=(640, 480), views=1, plan=None, **more):
    """A sampler over the fake library."""
    specs = [ClassSpec.model_validate(item) for item in classes]
    return SceneSampler(
        make_spec(objects, **more), specs, FakeLibrary(), seed, size_wh=size_wh, views_per_scene=views, plan=plan
    )


@pytest.fixture
def fake():
    """What tests use of this file; modules cannot import each other here."""
    return SimpleNamespace(
        Library=FakeLibrary, spec=make_spec, sampler=make_sampler, open_bowl=open_bowl, sheet=sheet, faces=FACES
    )
