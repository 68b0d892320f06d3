"""pyrender beside the other renderers: its context, its light, and what it cannot do."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from synthvision.core.errors import GpuUnavailableError, MissingExtraError
from synthvision.geometry.poses import look_at
from synthvision.library.model import EnvironmentMap, Material, MeshPart, Model
from synthvision.library.reference import AssetRef
from synthvision.render.config import OpenGLConfig, PyrenderConfig
from synthvision.render.opengl.renderer import OpenGLRenderer
from synthvision.render.pyrender import engine as engines
from synthvision.render.pyrender.renderer import PyrenderRenderer
from synthvision.scene import Camera, Environment, PointLight, RectLight, Scene, SceneObject, SpotLight, SunLight

GREY = Material(base_colour=(0.5, 0.5, 0.5, 1.0), roughness=1.0)


class Shelf:
    """Sheets of 2 m that face up, and an even sky."""

    def __init__(self, **materials):
        self.materials = materials

    def load_model(self, ref):
        part = MeshPart(
            positions_n3=np.array([[-1, -1, 0], [1, -1, 0], [1, 1, 0], [-1, 1, 0]], np.float32),
            normals_n3=np.tile(np.array([0, 0, 1], np.float32), (4, 1)),
            uvs_n2=np.array([[0, 1], [1, 1], [1, 0], [0, 0]], np.float32),
            triangles_m3=np.array([[0, 1, 2], [0, 2, 3]], np.uint32),
        )
        return Model(key=f"test/{ref.name}", parts=(part,), materials=(self.materials[ref.name],))

    def load_environment(self, ref):
        return EnvironmentMap("test/even", np.ones((32, 64, 3), np.float32))


def above(height=2.0):
    place = (0.0, -0.01, height)
    return Camera(
        size_wh=(48, 32),
        focal_xy_px=(40.0, 40.0),
        centre_xy_px=(24.0, 16.0),
        position_m=place,
        rotation_wxyz=tuple(float(value) for value in look_at(place, (0.0, 0.0, 0.0))),
    )


def sheet(name="grey", number=1, **changes):
    return SceneObject(instance_id=number, name=f"{name}/{number}", asset=AssetRef("test", name), **changes)


@pytest.fixture
def draw(context):
    opened = []

    def draw(scene, shelf=None, **options):
        config = PyrenderConfig(backend="pyrender", **options)
        renderer = PyrenderRenderer(context, shelf or Shelf(grey=GREY), config)
        opened.append(renderer)
        return renderer.render_radiance(scene)

    yield draw
    for renderer in opened:
        renderer.close()


@pytest.mark.parametrize(
    ("light", "lux"),
    [
        (SunLight(direction_xyz=(0.0, 0.6, 0.8), illuminance_lux=1000.0), 800.0),
        (SunLight(direction_xyz=(0.0, 0.0, 1.0), illuminance_lux=1e5), 1e5),
        (PointLight(position_m=(0.0, 0.0, 3.0), intensity_cd=900.0), 100.0),
        (SpotLight(position_m=(0.0, 0.0, 3.0), direction_xyz=(0.0, 0.0, -1.0), intensity_cd=900.0), 100.0),
        (
            RectLight(
                position_m=(0.0, 0.0, 3.0), rotation_wxyz=(0.0, 1.0, 0.0, 0.0), size_wh_m=(0.1, 0.1), intensity_cd=900.0
            ),
            100.0,
        ),
    ],
    ids=lambda value: getattr(value, "kind", ""),
)
def test_lamps_give_their_stated_illuminance(light, lux, draw):
    drawn = draw(Scene(camera=above(), objects=(sheet(),), lights=(light,))).rgb_hwc
    # pyrender's own surface takes 4 to 8 % of the body's light and adds its gloss.
    assert drawn[15:17, 23:25].mean() == pytest.approx(0.5 * lux / np.pi, rel=0.12)


def test_even_light_and_background_come_from_the_environment(draw):
    sky = Environment(asset=AssetRef("test", "even"), illuminance_lux=1000.0)
    drawn = draw(Scene(camera=above(4.0), objects=(sheet(),), environment=sky), environment_lights=0).rgb_hwc
    assert drawn[16, 24] == pytest.approx(0.5 * 1000 / np.pi, rel=0.02)
    assert drawn[0, 0] == pytest.approx(1000 / np.pi, rel=1e-3)
    hidden = draw(Scene(camera=above(4.0), objects=(sheet(),), environment=replace(sky, visible=False))).rgb_hwc
    assert not hidden[0, 0].any()


def test_dim_and_bright_light_keep_their_ratio(draw):
    scene = Scene(
        camera=above(), objects=(sheet(),), lights=(SunLight(direction_xyz=(0.0, 0.0, 1.0), illuminance_lux=1e-3),)
    )
    dim = draw(scene).rgb_hwc[16, 24]
    bright = draw(replace(scene, lights=(replace(scene.lights[0], illuminance_lux=1e5),))).rgb_hwc[16, 24]
    assert bright / dim == pytest.approx(1e8, rel=1e-3)


def test_suns_throw_shadows(draw):
    sun = SunLight(direction_xyz=(0.0, 0.0, 1.0), illuminance_lux=1000.0)
    small = sheet("grey", 2, position_m=(0.3, 0.0, 0.5), scale=(0.2, 0.2, 1.0))
    side = replace(above(), position_m=(0.0, -3.0, 3.0))
    side = replace(side, rotation_wxyz=tuple(float(value) for value in look_at((0.0, -3.0, 3.0), (0.0, 0.0, 0.0))))
    ground = sheet(role="background")
    scene = Scene(camera=side, objects=(ground, small), lights=(sun,))
    with_shadow, without = draw(scene).rgb_hwc, draw(scene, shadows=False).rgb_hwc
    darker = with_shadow[..., 0] < 0.5 * without[..., 0]
    assert 4 <= darker.sum() <= 60


def test_glowing_surfaces_show_their_luminance(draw):
    glow = Material(base_colour=(0.0, 0.0, 0.0, 1.0), emissive=(700.0, 500.0, 300.0))
    drawn = draw(Scene(camera=above(), objects=(sheet("glow"),)), Shelf(glow=glow)).rgb_hwc
    assert drawn[16, 24] == pytest.approx([700, 500, 300], rel=1e-3)


def test_two_sided_sheets_are_seen_from_below_and_others_are_not(context):
    shelf = Shelf(one=GREY, two=replace(GREY, double_sided=True))
    below = replace(above(), position_m=(0.0, 0.01, -2.0))
    below = replace(below, rotation_wxyz=tuple(float(value) for value in look_at((0.0, 0.01, -2.0), (0.0, 0.0, 0.0))))
    renderer = PyrenderRenderer(context, shelf)
    for name, expected in (("one", 0), ("two", 7)):
        scene = Scene(camera=below, objects=(sheet(name, 7),))
        assert (renderer.render_labels(scene).id_hw[10:20, 15:30] == expected).all()
    renderer.close()


def test_contexts_do_not_disturb_each_other(context):
    shelf = Shelf(grey=GREY)
    scene = Scene(
        camera=above(), objects=(sheet(),), lights=(SunLight(direction_xyz=(0.0, 0.6, 0.8), illuminance_lux=1000.0),)
    )
    first = OpenGLRenderer(context, shelf, OpenGLConfig(backend="opengl"))

    def light():
        drawn = first.render_radiance(scene)
        return np.frombuffer(drawn.texture.read(), np.float32).copy()

    before = light()
    others = [PyrenderRenderer(context, shelf) for _ in range(2)]
    seen = [other.render_radiance(scene).rgb_hwc for other in others]
    assert np.array_equal(seen[0], seen[1])
    assert np.array_equal(light(), before)
    others[0].close()
    # Whatever is closed or collected leaves the objects of the others alone.
    assert np.array_equal(light(), before)
    assert np.array_equal(others[1].render_radiance(replace(scene)).rgb_hwc, seen[0])
    others[1].close()
    assert np.array_equal(light(), before)
    first.close()
    context.check_errors("two renderers in turn")


def test_an_empty_scene_has_no_ids(context):
    renderer = PyrenderRenderer(context, Shelf())
    labels = renderer.render_labels(Scene(camera=above()))
    assert not labels.id_hw.any()
    assert np.isinf(labels.depth_m_hw).all()
    renderer.close()


def test_without_pyrender_the_pip_command_is_named(monkeypatch):
    monkeypatch.setattr(engines, "find_spec", lambda name: None)
    with pytest.raises(MissingExtraError, match=r"pip install 'synthvision\[pyrender\]'"):
        engines.require_pyrender()


def test_without_libgl_the_package_to_install_is_named(monkeypatch):
    monkeypatch.setattr(engines, "find_library", lambda name: None)
    with pytest.raises(GpuUnavailableError, match=r"needs the library libGL.*apt-get install libgl1"):
        engines.Engine()


def test_the_fingerprint_names_driver_and_versions(context):
    renderer = PyrenderRenderer(context, Shelf())
    found = renderer.fingerprint()
    renderer.close()
    assert found["backend"] == "pyrender"
    assert found["pyrender"] == "0.1.45"
    assert found["driver"] == context.driver.renderer
