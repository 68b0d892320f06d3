"""Water and snow on surfaces: laws, shares of area, and the shader's twin in numpy."""

from importlib.resources import files
from itertools import pairwise

import numpy as np
import pytest

from synthvision.geometry.world_noise import fractal_noise, lattice_hash, noise_seed
from synthvision.gpu.shaders import assemble_source
from synthvision.render.opengl.passes import PACKAGE
from synthvision.render.opengl.weathering import Weathering
from synthvision.render.ripples import ring_share, rings_per_m2, ripple_slope
from synthvision.render.surface_weather import (
    PUDDLE_STREAM,
    RIPPLE_STREAM,
    SurfaceSample,
    darkened_by_water,
    mean_albedo,
    open_heights,
    puddle_mask,
    snow_mask,
    snow_surface,
    wet_film,
    wet_surface,
)
from synthvision.scene import SnowCover, Weather, Wetness

UP = (0.0, 0.0, 1.0)


def plane(side_m=60.0, count=700):
    x, y = np.meshgrid(*[np.linspace(-side_m, side_m, count)] * 2)
    return np.stack([x.ravel(), y.ravel(), 0 * x.ravel()], axis=1)


def facing(direction, count):
    return np.tile(np.asarray(direction, np.float64) / np.linalg.norm(direction), (count, 1))


def test_soaked_albedo_follows_angstrom():
    # FACTS: 0.30 becomes 0.195 under water of index 1.33.
    assert float(darkened_by_water(0.30, 1.0)) == pytest.approx(0.195, abs=5e-4)
    assert float(darkened_by_water(0.30, 0.0)) == pytest.approx(0.30)
    assert float(darkened_by_water(1.0, 1.0)) == pytest.approx(1.0)
    assert float(darkened_by_water(0.0, 1.0)) == 0.0


@pytest.mark.parametrize("share", [0.05, 0.2, 0.5, 0.85])
@pytest.mark.parametrize("seed", [0, 1, 2**40])
def test_puddles_cover_their_share_of_level_ground(share, seed):
    place = plane()
    mask = puddle_mask(place, facing(UP, len(place)), Weather(wetness=Wetness(puddles=share), seed=seed))
    assert abs(float((mask > 0.5).mean()) - share) < 0.02
    assert abs(float(mask.mean()) - share) < 0.02


@pytest.mark.parametrize("share", [0.05, 0.4, 0.85])
def test_snow_covers_its_share_of_what_faces_up(share):
    place = plane()
    mask = snow_mask(place, facing(UP, len(place)), np.ones(len(place)), Weather(snow_cover=SnowCover(cover=share)))
    assert abs(float((mask > 0.5).mean()) - share) < 0.02


def test_puddles_need_level_ground_at_the_right_height():
    place = plane(20, 200)
    weather = Weather(wetness=Wetness(puddles=0.6))
    assert puddle_mask(place, facing((0.3, 0, 1), len(place)), weather).max() == 0.0
    assert puddle_mask(place, facing(UP, len(place)), weather, (0.1, 0.2)).max() == 0.0
    assert puddle_mask(place, facing(UP, len(place)), weather, (-0.1, 0.2)).max() == 1.0


def test_no_weather_leaves_everything_dry():
    place = plane(5, 20)
    up, sky = facing(UP, len(place)), np.ones(len(place))
    for weather in (None, Weather()):
        assert puddle_mask(place, up, weather).max() == 0.0
        assert wet_film(place, up, sky, weather)[0].max() == 0.0
        assert snow_mask(place, up, sky, weather).max() == 0.0


def test_sides_get_less_water_and_undersides_none():
    place = plane(20, 60)
    sky, weather = np.ones(len(place)), Weather(wetness=Wetness(film=0.8))
    top, side, below = (
        float(wet_film(place, facing(way, len(place)), sky, weather)[0].mean()) for way in (UP, (1, 0, 0), (0, 0, -1))
    )
    assert top == pytest.approx(0.8, abs=0.05)
    assert 0.2 < side / top < 0.5
    assert below == 0.0


def test_nothing_gets_wet_or_white_below_a_roof():
    place = plane(20, 60)
    up, hidden = facing(UP, len(place)), np.zeros(len(place))
    assert wet_film(place, up, hidden, Weather(wetness=Wetness()))[0].max() == 0.0
    assert snow_mask(place, up, hidden, Weather(snow_cover=SnowCover())).max() == 0.0


def test_snow_slides_off_steep_slopes():
    place = plane(20, 60)
    sky, weather = np.ones(len(place)), Weather(snow_cover=SnowCover())
    means = [
        float(snow_mask(place, facing((np.sin(a), 0, np.cos(a)), len(place)), sky, weather).mean())
        for a in np.radians([0, 30, 55, 75, 120])
    ]
    assert means[0] == pytest.approx(1.0, abs=1e-3)
    assert means[0] > means[2] > means[3]
    assert means[1] > 0.9
    assert means[3] < 0.02
    assert means[4] == 0.0


