"""A tiny asset library of shapes whose pixels can be worked out by hand, and a renderer that draws them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from synthvision.geometry.poses import look_at
from synthvision.gpu.context import open_context
from synthvision.imaging.develop import Developer
from synthvision.imaging.lens import LensView
from synthvision.library.model import EnvironmentMap, Material, MeshPart, Model, Texture
from synthvision.library.reference import AssetRef
from synthvision.render.config import OpenGLConfig
from synthvision.render.opengl.renderer import OpenGLRenderer
from synthvision.scene import Camera, Environment, MaterialOverride, Scene, SceneObject, SunLight

#: Reflects without a mirror image: an index of refraction of 1.
CHALK = {"ior": 1.0, "metallic": 0.0, "roughness": 1.0}


def ref(name):
    return AssetRef("test", name)


def box_mesh(x, y, z):
    """A box about the origin, flat normals."""
    positions, normals, uvs, triangles = [], [], [], []
    for axis in range(3):
        for sign in (-1.0, 1.0):
            normal = np.zeros(3)
            normal[axis] = sign
            along = np.roll([1.0, 0.0, 0.0], (axis + 1) % 3)
            up = np.cross(normal, along)
            start = len(positions)
            for s, t in ((-1, -1), (1, -1), (1, 1), (-1, 1)):
                positions.append((normal + s * along + t * up) * np.array([x, y, z]) / 2)
                normals.append(normal)
                uvs.append(((s + 1) / 2, (1 - t) / 2))
            triangles += [[start, start + 1, start + 2], [start, start + 2, start + 3]]
    return positions, normals, uvs, triangles


def plane_mesh(width, height):
    """A sheet in the x-y plane about the origin, facing +z, texture upright."""
    positions = [[-width / 2, -height / 2, 0], [width / 2, -height / 2, 0], [width / 2, height / 2, 0]]
    positions.append([-width / 2, height / 2, 0])
    return positions, [[0, 0, 1]] * 4, [[0, 1], [1, 1], [1, 0], [0, 0]], [[0, 1, 2], [0, 2, 3]]


def _grid(function, columns, rows):
    u, v = np.meshgrid(np.linspace(0, 1, columns + 1), np.linspace(0, 1, rows + 1), indexing="ij")
    positions, normals = function(u, v)
    corner = np.arange(columns)[:, None] * (rows + 1) + np.arange(rows)
    quads = np.stack([corner, corner + rows + 1, corner + rows + 2, corner, corner + rows + 2, corner + 1], -1)
    return positions.reshape(-1, 3), normals.reshape(-1, 3), np.stack([u, v], -1).reshape(-1, 2), quads.reshape(-1, 3)


def sphere_mesh(radius, columns=96, rows=48):
    def surface(u, v):
        a, b = 2 * np.pi * u, np.pi * (1 - v)
        normal = np.stack([np.sin(b) * np.cos(a), np.sin(b) * np.sin(a), np.cos(b)], -1)
        return radius * normal, normal

    return _grid(surface, columns, rows)


def torus_mesh(radius, thickness, columns=96, rows=48):
    def surface(u, v):
        a, b = 2 * np.pi * u, 2 * np.pi * v
        normal = np.stack([np.cos(b) * np.cos(a), np.cos(b) * np.sin(a), np.sin(b)], -1)
        return radius * np.stack([np.cos(a), np.sin(a), 0 * a], -1) + thickness * normal, normal

    return _grid(surface, columns, rows)


def make_model(name, mesh, material=None):
    positions, normals, uvs, triangles = mesh
    part = MeshPart(
        positions_n3=np.asarray(positions, np.float32),
        normals_n3=np.asarray(normals, np.float32),
        uvs_n2=np.asarray(uvs, np.float32),
        triangles_m3=np.asarray(triangles, np.uint32),
    )
    return Model(key=f"test/{name}", parts=(part,), materials=(material or Material(**CHALK),))


def fence_texture(bars, share=0.5, side=256):
    """Upright bars that fill `share` of the width, nothing between them; white."""
    column = (np.arange(side) * bars / side) % 1 < share
    pixels = np.full((side, side, 4), 255, np.uint8)
    pixels[..., 3] = np.where(column, 255, 0)
    return Texture("test/fence", pixels, is_srgb=True, wrap_uv=("clamp", "clamp"))


class Library:
    """Assets by name, made on the spot; counts what is asked for."""

    def __init__(self):
        self.models = {
            "cube": make_model("cube", box_mesh(1, 1, 1)),
            "sphere": make_model("sphere", sphere_mesh(0.5)),
            "torus": make_model("torus", torus_mesh(0.4, 0.15)),
            "plane": make_model("plane", plane_mesh(1, 1)),
            "fence": make_model(
                "fence",
                plane_mesh(1, 1),
                Material(base_colour_map=fence_texture(8), alpha_mode="mask", double_sided=True, **CHALK),
            ),
        }
        self.materials = {}
        self.environments = {"uniform": uniform_sky(), "half": half_sky()}
        self.photos = {}

    def load_model(self, asset):
        return self.models[asset.name]

    def load_material(self, asset):
        return self.materials[asset.name]

    def load_environment(self, asset):
        return self.environments[asset.name]

    def load_photo(self, asset):
        return self.photos[asset.name]


def uniform_sky(value=1.0):
    return EnvironmentMap(f"test/uniform{value}", np.full((32, 64, 3), value, np.float32))


def half_sky():
    """Bright towards +X, dark elsewhere, so that a wrong turn shows."""
    columns = (np.arange(128) + 0.5) / 128
    radiance = np.zeros((64, 128, 3), np.float32)
    radiance[:, (columns > 0.5)] = 1.0
    return EnvironmentMap("test/half", radiance)


def camera_at(position=(0.0, -2.0, 0.0), target=(0.0, 0.0, 0.0), size_wh=(160, 120), focal_px=150.0, **changes):
    width, height = size_wh
    camera = Camera(
        size_wh=size_wh,
        focal_xy_px=(focal_px, focal_px),
        centre_xy_px=(width / 2, height / 2),
        position_m=tuple(float(value) for value in position),
        rotation_wxyz=tuple(float(value) for value in look_at(position, target)),
    )
    return replace(camera, **changes)


#: Turns a sheet in the x-y plane upright, so that it faces a camera at -y.
UPRIGHT = (float(np.sqrt(0.5)), float(np.sqrt(0.5)), 0.0, 0.0)


def thing(instance_id, model, position=(0.0, 0.0, 0.0), **changes):
    """An object; material fields are taken out of the keywords."""
    fields = {name: changes.pop(name) for name in ("base_colour", "metallic", "roughness") if name in changes}
    overrides = (MaterialOverride(**fields),) if fields else ()
    return SceneObject(
        instance_id=instance_id,
        name=f"{model}/{instance_id}",
        asset=ref(model),
        position_m=position,
        materials=overrides,
        **changes,
    )


class Studio:
    """What tests of the renderer work with."""

    def __init__(self, context):
        self.context = context
        self.library = Library()
        self.renderer = OpenGLRenderer(context, self.library, OpenGLConfig(shadow_map_px=512))
        self.developer = Developer(context, self.library)
        self.ref, self.camera, self.thing, self.upright = ref, camera_at, thing, UPRIGHT
        self.make_model, self.box_mesh, self.plane_mesh = make_model, box_mesh, plane_mesh
        self.sphere_mesh = sphere_mesh

    def scene(self, *objects, camera=None, **changes):
        return Scene(camera=camera or camera_at(), objects=objects, **changes)

    def sunny(self, direction=(0.0, 0.0, 1.0), lux=1000.0, **changes):
        return SunLight(direction_xyz=direction, illuminance_lux=lux, **changes)

    def sky(self, name="uniform", lux=1000.0, **changes):
        return Environment(asset=ref(name), illuminance_lux=lux, **changes)

    def radiance(self, scene, renderer=None, **options):
        """The radiance as an array (height, width, 3), first row at the top."""
        result = (renderer or self.renderer).render_radiance(scene, **options)
        array = np.frombuffer(result.texture.read(), np.float32)
        return array.reshape(result.height, result.width, 4)[::-1, :, :3].copy()

    def picture(self, scene, **options):
        """The 8-bit picture, through air, lens and sensor of the scene."""
        labels = self.renderer.render_labels(scene)
        pictures = [self.developer.expose(scene, self.renderer.render_radiance(scene, **options))]
        return self.developer.develop(scene, [LensView(scene, scene)], pictures, labels).rgb_hwc

    def render(self, scene, **options):
        return self.renderer.render_labels(scene, **options)


@pytest.fixture(scope="session")
def context():
    context = open_context()
    yield context
    context.close()


@pytest.fixture
def studio(context):
    context.check_errors("what ran before the test")
    studio = Studio(context)
    yield studio
    studio.renderer.close()
    context.check_errors("the test")
