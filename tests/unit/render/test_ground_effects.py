"""Water, snow and mirror images in rendered pictures: where geometry says they are, and nowhere else."""

from dataclasses import replace

import numpy as np
import pytest

from synthvision.geometry.projection import project_points
from synthvision.render.opengl.ground_effects import find_mirror
from synthvision.render.opengl.mirror import mirror_camera
from synthvision.render.surface_weather import puddle_mask, snow_mask
from synthvision.scene import SnowCover, Weather, Wetness

DOWN = {"position": (0.0, -0.01, 20.0), "target": (0.0, 0.0, 0.0), "size_wh": (320, 240), "focal_px": 300.0}
LOW = {"position": (0.0, -4.0, 1.5), "target": (0.0, 0.0, 0.3), "size_wh": (320, 240), "focal_px": 300.0}


def ground(studio, size_m=60.0, **changes):
    return studio.thing(1, "plane", scale=(size_m, size_m, 1.0), role="background", **changes)


def mirror_like(studio):
    """A floor like black glass."""
    studio.library.models["glossy"] = studio.make_model(
        "glossy", studio.plane_mesh(1, 1), replace(studio.library.models["plane"].materials[0], ior=2.5, roughness=0.04)
    )
    return studio.thing(
        1, "glossy", scale=(30.0, 30.0, 1.0), role="background", base_colour=(0.0, 0.0, 0.0), roughness=0.04
    )


def places(scene, labels):
    """World positions of the pixel centres that see object 1, float64 (n, 3)."""
    camera = scene.camera
    rows, columns = np.nonzero(labels.id_hw == 1)
    rays = np.column_stack([columns + 0.5, rows + 0.5, np.ones(len(rows))]) @ np.linalg.inv(camera.k_33).T
    points = rays * labels.depth_m_hw[rows, columns, None]
    return points @ camera.world_from_camera[:3, :3].T + camera.position_m, (rows, columns)


def test_labels_do_not_know_about_water_and_snow(studio):
    camera = studio.camera(**LOW)
    things = (ground(studio), studio.thing(2, "cube", (0.3, 0.2, 0.5)), studio.thing(3, "sphere", (-0.8, 0.0, 0.5)))
    dry = studio.scene(*things, camera=camera, environment=studio.sky())
    weather = Weather(wetness=Wetness(puddles=0.4, ripple_rate_mm_h=5.0), snow_cover=SnowCover(cover=0.6))
    before = studio.render(dry, normals=True, amodal_ids=(2, 3))
    studio.radiance(dry)
    wet = replace(dry, weather=weather)
    after = studio.render(wet, normals=True, amodal_ids=(2, 3))
    studio.radiance(wet)
    assert (before.id_hw == after.id_hw).all()
    assert (before.depth_m_hw == after.depth_m_hw).all()
    assert (before.normal_hwc == after.normal_hwc).all()


def test_weather_without_water_or_snow_changes_no_bit(studio):
    things = (ground(studio), studio.thing(2, "cube", (0.3, 0.2, 0.5)))
    lights = (studio.sunny((0.5, -0.3, 0.8), lux=20_000.0),)
    dry = studio.scene(*things, camera=studio.camera(**LOW), environment=studio.sky(), lights=lights)
    before = studio.radiance(dry)
    nothing = Weather(wetness=Wetness(film=0.0), snow_cover=SnowCover(cover=0.0), seed=4)
    for weather in (Weather(), nothing):
        assert (studio.radiance(replace(dry, weather=weather)) == before).all()


def test_wet_ground_is_darker_seen_from_above(studio):
    # From the side, so that the sun's glint is not in the picture.
    sun = studio.sunny((np.sqrt(0.75), 0.0, 0.5), lux=2000.0)
    scene = studio.scene(ground(studio, base_colour=(0.3, 0.3, 0.3)), camera=studio.camera(**DOWN), lights=(sun,))
    dry = studio.radiance(scene)[100:140, 100:220].mean()
    wet = studio.radiance(replace(scene, weather=Weather(wetness=Wetness())))[100:140, 100:220].mean()
    assert dry == pytest.approx(300 / np.pi, rel=0.01)
    assert wet / dry == pytest.approx(0.195 / 0.3, rel=0.06)