def sample(base, roughness, metallic):
    return SurfaceSample(
        np.full((1, 3), base, np.float32), np.float32([roughness]), np.float32([metallic]), np.float32([0.04])
    )


def test_rough_ground_darkens_and_smooths_while_metal_and_glass_stay():
    wet, film, no = np.float32([1.0]), np.float32([0.3]), np.float32([0.0])
    asphalt = wet_surface(sample(0.1, 0.85, 0.0), wet, film, no)
    assert asphalt.base_n3[0, 0] == pytest.approx(0.1 / (1.33**2 * 0.9 + 0.1), abs=1e-4)
    assert 0.2 <= asphalt.roughness_n[0] <= 0.4
    assert asphalt.ior_f0_n[0] == pytest.approx(0.02)
    metal = wet_surface(sample(0.6, 0.3, 1.0), wet, film, no)
    assert metal.base_n3[0, 0] == pytest.approx(0.6)
    assert metal.roughness_n[0] == pytest.approx(0.3)
    glass = wet_surface(sample(0.6, 0.05, 0.0), wet, film, no)
    assert glass.base_n3[0, 0] == pytest.approx(0.6)
    assert glass.roughness_n[0] == pytest.approx(0.05)
    puddle = wet_surface(sample(0.1, 0.85, 0.0), wet, film, np.float32([1.0]))
    assert 0.02 <= puddle.roughness_n[0] <= 0.08


def test_snow_is_white_and_rough():
    snow = snow_surface(sample(0.1, 0.3, 1.0), np.float32([1.0]), Weather(snow_cover=SnowCover(albedo=0.8)))
    assert snow.base_n3[0] == pytest.approx(0.8)
    assert snow.roughness_n[0] > 0.9
    assert snow.metallic_n[0] == 0.0


def test_the_ground_throws_back_what_lies_on_it():
    dry = np.array([0.1, 0.2, 0.3])
    assert (mean_albedo(dry, None) == dry).all()
    assert (mean_albedo(dry, Weather(wetness=Wetness(film=0.0))) == dry).all()
    np.testing.assert_allclose(
        mean_albedo(dry, Weather(wetness=Wetness())), np.asarray(darkened_by_water(dry, 1.0)), rtol=1e-6
    )
    half = mean_albedo(dry, Weather(snow_cover=SnowCover(cover=0.5, albedo=0.9)))
    np.testing.assert_allclose(half, (dry + 0.9) / 2)


def test_rings_follow_the_rain_rate():
    rates = [0.0, 0.5, 1.0, 2.5, 5.0, 10.0, 50.0]
    counts = [rings_per_m2(rate) for rate in rates]
    assert counts[0] == 0.0
    assert all(low < high for low, high in pairwise(counts))
    # The number by a sum over drop sizes.
    sizes = np.linspace(1.0, 12.0, 20_000)
    flux = 8000 * np.exp(-4.1 * 5.0**-0.21 * sizes) * (9.65 - 10.3 * np.exp(-0.6 * sizes))
    assert rings_per_m2(5.0) == pytest.approx(float(flux.mean() * 11.0) * 0.25, rel=0.01)
    assert ring_share(50.0) == 1.0


def test_still_water_is_flat_and_rippled_water_on_the_mean_too():
    place = plane(3.0, 400)[:, :2]
    assert not ripple_slope(place, 5, 0.0).any()
    light, heavy = (ripple_slope(place, 5, rate) for rate in (0.5, 5.0))
    assert np.abs(heavy.mean(axis=0)).max() < 0.01
    assert float((np.abs(heavy) > 0.02).mean()) > 2 * float((np.abs(light) > 0.02).mean()) > 0


PROBE = """
uniform sampler2D points;   // place and open sky, then normal
layout(location = 0) out vec4 first;
layout(location = 1) out vec4 second;
void main() {
    ivec2 at = ivec2(gl_FragCoord.xy);
    vec4 place = texelFetch(points, at, 0), normal = texelFetch(points, ivec2(at.x, 1), 0);
    WeatherMasks m = weather_masks(place.xyz, normal.xyz, place.w, 0.0);
    vec3 base = vec3(0.3);
    float roughness = 0.8, metallic = 0.25, ior_f0 = 0.04;
    get_wet(base, roughness, metallic, ior_f0, m);
    first = vec4(m.wet, m.film_roughness, m.puddle, m.snow);
    second = vec4(base.x, roughness, metallic, ior_f0);
    SECOND
}
"""


