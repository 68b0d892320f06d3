"""The path tracer against known answers and against the raster backend's light."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest

from synthvision.core.errors import MissingExtraError, UsageError
from synthvision.geometry.poses import look_at
from synthvision.library.model import EnvironmentMap, Material, MeshPart, Model, Texture
from synthvision.library.reference import AssetRef
from synthvision.render.config import MitsubaConfig, OpenGLConfig
from synthvision.render.mitsuba import variant as variants
from synthvision.render.mitsuba.renderer import MitsubaRenderer
from synthvision.render.mitsuba.variant import choose_variant, find_libllvm, library_version
from synthvision.render.mitsuba.weather import Vertices, refined
from synthvision.render.opengl.renderer import OpenGLRenderer
from synthvision.scene import (
    Camera,
    Environment,
    PointLight,
    RectLight,
    Scene,
    SceneObject,
    SnowCover,
    SpotLight,
    SunLight,
    Weather,
    Wetness,
)

CHALK = Material(roughness=1.0, ior=1.0, base_colour=(0.5, 0.5, 0.5, 1.0))
DOWN = (0.0, 1.0, 0.0, 0.0)  # turns +z to -z


def sheet(name, material, side=2.0, **changes):
    half = side / 2
    part = MeshPart(
        positions_n3=np.array([[-half, -half, 0], [half, -half, 0], [half, half, 0], [-half, half, 0]], np.float32),
        normals_n3=np.tile(np.array([0, 0, 1], np.float32), (4, 1)),
        uvs_n2=np.array([[0, 1], [1, 1], [1, 0], [0, 0]], np.float32),
        triangles_m3=np.array([[0, 1, 2], [0, 2, 3]], np.uint32),
        **changes,
    )
    return Model(key=f"test/{name}", parts=(part,), materials=(material,))


def ball(name, material, rings=32):
    u, v = np.meshgrid(np.linspace(0, 1, 2 * rings + 1), np.linspace(0, 1, rings + 1), indexing="ij")
    a, b = 2 * np.pi * u, np.pi * (1 - v)
    normals = np.stack([np.sin(b) * np.cos(a), np.sin(b) * np.sin(a), np.cos(b)], -1).reshape(-1, 3)
    corner = np.arange(2 * rings)[:, None] * (rings + 1) + np.arange(rings)
    quads = np.stack([corner, corner + rings + 1, corner + rings + 2, corner, corner + rings + 2, corner + 1], -1)
    part = MeshPart(
        positions_n3=(normals / 2).astype(np.float32),
        normals_n3=normals.astype(np.float32),
        uvs_n2=np.stack([u, v], -1).reshape(-1, 2).astype(np.float32),
        triangles_m3=quads.reshape(-1, 3).astype(np.uint32),
    )
    return Model(key=f"test/{name}", parts=(part,), materials=(material,))


class Shelf:
    """Models by name, made on the spot, and one even sky."""

    def __init__(self, **models):
        self.models = models

    def load_model(self, ref):
        return self.models[ref.name]

    def load_environment(self, ref):
        radiance = np.ones((32, 64, 3), np.float32)
        if ref.name == "half":
            radiance[:, :32] = 0  # bright towards +x
        return EnvironmentMap(f"test/{ref.name}", radiance)


def thing(name, number=1, **changes):
    return SceneObject(instance_id=number, name=f"{name}/{number}", asset=AssetRef("test", name), **changes)


def looking(position, target=(0.0, 0.0, 0.0), size_wh=(24, 16), focal=40.0):
    width, height = size_wh
    return Camera(
        size_wh=size_wh,
        focal_xy_px=(focal, focal),
        centre_xy_px=(width / 2, height / 2),
        position_m=position,
        rotation_wxyz=tuple(float(value) for value in look_at(position, target)),
    )


@pytest.fixture
def trace(context):
    def trace(scene, shelf, samples=64, **options):
        config = MitsubaConfig(backend="mitsuba", samples_per_pixel=samples, variant="scalar_rgb", **options)
        renderer = MitsubaRenderer(context, shelf, config)
        light = renderer.render_radiance(scene).rgb_hwc
        renderer.close()
        return light

    return trace


@pytest.fixture
def raster(context):
    def raster(scene, shelf):
        config = OpenGLConfig(backend="opengl", ambient_occlusion=False, environment_shadows=False)
        renderer = OpenGLRenderer(context, shelf, config)
        drawn = renderer.render_radiance(scene)
        array = (
            np.frombuffer(drawn.texture.read(), np.float32).reshape(drawn.height, drawn.width, 4)[::-1, :, :3].copy()
        )
        renderer.close()
        return array

    return raster


def floor(light=(), camera=None, **changes):
    return Scene(camera=camera or looking((0.0, -0.3, 1.0)), objects=(thing("floor"),), lights=light, **changes)


#: A grey floor of albedo 0.5 sends a half of its illuminance over pi.
@pytest.mark.parametrize(
    ("light", "lux"),
    [
        (SunLight(direction_xyz=(0.0, 0.6, 0.8), illuminance_lux=1000.0), 800.0),
        (SunLight(direction_xyz=(0.0, 0.0, 1.0), illuminance_lux=1000.0, angular_diameter_rad=0.2), 1000 * 0.9963),
        (PointLight(position_m=(0.0, 0.0, 2.0), intensity_cd=400.0, radius_m=0.05), 100.0),
        (SpotLight(position_m=(0.0, 0.0, 2.0), direction_xyz=(0.0, 0.0, -1.0), intensity_cd=400.0), 100.0),
        (RectLight(position_m=(0.0, 0.0, 2.0), rotation_wxyz=DOWN, size_wh_m=(0.1, 0.1), intensity_cd=400.0), 100.0),
    ],
    ids=lambda value: getattr(value, "kind", ""),
)
def test_lamps_give_their_stated_illuminance(light, lux, trace):
    drawn = trace(
        floor((light,), looking((0.0, -0.03, 1.0), size_wh=(8, 8), focal=400.0)), Shelf(floor=sheet("f", CHALK))
    )
    assert drawn.mean() == pytest.approx(0.5 * lux / np.pi, rel=0.01)


def test_a_spot_falls_off_as_in_the_raster_backend(trace, raster):
    spot = SpotLight(
        position_m=(0.2, 0.0, 1.5), direction_xyz=(0.0, 0.0, -1.0), intensity_cd=400.0, radius_m=0.001,
        inner_angle_rad=0.2, outer_angle_rad=0.45,
    )  # fmt: skip
    scene = floor((spot,), looking((0.0, -0.02, 2.0), size_wh=(32, 24), focal=30.0))
    shelf = Shelf(floor=sheet("f", CHALK))
    ours, theirs = raster(scene, shelf), trace(scene, shelf, 64)
    assert np.abs(ours - theirs).mean() < 0.03 * ours.mean()
    assert np.abs(ours - theirs).max() < 0.1 * ours.max()


def test_environments_are_turned_and_scaled_as_in_the_raster_backend(trace, raster):
    shelf = Shelf(ball=ball("b", CHALK))
    for turn in (0.0, 1.1, 4.0):
        sky = Environment(asset=AssetRef("test", "half"), illuminance_lux=1000.0, rotation_rad=turn)
        scene = Scene(camera=looking((0.5, -2.0, 0.4)), objects=(thing("ball"),), environment=sky)
        ours, theirs = raster(scene, shelf), trace(scene, shelf, 64)
        # The picture of the map is the same, and so is the light on the ball, up to noise and the map's soft border.
        assert np.abs(ours - theirs).mean() < 0.05 * ours.mean()


@pytest.mark.parametrize(
    ("roughness", "metallic"), [(0.2, 0.0), (0.6, 0.0), (1.0, 0.0), (0.2, 1.0), (0.6, 1.0), (1.0, 1.0)]
)
def test_a_white_surface_keeps_all_light_of_a_white_room(roughness, metallic, trace):
    white = Material(base_colour=(1.0, 1.0, 1.0, 1.0), roughness=roughness, metallic=metallic)
    sky = Environment(asset=AssetRef("test", "even"), illuminance_lux=np.pi)
    scene = Scene(camera=looking((0.0, -3.0, 0.0), focal=50.0), objects=(thing("ball"),), environment=sky)
    light = trace(scene, Shelf(ball=ball("b", white)), 256)
    assert light.mean() == pytest.approx(1.0, abs=0.02)


@pytest.mark.parametrize(("roughness", "metallic"), [(0.3, 0.0), (0.7, 0.0), (1.0, 0.0), (0.4, 1.0), (0.8, 1.0)])
def test_materials_reflect_as_much_as_in_the_raster_backend(roughness, metallic, trace, raster):
    material = Material(base_colour=(0.6, 0.3, 0.1, 1.0), roughness=roughness, metallic=metallic)
    sky = Environment(asset=AssetRef("test", "even"), illuminance_lux=np.pi)
    scene = Scene(camera=looking((0.0, -3.0, 0.0), focal=80.0), objects=(thing("ball"),), environment=sky)
    shelf = Shelf(ball=ball("b", material))
    ours, theirs = raster(scene, shelf), trace(scene, shelf, 256)
    for part in ((slice(4, 12), slice(8, 16)), (slice(6, 10), slice(5, 8))):
        assert theirs[part].mean(axis=(0, 1)) == pytest.approx(ours[part].mean(axis=(0, 1)), rel=0.05)


def checked(alpha=255):
    """Four texels, all different, red at the top left; the right half has another alpha."""
    pixels = np.array([[[255, 0, 0, 255], [0, 255, 0, alpha]], [[0, 0, 255, 255], [255, 255, 255, alpha]]], np.uint8)
    pixels = np.repeat(np.repeat(pixels, 16, axis=0), 16, axis=1)
    return Texture(f"test/checked{alpha}", pixels, is_srgb=True, wrap_uv=("clamp", "clamp"))


def test_textures_lie_as_in_the_raster_backend(trace, raster):
    shelf = Shelf(floor=sheet("f", replace(CHALK, base_colour_map=checked(), base_colour=(0.8, 0.8, 0.8, 1.0))))
    scene = floor((SunLight(direction_xyz=(0.0, 0.0, 1.0), illuminance_lux=1000.0),), looking((0.0, -0.01, 4.0)))
    ours, theirs = raster(scene, shelf), trace(scene, shelf)
    assert np.abs(ours - theirs).mean() < 0.03 * ours.mean()
    assert ours[2:6, 6:10, 0].mean() > 3 * ours[2:6, 6:10, 1].mean()


@pytest.mark.parametrize("roughness", [0.3, 0.8])
def test_vertex_colours_are_those_of_the_raster_backend(roughness, trace, raster):
    colours = np.array([[0.8, 0.1, 0.1, 1], [0.1, 0.8, 0.1, 1], [0.1, 0.1, 0.8, 1], [0.8, 0.8, 0.8, 1]], np.float32)
    for metallic in (0.0, 1.0):
        material = Material(roughness=roughness, metallic=metallic)
        shelf = Shelf(floor=sheet("f", material, colours_n4=colours))
        sky = Environment(asset=AssetRef("test", "even"), illuminance_lux=1000.0)
        scene = floor(camera=looking((0.0, -0.01, 4.0)), environment=sky)
        ours, theirs = raster(scene, shelf), trace(scene, shelf)
        # What rough metals lose is given back as its mean over all directions, not by direction.
        assert np.abs(ours - theirs).mean() < (0.05 if metallic == 0 else 0.12) * ours.mean()
        assert theirs[4:6, 8:10, 0].mean() != pytest.approx(theirs[4:6, 14:16, 0].mean(), rel=0.05)


def test_masks_let_light_and_rays_pass(trace, context):
    sieve = replace(CHALK, base_colour_map=checked(0), alpha_mode="mask", double_sided=True)
    shelf = Shelf(sieve=sheet("s", sieve), floor=sheet("f", CHALK, 8.0))
    objects = (thing("sieve", 1, position_m=(0.0, 0.0, 0.5)), thing("floor", 2))
    camera = looking((0.0, -0.01, 4.0))
    sun = SunLight(direction_xyz=(0.0, 0.0, 1.0), illuminance_lux=1000.0)
    scene = Scene(camera=camera, objects=objects, lights=(sun,))
    renderer = MitsubaRenderer(context, shelf, MitsubaConfig(backend="mitsuba", variant="scalar_rgb"))
    labels = renderer.render_labels(scene, amodal_ids=(1, 2))
    renderer.close()
    assert (labels.id_hw[:, :11] == 1).mean() > 0.6
    assert (labels.id_hw[:, 13:] == 2).all()
    assert labels.amodal[1].alone_pixels == (labels.id_hw == 1).sum()
    light = trace(scene, shelf)
    # Through the holes the sun reaches the ground: 0.5 * 1000 / pi.
    assert light[6:10, 15:18].mean() == pytest.approx(159.2, rel=0.03)
    assert light[6:10, 22:].mean() == pytest.approx(159.2, rel=0.03)


def test_faces_seen_from_behind_are_left_out(trace, context):
    shelf = Shelf(wall=sheet("w", CHALK), floor=sheet("f", replace(CHALK, base_colour=(0.2, 0.2, 0.2, 1.0)), 8.0))
    # The wall lies between camera and floor and faces down.
    objects = (thing("wall", 1, position_m=(0.0, 0.0, 1.0), rotation_wxyz=DOWN), thing("floor", 2))
    sun = SunLight(direction_xyz=(0.0, 0.0, 1.0), illuminance_lux=500.0)
    scene = Scene(camera=looking((0.0, -0.01, 4.0)), objects=objects, lights=(sun,))
    renderer = MitsubaRenderer(context, shelf, MitsubaConfig(backend="mitsuba", variant="scalar_rgb"))
    assert (renderer.render_labels(scene).id_hw == 2).all()
    renderer.close()
    assert trace(scene, shelf).mean() == pytest.approx(0.2 * 500 / np.pi, rel=0.02)


@pytest.mark.parametrize(
    "weather",
    [
        Weather(snow_cover=SnowCover(cover=0.5, patch_size_m=0.5), seed=3),
        Weather(wetness=Wetness(film=0.9, puddles=0.5, puddle_size_m=0.7), seed=3),
    ],
    ids=["snow", "wet"],
)
def test_snow_and_water_lie_where_the_raster_backend_puts_them(weather, trace, raster):
    dark = Material(base_colour=(0.3, 0.3, 0.3, 1.0), roughness=0.9)
    sky = Environment(asset=AssetRef("test", "even"), illuminance_lux=1000.0)
    floors = (thing("floor", role="background"),)
    scene = Scene(camera=looking((0.0, -0.01, 2.5), size_wh=(48, 32), focal=60.0), objects=floors, environment=sky)
    scene = replace(scene, weather=weather)
    shelf = Shelf(floor=sheet("f", dark))
    ours, theirs = raster(scene, shelf)[..., 0], trace(scene, shelf, 64)[..., 0]
    dry = trace(replace(scene, weather=None), shelf, 64)[..., 0]
    # Patterns agree: what differs from dry ground does so at the same places and as much.
    assert np.corrcoef((ours - dry).ravel(), (theirs - dry).ravel())[0, 1] > 0.9
    assert theirs.mean() == pytest.approx(ours.mean(), rel=0.08)
    assert np.abs(theirs - dry).max() > 0.2 * dry.mean()


def test_triangles_are_split_until_they_are_small_and_lie_where_they_lay():
    model = sheet("f", CHALK, 40.0).parts[0]
    vertices = Vertices(
        model.positions_n3.astype(float), model.normals_n3.astype(float), model.uvs_n2, model.triangles_m3
    )
    split = refined(vertices, looking((0.0, -2.0, 1.0), size_wh=(160, 120), focal=150.0), 0.1)
    a, b, c = np.moveaxis(split.positions_n3[split.triangles_m3], 1, 0)
    areas = np.cross(b - a, c - a)[:, 2] / 2
    assert areas.min() > 0
    assert areas.sum() == pytest.approx(1600.0)
    assert 1000 < len(areas) < 100_000
    assert np.abs(split.uvs_n2[:, 0] - (split.positions_n3[:, 0] / 40 + 0.5)).max() < 1e-6


def test_lamps_are_not_seen_and_glowing_surfaces_are(trace):
    glow = sheet("g", Material(base_colour=(0.0, 0.0, 0.0, 1.0), ior=1.0, emissive=(700.0, 500.0, 300.0)), 0.5)
    lamp = RectLight(position_m=(0.0, 0.0, 1.0), rotation_wxyz=DOWN, size_wh_m=(0.4, 0.4), intensity_cd=16.0)
    shelf = Shelf(glow=glow)
    seen = trace(Scene(camera=looking((0.0, -0.01, 3.0)), objects=(thing("glow"),)), shelf, 16)
    assert seen[8, 12] == pytest.approx([700, 500, 300], rel=1e-3)
    assert not seen[0, 0].any()
    above = looking((0.0, -0.01, -3.0), (0.0, 0.0, 0.0))
    assert not trace(Scene(camera=above, lights=(lamp,)), Shelf(), 16).any()
    shown = trace(Scene(camera=above, lights=(replace(lamp, visible=True),)), Shelf(), 16)
    assert shown[8, 12] == pytest.approx([100, 100, 100], rel=1e-3)
    assert not shown[0, 0].any()


def test_the_same_scene_gives_the_same_bytes_and_another_frame_other_noise(trace):
    sky = Environment(asset=AssetRef("test", "half"), illuminance_lux=1000.0)
    scene, shelf = floor(environment=sky), Shelf(floor=sheet("f", Material()))
    first = trace(scene, shelf, 4)
    assert np.array_equal(first, trace(scene, shelf, 4))
    assert not np.array_equal(first, trace(scene, shelf, 4, seed=1))
    moved = replace(scene, origin=replace(scene.origin, frame=5))
    assert not np.array_equal(first, trace(moved, shelf, 4))


def test_an_empty_scene_is_black(trace):
    assert not trace(Scene(camera=looking((0.0, -1.0, 0.0))), Shelf(), 4).any()


def test_oblong_pixels_are_refused(trace):
    camera = replace(looking((0.0, -0.3, 1.0)), focal_xy_px=(40.0, 44.0))
    with pytest.raises(UsageError, match=r"square pixels: focal_xy_px must be two equal values, got 40.0, 44.0"):
        trace(floor(camera=camera), Shelf(floor=sheet("f", CHALK)), 4)


def test_the_denoiser_is_refused_where_there_is_none(context):
    config = MitsubaConfig(backend="mitsuba", variant="scalar_rgb", denoise=True)
    with pytest.raises(UsageError, match=r"denoiser is OptiX.*render.denoise must be false"):
        MitsubaRenderer(context, Shelf(), config)


def test_the_fingerprint_names_the_variant(context):
    renderer = MitsubaRenderer(context, Shelf(), MitsubaConfig(backend="mitsuba", variant="scalar_rgb"))
    found = renderer.fingerprint()
    assert found["backend"] == "mitsuba"
    assert found["variant"] == "scalar_rgb"
    assert found["version"].startswith("3.")


# --- which variant -------------------------------------------------------------------------------------------------


@pytest.fixture
def machine(monkeypatch, tmp_path):
    """A machine whose libraries are files in a folder, of which some work."""

    class Machine:
        def __init__(self):
            self.probed = []
            self.working = set()
            monkeypatch.setattr(variants, "_PLACES", (str(tmp_path),))
            monkeypatch.setattr(variants, "_known_to_linker", list)
            monkeypatch.setattr(variants.sys, "prefix", str(tmp_path / "prefix"))
            monkeypatch.setattr(variants, "_probe", self.probe)
            monkeypatch.delenv(variants.LLVM_VARIABLE, raising=False)
            variants._choose.cache_clear()

        def add(self, name, *, works=False):
            path = tmp_path / name
            path.write_text(name)
            if works:
                self.working.add(name)
            return path

        def probe(self, path):
            self.probed.append(path.name)
            return path.name in self.working

    yield Machine()
    variants._choose.cache_clear()


def test_versions_are_read_from_file_names():
    names = ("libLLVM.so.19.1", "libLLVM-16.so.1", "libLLVM-14.0.6.so.1", "libLLVM-17.so", "libLLVM.so", "libLLVMX.so")
    assert [library_version(name) for name in names] == [(19, 1), (16,), (), (17,), (), ()]


def test_the_newest_library_that_works_is_taken_and_old_ones_are_not_tried(machine):
    machine.add("libLLVM-16.so.1", works=True)
    good = machine.add("libLLVM-18.so.1", works=True)
    machine.add("libLLVM.so.20.1")
    assert find_libllvm() == (good, "")
    assert machine.probed == ["libLLVM.so.20.1", "libLLVM-18.so.1"]
    # The answers are remembered.
    assert find_libllvm() == (good, "")
    assert len(machine.probed) == 2


def test_a_library_that_is_named_goes_first(machine):
    machine.add("libLLVM-18.so.1", works=True)
    named = machine.add("mine.so", works=True)
    assert find_libllvm(str(named)) == (named, "")
    assert machine.probed == ["mine.so"]


def test_without_a_fit_library_auto_falls_back_and_says_so_once(machine, caplog):
    machine.add("libLLVM-16.so.1")
    chosen = choose_variant("auto")
    assert (chosen.name, chosen.llvm) == ("scalar_rgb", None)
    assert chosen.reason == "libLLVM 16 is older than 17"
    choose_variant("auto")
    assert [record.getMessage() for record in caplog.records] == [
        "mitsuba renders with scalar_rgb, some times slower: libLLVM 16 is older than 17; " + variants.INSTALL_LLVM
    ]
    with pytest.raises(UsageError, match=r"llvm_ad_rgb needs a fit libLLVM: libLLVM 16 is older than 17; install LLVM"):
        choose_variant("llvm_ad_rgb")


def test_without_any_library_the_reason_says_so(machine):
    assert find_libllvm() == (None, "no libLLVM was found")
    assert find_libllvm("/nowhere/libLLVM.so")[1].endswith("names /nowhere/libLLVM.so, which is no file")


def test_without_mitsuba_the_pip_command_is_named(monkeypatch):
    monkeypatch.setattr(variants, "find_spec", lambda name: None)
    with pytest.raises(MissingExtraError, match=r"pip install 'synthvision\[mitsuba\]'"):
        choose_variant("auto")


def test_the_chosen_variant_renders_in_a_fresh_process():
    """Whatever library is on this machine: the process must live, and both variants see the same."""
    code = (
        "from synthvision.render.config import MitsubaConfig\n"
        "from synthvision.render.mitsuba.engine import Engine\n"
        "import numpy as np\n"
        "found = []\n"
        "for variant in ('auto', 'scalar_rgb'):\n"
        "    engine = Engine(MitsubaConfig(backend='mitsuba', variant=variant))\n"
        "    square = np.array([[-1, -1, 0], [1, -1, 0], [1, 1, 0], [-1, 1, 0.0]])\n"
        "    scene = engine.triangle_scene(square, np.array([[0, 1, 2], [0, 2, 3]]))\n"
        "    origins = np.array([[0.5, -0.5, 2], [-0.5, 0.5, 2], [3, 0, 2.0]])\n"
        "    found.append(engine.nearest_triangles(scene, origins, np.array([[0, 0, -2.0]] * 3)).tolist())\n"
        "print(found)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "[[0, 1, -1], [0, 1, -1]]"