def test_snow_is_where_its_twin_says_and_as_bright_as_its_albedo(studio):
    weather = Weather(snow_cover=SnowCover(cover=0.5, patch_size_m=2.0, albedo=0.8), seed=9)
    scene = studio.scene(
        ground(studio, base_colour=(0.05, 0.05, 0.05)),
        camera=studio.camera(**DOWN),
        environment=studio.sky(lux=1000.0),
        weather=weather,
    )
    picture = studio.radiance(scene)[..., 1]
    world, at = places(scene, studio.render(scene))
    normal = np.tile([0.0, 0.0, 1.0], (len(world), 1))
    mask = snow_mask(world, normal, np.ones(len(world)), weather)
    drawn = picture[at]
    assert (drawn[mask > 0.9] > 200).all()
    assert (drawn[mask < 0.1] < 100).all()
    assert np.median(drawn[mask > 0.99]) == pytest.approx(800 / np.pi, rel=0.06)
    # The picture shows about 320 m2 of patches as large as 2 m.
    assert abs(float((drawn > 130).mean()) - float((mask > 0.5).mean())) < 0.01


def test_patterns_stick_to_the_world(studio):
    weather = Weather(snow_cover=SnowCover(cover=0.5, patch_size_m=2.0), seed=2)
    views = [studio.camera(**DOWN), studio.camera(**{**DOWN, "position": (1.5, -4.0, 14.0)})]
    found = []
    for camera in views:
        scene = studio.scene(ground(studio), camera=camera, environment=studio.sky(), weather=weather)
        grey = replace(scene, objects=(ground(studio, base_colour=(0.05, 0.05, 0.05)),))
        x, y = np.meshgrid(np.linspace(-3, 3, 40), np.linspace(-2, 2, 40))
        points = np.stack([x.ravel(), y.ravel(), 0 * x.ravel()], axis=1)
        in_camera = points @ camera.camera_from_world[:3, :3].T + camera.camera_from_world[:3, 3]
        pixels = project_points(camera.k_33, in_camera).astype(int)
        found.append(studio.radiance(grey)[pixels[:, 1], pixels[:, 0], 1] > 130)
    assert 0.1 < found[0].mean() < 0.9
    assert (found[0] != found[1]).mean() < 0.08


def test_it_stays_dry_and_bare_below_a_table(studio):
    roof = studio.thing(2, "cube", (0.0, 0.0, 2.0), scale=(6.0, 6.0, 0.1))
    camera = studio.camera(position=(0.0, -9.0, 1.2), target=(0.0, 0.0, 0.3), size_wh=(320, 240), focal_px=300.0)
    weather = Weather(snow_cover=SnowCover(cover=1.0))
    scene = studio.scene(
        ground(studio, base_colour=(0.05, 0.05, 0.05)), roof, camera=camera, environment=studio.sky(), weather=weather
    )
    picture, labels = studio.radiance(scene)[..., 1], studio.render(scene)
    world, at = places(scene, labels)
    below = (np.abs(world[:, :2]) < 2.7).all(axis=1)
    outside = (np.abs(world[:, :2]) > 3.3).any(axis=1)
    bare = studio.radiance(replace(scene, weather=None))[..., 1]
    assert below.sum() > 500
    np.testing.assert_allclose(picture[at][below], bare[at][below], rtol=0.01)
    assert (picture[at][outside] > 3 * bare[at][outside]).mean() > 0.99


def test_puddles_mirror_the_sky_where_their_twin_says(studio):
    # Bright towards the horizon that the puddles show, black ground elsewhere.
    weather = Weather(wetness=Wetness(film=0.0, puddles=0.4, puddle_size_m=1.0), seed=6)
    scene = studio.scene(
        ground(studio, base_colour=(0.0, 0.0, 0.0), roughness=1.0),
        camera=studio.camera(position=(0.0, -3.0, 0.6), target=(0.0, 0.0, 0.0), size_wh=(320, 240), focal_px=300.0),
        environment=studio.sky(),
        weather=weather,
    )
    picture = studio.radiance(scene)[..., 1]
    world, at = places(scene, studio.render(scene))
    near = np.linalg.norm(world[:, :2] - [0.0, -3.0], axis=1) < 4.0
    mask = puddle_mask(world, np.tile([0.0, 0.0, 1.0], (len(world), 1)), weather)
    assert 0.05 < mask[near].mean() < 0.95
    assert picture[at][near & (mask > 0.95)].min() > 1.5 * np.median(picture[at][near & (mask < 0.01)])