def drawn(context, weather, place, normal, sky, second="", *, ripples=False):
    """Return what the shaders say at points, float32 (n, 8)."""
    count = len(place)
    weathering = Weathering(weather, None, open_heights())
    source, _ = assemble_source(PACKAGE, "surface_weather.glsl", weathering.defines() | {"WET": 1})
    if ripples:
        # Without the noise, which the other file brought along.
        text = (files(PACKAGE) / "shaders" / "ripples.glsl").read_text()
        source += text.replace('#include "world_noise.glsl"', "")
    source += PROBE.replace("SECOND", second)
    vertex = "#version 430 core\n"
    vertex += "void main() { gl_Position = vec4(vec2(gl_VertexID & 1, gl_VertexID >> 1) * 4.0 - 1.0, 0, 1); }"
    program = context.gl.program(vertex_shader=vertex, fragment_shader=source)
    weathering.bind(program, 1)
    rows = np.stack([np.column_stack([place, sky]), np.column_stack([normal, np.zeros(count)])]).astype(np.float32)
    points = context.gl.texture((count, 2), 4, rows.tobytes(), dtype="f4")
    program["points"] = 0
    points.use(0)
    outputs = [context.gl.texture((count, 1), 4, dtype="f4") for _ in range(2)]
    target = context.gl.framebuffer(outputs)
    target.use()
    context.gl.enable_only(0)
    array = context.gl.vertex_array(program, [])
    array.render(vertices=3)
    found = [np.frombuffer(texture.read(), np.float32).reshape(count, 4) for texture in outputs]
    context.release_framebuffer(target)
    for item in (points, *outputs, array, program):
        item.release()
    return np.concatenate(found, axis=1)


def points(count=4000):
    rng = np.random.Generator(np.random.Philox(8))
    place = rng.uniform(-30, 30, (count, 3)).astype(np.float32)
    normal = rng.normal(size=(count, 3)) + np.array([0, 0, 1.5])
    normal[: count // 2] = UP
    normal /= np.linalg.norm(normal, axis=1, keepdims=True)
    return place, normal.astype(np.float32), rng.uniform(0.3, 1.0, count).astype(np.float32)


@pytest.mark.parametrize("seed", [0, 2**33 + 5])
def test_the_shader_and_its_twin_agree(context, seed):
    place, normal, sky = points()
    weather = Weather(wetness=Wetness(film=0.6, puddles=0.4), snow_cover=SnowCover(cover=0.5), seed=seed)
    found = drawn(context, weather, place, normal, sky)
    wet, film = wet_film(place, normal, sky, weather)
    puddle = puddle_mask(place, normal, weather) * sky
    snow = snow_mask(place, normal, sky, weather)
    assert puddle.std() > 0.1
    assert snow.std() > 0.1
    count = len(place)
    dry = SurfaceSample(
        *(
            np.full(shape, value, np.float32)
            for shape, value in (((count, 3), 0.3), (count, 0.8), (count, 0.25), (count, 0.04))
        )
    )
    after = wet_surface(dry, wet, film, puddle)
    twin = [wet, film, puddle, snow, after.base_n3[:, 0], after.roughness_n, after.metallic_n, after.ior_f0_n]
    # Soft edges are 15 to 30 times as steep as the noise, which itself agrees within 1e-5.
    np.testing.assert_allclose(found, np.stack(twin, axis=1), atol=3e-4)


def test_the_noise_of_shader_and_twin_agree(context):
    place, normal, sky = points()
    weather = Weather(wetness=Wetness(), seed=3)
    seed = noise_seed(3, PUDDLE_STREAM)
    second = f"second = vec4(fractal_noise(place.xy, {seed}u), float(lattice_hash(ivec2(floor(place.xy)), 7u) >> 8));"
    found = drawn(context, weather, place, normal, sky, second)
    np.testing.assert_allclose(found[:, 4:7], fractal_noise(place[:, :2], seed), atol=1e-5)
    cells = np.floor(place[:, :2]).astype(np.int32)
    assert (found[:, 7] == (lattice_hash(cells[:, 0], cells[:, 1], 7) >> 8)).all()


def test_the_ripples_of_shader_and_twin_agree(context):
    place, normal, sky = points()
    weather = Weather(wetness=Wetness(puddles=0.5, ripple_rate_mm_h=3.0), seed=3)
    found = drawn(context, weather, place, normal, sky, "second.xy = ripple_slope(place.xy);", ripples=True)
    twin = ripple_slope(place[:, :2], noise_seed(3, RIPPLE_STREAM), 3.0)
    assert np.abs(twin).max() > 0.05
    # A millimetre-wide wave at 30 m from the origin: places are known to 4 micrometres in single precision.
    assert float((np.abs(found[:, 4:6] - twin) > 5e-3).mean()) < 1e-3
