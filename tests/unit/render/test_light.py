"""Light with answers known from photometry."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy import ndimage

from synthvision.core.errors import AssetError, RenderError, UsageError
from synthvision.geometry.poses import look_at
from synthvision.library.model import EnvironmentMap, Material, Texture
from synthvision.render.config import OpenGLConfig
from synthvision.render.opengl.renderer import OpenGLRenderer
from synthvision.scene import Backdrop, MaterialOverride, PointLight, SpotLight

ABOVE = {"position": (0.0, -0.01, 3.0), "target": (0.0, 0.0, 0.0)}


def floor(studio, **changes):
    return studio.thing(1, "plane", scale=(4.0, 4.0, 1.0), **changes)


def test_a_white_diffuse_plane_reflects_albedo_times_illuminance_over_pi(studio):
    for direction in ((0.0, 0.0, 1.0), (0.6, 0.0, 0.8)):
        scene = studio.scene(
            floor(studio, base_colour=(0.8, 0.4, 0.2)),
            camera=studio.camera(**ABOVE),
            lights=(studio.sunny(direction, lux=10_000.0),),
        )
        picture = studio.radiance(scene)
        expected = np.array([0.8, 0.4, 0.2]) * 10_000 * direction[2] / np.pi
        np.testing.assert_allclose(picture[40:80, 60:100], np.broadcast_to(expected, (40, 40, 3)), rtol=2e-3)
        # A lit plane has no acne.
        assert picture[40:80, 60:100].std(axis=(0, 1)).max() < 1e-3 * expected.max()


def test_a_point_light_follows_the_inverse_square(studio):
    scene = studio.scene(
        floor(studio),
        camera=studio.camera(**ABOVE),
        lights=(PointLight(position_m=(0.0, 0.0, 2.0), intensity_cd=500.0),),
    )
    assert studio.radiance(scene)[60, 80, 1] == pytest.approx(500 / 4 / np.pi, rel=5e-3)


def test_a_spot_shines_inside_its_cone_only(studio):
    spot = SpotLight(
        position_m=(0.0, 0.0, 2.0),
        direction_xyz=(0.0, 0.0, -1.0),
        intensity_cd=500.0,
        inner_angle_rad=0.2,
        outer_angle_rad=0.3,
    )
    picture = studio.radiance(studio.scene(floor(studio), camera=studio.camera(**ABOVE), lights=(spot,)))
    # 1 m on the floor is 50 px; the cone ends 2 tan(0.3) = 0.62 m, 31 px, from the middle.
    assert picture[60, 80, 1] == pytest.approx(500 / 4 / np.pi, rel=5e-3)
    assert (picture[60, [45, 115]] == 0).all()
    assert picture[60, 80 + 26, 1] > 0


@pytest.mark.parametrize("rotation", [0.0, 1.3])
def test_environment_gives_its_illuminance_on_the_ground(studio, rotation):
    for name in ("uniform", "half"):
        scene = studio.scene(
            floor(studio),
            camera=studio.camera(**ABOVE),
            environment=studio.sky(name, lux=2000.0, rotation_rad=rotation),
        )
        renderer = OpenGLRenderer(studio.context, studio.library, OpenGLConfig(environment_shadows=False))
        picture = studio.radiance(scene, renderer)
        assert picture[60, 80, 1] == pytest.approx(2000 / np.pi, rel=0.02)
        renderer.close()


def test_environment_turns_counter_clockwise_and_east_is_right_of_north(studio):
    # The map is bright towards +X; walls facing +X and -X see it, turned by 90 degrees walls facing +Y and -Y do.
    for rotation, camera_side in ((0.0, (2.0, 0.0, 0.0)), (np.pi / 2, (0.0, 2.0, 0.0))):
        bright = studio.camera(camera_side, (0.0, 0.0, 0.0))
        dark = studio.camera(tuple(-value for value in camera_side), (0.0, 0.0, 0.0))
        sky = studio.sky("half", rotation_rad=rotation, visible=False)
        values = [
            studio.radiance(studio.scene(studio.thing(1, "cube"), camera=camera, environment=sky))[60, 80, 1]
            for camera in (bright, dark)
        ]
        assert values[0] > 20 * max(values[1], 1e-6)


def test_background_shows_the_environment_where_it_is(studio):
    camera = studio.camera((0.0, 0.0, 0.0), (0.0, 5.0, 0.0))
    picture = studio.radiance(studio.scene(camera=camera, environment=studio.sky("half")))
    # Looking along +Y, +X is on the right.
    assert picture[60, 120, 1] > 0
    assert picture[60, 40, 1] == 0
    hidden = studio.radiance(studio.scene(camera=camera, environment=studio.sky("half", visible=False)))
    assert (hidden == 0).all()


@pytest.mark.parametrize("roughness", [0.1, 0.4, 0.7, 1.0])
@pytest.mark.parametrize("metallic", [0.0, 1.0])
def test_white_furnace(studio, roughness, metallic):
    material = Material(base_colour=(1.0, 1.0, 1.0, 1.0), metallic=metallic, roughness=roughness)
    studio.library.models["ball"] = studio.make_model("ball", studio.sphere_mesh(0.5), material)
    config = OpenGLConfig(ambient_occlusion=False, environment_shadows=False)
    renderer = OpenGLRenderer(studio.context, studio.library, config)
    scene = studio.scene(studio.thing(1, "ball"), environment=studio.sky(lux=1000 * np.pi))
    inside = studio.render(scene).id_hw == 1
    picture = studio.radiance(scene, renderer)
    np.testing.assert_allclose(picture[~inside].mean(), 1000, rtol=0.01)
    np.testing.assert_allclose(picture[inside], 1000, rtol=0.04)
    renderer.close()


def test_shadow_of_a_cube_falls_where_the_sun_says(studio):
    # A 0.4 m cube on the floor, sun from +X at 45 degrees: its shadow reaches from x = -0.2 to x = -0.6.
    cube = studio.thing(2, "cube", (0.0, 0.0, 0.2), scale=(0.4, 0.4, 0.4))
    direction = (float(np.sqrt(0.5)), 0.0, float(np.sqrt(0.5)))
    camera = studio.camera((0.0, -0.01, 4.0), (0.0, 0.0, 0.0), focal_px=400.0)
    scene = studio.scene(floor(studio), cube, camera=camera, lights=(studio.sunny(direction),))
    picture = studio.radiance(scene)[..., 1]
    lit = 1000 * np.sqrt(0.5) / np.pi
    row = picture[60]
    x = (np.arange(160) + 0.5 - 80) / 100
    np.testing.assert_allclose(row[(x > 0.27) & (x < 0.75)], lit, rtol=0.01)
    np.testing.assert_allclose(row[(x < -0.63) & (x > -0.75)], lit, rtol=0.01)
    assert (row[(x < -0.24) & (x > -0.58)] < 0.02 * lit).all()
    # The edge of the shadow lies at x = -0.6 within 1 cm.
    assert abs(x[np.flatnonzero((row > 0.5 * lit) & (x < -0.3)).max()] + 0.6) < 0.015
    # What touches the floor is not parted from its shadow: no bright gap beside the cube's foot (at 1/400 of 3.6 m).
    assert (picture[45:75][:, (x < -0.235) & (x > -0.3)] < 0.02 * lit).all()


def test_a_wider_sun_has_a_wider_penumbra(studio):
    cube = studio.thing(2, "cube", (0.0, 0.0, 0.4), scale=(0.3, 0.3, 0.3))
    camera = studio.camera((0.0, -0.01, 4.0), (0.0, 0.0, 0.0), focal_px=400.0)
    direction = (float(np.sqrt(0.5)), 0.0, float(np.sqrt(0.5)))
    widths = []
    for diameter in (0.0093, 0.16):
        sun = studio.sunny(direction, angular_diameter_rad=diameter)
        row = studio.radiance(studio.scene(floor(studio), cube, camera=camera, lights=(sun,)))[60, :, 1]
        row = row[:60] / row[5]
        widths.append(np.count_nonzero((row > 0.05) & (row < 0.95)))
    # The lower edge of the cube is 0.35 m above its shadow along the ray: 0.16 rad make 6 cm, the upper one twice that.
    assert widths[0] <= 2
    assert 5 <= widths[1] <= 14


def test_a_curved_surface_has_no_acne(studio):
    scene = studio.scene(
        floor(studio),
        studio.thing(2, "sphere", (0.0, 0.0, 0.5), base_colour=(1.0, 1.0, 1.0), roughness=1.0),
        camera=studio.camera((0.5, -2.0, 1.6), (0.0, 0.0, 0.4), size_wh=(240, 180), focal_px=220.0),
        lights=(studio.sunny((0.36, -0.48, 0.8)),),
    )
    labels = studio.render(scene, normals=True)
    picture = studio.radiance(scene)[..., 1]
    to_sun = scene.camera.camera_from_world[:3, :3] @ [0.36, -0.48, 0.8]
    cosine = labels.normal_hwc @ to_sun
    ball = ndimage.binary_erosion(labels.id_hw == 2, iterations=2)
    lit = ball & (cosine > 0.15)
    np.testing.assert_allclose(picture[lit] / cosine[lit], 1000 / np.pi, rtol=0.06)
    assert picture[ball & (cosine < -0.02)].max() < 1e-3


def test_normal_map_leans_towards_the_top_of_the_image(studio):
    pixels = np.full((8, 8, 3), 128, np.uint8)
    pixels[..., 1], pixels[..., 2] = 218, 218  # up and out in equal parts
    bump = Texture("test/bump", pixels, is_srgb=False)
    plain = Material(ior=1.0, roughness=1.0)
    studio.library.models["bumpy"] = studio.make_model(
        "bumpy", studio.plane_mesh(1, 1), replace(plain, normal_map=bump)
    )
    values = {}
    for side in (0.7, -0.7):  # the image's top points along +Y
        for scale in ((4.0, 4.0, 1.0), (-4.0, 4.0, 1.0)):
            sun = studio.sunny((0.0, side, 0.714))
            scene = studio.scene(studio.thing(1, "bumpy", scale=scale), camera=studio.camera(**ABOVE), lights=(sun,))
            values[side, scale[0]] = studio.radiance(scene)[60, 80, 1]
    assert values[0.7, 4.0] == pytest.approx(1000 / np.pi, rel=0.02)
    assert values[0.7, -4.0] == pytest.approx(values[0.7, 4.0], rel=0.01)
    assert values[-0.7, 4.0] < 0.05 * values[0.7, 4.0]


def test_texture_rows_run_down_and_tile_in_metres(studio):
    pixels = np.zeros((4, 4, 3), np.uint8)
    pixels[:2] = 255  # bright upper half
    halves = Texture("test/halves", pixels, is_srgb=True)
    studio.library.materials["halves"] = Material(base_colour_map=halves, ior=1.0, roughness=1.0)
    studio.library.materials["tiles"] = Material(base_colour_map=halves, ior=1.0, roughness=1.0, tile_m=0.5)
    sheet = replace(studio.thing(1, "plane"), materials=(MaterialOverride(asset=studio.ref("halves")),))
    picture = studio.radiance(studio.scene(sheet, camera=studio.camera((0.0, -0.001, 1.5)), lights=(studio.sunny(),)))[
        ..., 1
    ]
    assert picture[30, 80] > 300
    assert picture[90, 80] < 10
    tiled = replace(sheet, materials=(MaterialOverride(asset=studio.ref("tiles")),))
    picture = studio.radiance(studio.scene(tiled, camera=studio.camera((0.0, -0.001, 1.5)), lights=(studio.sunny(),)))[
        ..., 1
    ]
    # Texture coordinates 0..1 count in metres: two repeats of half a metre, four stripes down the sheet.
    column = picture[12:108, 80] > 150
    assert np.count_nonzero(np.diff(column.astype(int))) == 3


def test_emission_adds_and_occlusion_takes(studio):
    lamp = Material(base_colour=(0, 0, 0, 1), emissive=(100_000.0, 10.0, 0.0), ior=1.0)
    studio.library.models["lamp"] = studio.make_model("lamp", studio.plane_mesh(1, 1), lamp)
    scene = studio.scene(studio.thing(1, "lamp", rotation_wxyz=studio.upright))
    np.testing.assert_allclose(studio.radiance(scene)[60, 80], [100_000, 10, 0], rtol=1e-5)


def test_glass_lets_its_background_through(studio):
    half = Material(base_colour=(0.0, 0.0, 0.0, 0.25), alpha_mode="blend", ior=1.0, roughness=1.0)
    studio.library.models["glass"] = studio.make_model("glass", studio.plane_mesh(1, 1), half)
    glow = Material(base_colour=(0, 0, 0, 1), emissive=(400.0, 400.0, 400.0), ior=1.0)
    studio.library.models["glow"] = studio.make_model("glow", studio.plane_mesh(4, 4), glow)
    scene = studio.scene(
        studio.thing(1, "glow", (0.0, 1.0, 0.0), rotation_wxyz=studio.upright),
        studio.thing(2, "glass", rotation_wxyz=studio.upright),
    )
    picture = studio.radiance(scene)
    assert picture[60, 80, 0] == pytest.approx(300, rel=1e-3)
    assert picture[60, 5, 0] == pytest.approx(400, rel=1e-3)


def test_edges_are_antialiased_in_linear_light(studio):
    white = Material(base_colour=(0, 0, 0, 1), emissive=(100.0, 100.0, 100.0), ior=1.0)
    studio.library.models["sheet"] = studio.make_model("sheet", studio.plane_mesh(1, 1), white)
    camera = studio.camera()
    rolled = look_at(camera.position_m, (0.0, 0.0, 0.0), 0.13)
    camera = replace(camera, rotation_wxyz=tuple(float(value) for value in rolled))
    scene = studio.scene(studio.thing(1, "sheet", rotation_wxyz=studio.upright), camera=camera)
    picture = studio.radiance(scene)[..., 1]
    levels = np.unique(np.round(picture, 3))
    assert set(levels) <= {0.0, 25.0, 50.0, 75.0, 100.0}
    assert len(levels) == 5
    assert picture.sum() / 100 == pytest.approx(75 * 75, rel=0.003)


def test_backdrop_fills_the_picture_from_its_middle(studio):
    photo = np.zeros((100, 300, 3), np.uint8)
    photo[:, 100:200] = 255
    photo[:50, :, 0] = 0
    studio.library.photos["photo"] = photo
    backdrop = Backdrop(asset=studio.ref("photo"), luminance_cd_m2=200.0)
    picture = studio.radiance(studio.scene(backdrop=backdrop))
    # 160x120 is 133 of the photo's 300 columns: 16 to 17 dark ones on each side.
    assert (picture[:, 5] < 1).all()
    assert (picture[:, 155] < 1).all()
    np.testing.assert_allclose(picture[90, 80], 200, rtol=0.02)
    np.testing.assert_allclose(picture[30, 80], [0, 200, 200], atol=4)


def test_a_picture_with_nan_fails(studio):
    bad = Material(base_colour=(0, 0, 0, 1), emissive=(float("nan"), 0.0, 0.0), ior=1.0)
    studio.library.models["bad"] = studio.make_model("bad", studio.plane_mesh(1, 1), bad)
    with pytest.raises(RenderError, match=r"finite number.*near column"):
        studio.renderer.render_radiance(studio.scene(studio.thing(1, "bad", rotation_wxyz=studio.upright)))


def test_a_black_sky_cannot_be_scaled(studio):
    studio.library.environments["black"] = EnvironmentMap("test/black", np.zeros((8, 16, 3), np.float32))
    with pytest.raises(AssetError, match="upper half"):
        studio.renderer.render_radiance(studio.scene(studio.thing(1, "cube"), environment=studio.sky("black")))


def test_wrong_slots_and_too_many_lights_are_refused(studio):
    wrong = replace(studio.thing(1, "cube"), materials=(MaterialOverride(slot="defualt"),))
    with pytest.raises(UsageError, match="did you mean 'default'"):
        studio.renderer.render_labels(studio.scene(wrong))
    lights = tuple(PointLight(position_m=(0.0, 0.0, 1.0), intensity_cd=1.0) for _ in range(33))
    with pytest.raises(UsageError, match="at most 32 lights"):
        studio.renderer.render_radiance(studio.scene(studio.thing(1, "cube"), lights=lights))


def test_eviction_keeps_the_bound_and_the_bytes(studio):
    for number in range(6):
        pixels = np.full((256, 256, 3), 40 * number, np.uint8)
        material = Material(base_colour_map=Texture(f"test/plain{number}", pixels, is_srgb=True))
        studio.library.models[f"big{number}"] = studio.make_model(f"big{number}", studio.sphere_mesh(0.5), material)
    scenes = [
        studio.scene(studio.thing(1, f"big{number}"), environment=studio.sky(), lights=(studio.sunny(),))
        for number in range(6)
    ]
    renderer = OpenGLRenderer(studio.context, studio.library, OpenGLConfig(cache_mib=2))
    first = [studio.radiance(scene, renderer) for scene in scenes]
    assert renderer.cache.evictions > 0
    for scene, before in zip(scenes, first, strict=True):
        assert (studio.radiance(replace(scene), renderer) == before).all()
        one_frame = 256 * 256 * 4 * 4 // 3 + 2 * 2**20
        assert renderer.cache.size_bytes <= 2 * 2**20 + one_frame
    renderer.close()
    assert renderer.cache.size_bytes == 0


def test_sun_of_a_map_becomes_a_light_of_the_same_strength(studio):
    radiance = np.full((128, 256, 3), 0.2, np.float32)
    radiance[28:31, 200:203] = 2000.0
    studio.library.environments["sunny"] = EnvironmentMap("test/sunny", radiance)
    pictures = []
    for with_sun in (True, False):
        renderer = OpenGLRenderer(studio.context, studio.library, OpenGLConfig(environment_shadows=with_sun))
        sky = studio.sky("sunny", lux=5000.0, rotation_rad=0.7)
        scene = studio.scene(floor(studio), camera=studio.camera(**ABOVE), environment=sky)
        pictures.append(studio.radiance(scene, renderer)[60, 80, 1])
        renderer.close()
    assert pictures[0] == pytest.approx(5000 / np.pi, rel=0.02)
    assert pictures[1] == pytest.approx(5000 / np.pi, rel=0.03)


def test_things_under_an_open_sky_have_a_soft_shadow_and_the_ground_keeps_its_light(studio):
    cube = studio.thing(2, "cube", (0.0, 0.0, 0.2), scale=(0.4, 0.4, 0.4))
    camera = studio.camera((0.0, -0.01, 4.0), (0.0, 0.0, 0.0), focal_px=400.0)
    sky = studio.sky("uniform", lux=1000.0)
    pictures = {}
    for shadows in (True, False):
        config = OpenGLConfig(environment_shadows=shadows, ambient_occlusion=False)
        renderer = OpenGLRenderer(studio.context, studio.library, config)
        scene = studio.scene(floor(studio), cube, camera=camera, environment=sky)
        pictures[shadows] = studio.radiance(scene, renderer)[60, :, 1]
        renderer.close()
    x = (np.arange(160) + 0.5 - 80) / 100
    np.testing.assert_allclose(pictures[False][np.abs(x) > 0.25], 1000 / np.pi, rtol=0.02)
    np.testing.assert_allclose(pictures[True][np.abs(x) > 0.6], 1000 / np.pi, rtol=0.03)
    beside = pictures[True][(x > 0.23) & (x < 0.3)].mean()
    assert 0.4 < beside / (1000 / np.pi) < 0.97


def test_ground_throws_light_back_at_what_stands_on_it(studio):
    red = {"base_colour": (0.8, 0.1, 0.1)}
    sides = {}
    for role in ("background", "thing"):
        ground = studio.thing(1, "plane", scale=(9.0, 9.0, 1.0), role=role, **red)
        cube = studio.thing(2, "cube", (0.0, 0.0, 0.5))
        scene = studio.scene(
            ground, cube, camera=studio.camera((0.0, -2.5, 0.5), (0.0, 0.0, 0.5)), lights=(studio.sunny(),)
        )
        sides[role] = studio.radiance(scene)[60, 80]
    assert (sides["thing"] == 0).all()
    # Half of what an upright side sees is the ground, here partly hidden by nothing.
    expected = 0.5 * np.array([0.8, 0.1, 0.1]) * 1000 / np.pi
    assert (sides["background"] > 0.3 * expected).all()
    assert (sides["background"] <= 1.05 * expected).all()


def test_what_the_driver_cannot_hold_is_refused(studio):
    scene = studio.scene(studio.thing(1, "cube"), lights=(studio.sunny(), studio.sunny(), studio.sunny()))
    renderer = OpenGLRenderer(studio.context, studio.library, OpenGLConfig(shadow_map_px=8192))
    with pytest.raises(UsageError, match="smaller shadow_map_px"):
        renderer.render_radiance(scene)
    renderer.close()
    with pytest.raises(UsageError, match="sides must be at most"):
        studio.renderer.render_labels(studio.scene(camera=studio.camera(size_wh=(20_000, 8))))


@pytest.mark.parametrize("size_wh", [(1, 1), (7, 5), (333, 41)])
@pytest.mark.parametrize("antialias", [1, 4])
def test_any_picture_size_works(studio, size_wh, antialias):
    config = OpenGLConfig(antialias=antialias, shadow_map_px=128)
    renderer = OpenGLRenderer(studio.context, studio.library, config)
    scene = studio.scene(
        studio.thing(1, "sphere"),
        camera=studio.camera(size_wh=size_wh),
        lights=(studio.sunny(),),
        environment=studio.sky(),
    )
    assert studio.radiance(scene, renderer).shape == (size_wh[1], size_wh[0], 3)
    assert renderer.render_labels(scene, normals=True, amodal_ids=[1]).amodal[1].alone_pixels > 0
    renderer.close()