def test_ripples_follow_the_rain_and_move_no_mean(studio):
    def view(rate):
        wet = Wetness(film=1.0, puddles=1.0, ripple_rate_mm_h=rate)
        scene = studio.scene(
            ground(studio, base_colour=(0.0, 0.0, 0.0)),
            camera=studio.camera(position=(0.0, -0.8, 0.5), target=(0.0, 0.0, 0.0), size_wh=(320, 240), focal_px=300.0),
            environment=studio.sky("half"),
            weather=Weather(wetness=wet, seed=1),
        )
        return studio.radiance(scene)[60:200, 40:280, 1]

    still, light, heavy = (view(rate) for rate in (0.0, 0.7, 6.0))
    changed = [float((np.abs(picture - still) > 0.1 * still.mean()).mean()) for picture in (light, heavy)]
    assert 0.0 < changed[0] < changed[1]


def boxed(picture):
    rows, columns = np.nonzero(picture)
    return np.array([columns.min(), rows.min(), columns.max() + 1, rows.max() + 1])


@pytest.mark.parametrize("size_wh", [(320, 240), (321, 241)])
def test_a_mirror_shows_a_box_where_geometry_says(studio, size_wh):
    camera = replace(
        studio.camera(**{**LOW, "size_wh": size_wh}), centre_xy_px=(size_wh[0] / 2 + 7.0, size_wh[1] / 2 - 5.0)
    )
    box = studio.thing(2, "cube", (0.4, 0.5, 0.3), scale=(0.5, 0.4, 0.6), base_colour=(0.9, 0.0, 0.0))
    scene = studio.scene(mirror_like(studio), box, camera=camera, lights=(studio.sunny((0.3, -0.8, 0.5), lux=5e4),))
    picture = studio.radiance(scene)
    on_floor = studio.render(scene).id_hw == 1
    # The mirror image is the picture of the box below the floor.
    twin = studio.thing(2, "cube", (0.4, 0.5, -0.3), scale=(0.5, 0.4, 0.6))
    alone = studio.render(studio.scene(twin, camera=camera)).id_hw == 2
    seen = on_floor & (picture[..., 0] > 0.5 * np.median(picture[alone & on_floor][:, 0]))
    found, wanted = boxed(seen & alone), boxed(alone & on_floor)
    assert np.abs(found - wanted).max() <= 1
    assert (seen & ~alone).sum() < 0.06 * alone.sum()
    assert (seen & alone).sum() > 0.9 * (alone & on_floor).sum()
    # Nothing but red is mirrored.
    assert picture[seen & alone][:, 1].max() < 0.05 * picture[seen & alone][:, 0].max()


def test_the_mirror_camera_sees_what_the_plane_shows():
    from synthvision.geometry.poses import look_at
    from synthvision.scene import Camera

    camera = Camera(
        size_wh=(200, 150),
        focal_xy_px=(180.0, 170.0),
        centre_xy_px=(90.0, 80.0),
        position_m=(1.0, -3.0, 2.0),
        rotation_wxyz=tuple(look_at((1.0, -3.0, 2.0), (0.0, 0.5, 0.4), 0.3)),
    )
    mirrored = mirror_camera(camera, 0.25)
    points = np.array([[0.2, 0.3, 0.9], [-0.4, 1.0, 0.3], [0.5, 0.0, 1.5]])
    below = points * [1, 1, -1] + [0, 0, 0.5]
    pixels = [
        project_points(view.k_33, where @ view.camera_from_world[:3, :3].T + view.camera_from_world[:3, 3])
        for view, where in ((camera, below), (mirrored, points))
    ]
    np.testing.assert_allclose(pixels[1][:, 0], (200 - pixels[0][:, 0]) / 2, atol=1e-9)
    np.testing.assert_allclose(pixels[1][:, 1], pixels[0][:, 1] / 2, atol=1e-9)


@pytest.mark.parametrize(
    ("roughness", "weather", "expected"),
    [
        (1.0, None, False),
        (1.0, Weather(), False),
        (1.0, Weather(wetness=Wetness(film=1.0)), True),
        (1.0, Weather(wetness=Wetness(film=0.0, puddles=0.2)), True),
        (1.0, Weather(wetness=Wetness(film=1.0), snow_cover=SnowCover(cover=1.0)), False),
        (0.1, None, True),
    ],
)
def test_only_wet_or_polished_ground_gets_a_mirrored_pass(studio, monkeypatch, roughness, weather, expected):
    drawn = []
    monkeypatch.setattr(
        "synthvision.render.opengl.ground_effects.find_mirror",
        lambda *arguments: drawn.append(find_mirror(*arguments)) or drawn[-1],
    )
    scene = studio.scene(
        ground(studio, roughness=roughness),
        studio.thing(2, "cube", (0.0, 0.0, 0.5)),
        camera=studio.camera(**LOW),
        environment=studio.sky(),
        weather=weather,
    )
    studio.radiance(scene)
    assert [plane is not None for plane in drawn] == [expected]
