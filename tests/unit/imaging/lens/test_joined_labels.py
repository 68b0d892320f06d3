"""Labels through a lens against rays cast at the picture's own pixel centres: balls over a floor, solved by hand."""

from dataclasses import dataclass, replace

import numpy as np
import pytest

from synthvision.core.errors import UsageError
from synthvision.core.frames import AmodalCoverage, CoverageWindow, LabelImages
from synthvision.geometry.boxes import tight_box
from synthvision.geometry.lenses import project_rays, unproject_rays
from synthvision.imaging.lens import join_labels, lens_views
from synthvision.imaging.lens.plan import lens_plan
from synthvision.scene import AssetRef, Backdrop, BrownConradyLens, Camera, KannalaBrandtLens, Scene
from synthvision.scene.rays import camera_rays, lens_model

SIZE = (160, 120)
LENSES = {
    "barrel": (BrownConradyLens(k1=-0.3, k2=0.1, p1=0.001), 110.0),
    "pincushion": (BrownConradyLens(k1=0.2, p2=0.004), 130.0),
    "rational": (BrownConradyLens(k1=0.3, k4=0.5, k5=0.05), 100.0),
    "narrow fisheye": (KannalaBrandtLens(k1=-0.03), 110.0),
    "half sphere": (KannalaBrandtLens(k1=0.01, max_angle_rad=1.6), 45.0),
    "more than half": (KannalaBrandtLens(k1=-0.01, k2=0.001, max_angle_rad=1.9), 40.0),
}


@dataclass(frozen=True)
class Ball:
    """A sphere by its direction from the camera (right, down, forward), distance and radius."""

    direction: tuple[float, float, float]
    distance: float
    radius: float

    @property
    def centre(self):
        way = np.array(self.direction, float)
        return way / np.linalg.norm(way) * self.distance

    def hits(self, rays):
        """Lengths of unit rays (n, 3) to the ball, inf where they miss it."""
        along = rays @ self.centre
        root = along**2 - self.distance**2 + self.radius**2
        length = along - np.sqrt(np.maximum(root, 0))
        return np.where((root > 0) & (length > 0), length, np.inf)

    def outline(self, count=4000):
        """Unit rays that touch the ball."""
        axis = self.centre / self.distance
        first = np.cross(axis, [0.3, 0.9, 0.1])
        first /= np.linalg.norm(first)
        second = np.cross(axis, first)
        half = np.arcsin(self.radius / self.distance)
        turn = np.linspace(0, 2 * np.pi, count)[:, None]
        return np.cos(half) * axis + np.sin(half) * (np.cos(turn) * first + np.sin(turn) * second)


BALLS = (
    Ball((0, 0, 1), 2.0, 0.3),
    Ball((0.25, 0.05, 1), 1.5, 0.2),  # before the first
    Ball((-0.45, 0.3, 1), 2.0, 0.35),
    Ball((0.55, -0.42, 1), 2.0, 0.3),  # across the border of some
    Ball((1, 0.1, 0.9), 2.0, 0.4),  # across two faces of a cube
    Ball((-1, -0.4, 0.05), 2.0, 0.4),
    Ball((-0.3, -0.7, 1), 2.0, 0.3),  # across the upper border
    Ball((0.2, -1, 0.2), 2.0, 0.4),
)


def world(name):
    lens, focal = LENSES[name]
    camera = Camera(
        size_wh=SIZE,
        focal_xy_px=(focal, focal * 1.02),
        centre_xy_px=(81.0, 59.5),
        position_m=(0.0, 0.0, 0.0),
        rotation_wxyz=(1.0, 0.0, 0.0, 0.0),  # camera axes are the world's
        lens=lens,
    )
    return Scene(camera=camera)


def cast(rays_hw3):
    """Ids and lengths of rays; zero rays see nothing."""
    shape = rays_hw3.shape[:2]
    rays = rays_hw3.reshape(-1, 3).astype(np.float64)
    lengths = np.stack([ball.hits(rays) for ball in BALLS])
    nearest = lengths.argmin(axis=0)
    length = lengths.min(axis=0)
    ids = np.where(np.isfinite(length) & rays.any(axis=1), nearest + 1, 0).astype(np.uint16)
    return ids.reshape(shape), np.where(ids > 0, length, np.inf).reshape(shape)


def pinhole_rays(camera, margin=0):
    """Unit rays in world axes of a pinhole view, on a canvas `margin` pictures wider on each side."""
    width, height = camera.size_wh
    columns, rows = np.meshgrid(
        np.arange(-margin * width, (1 + margin) * width), np.arange(-margin * height, (1 + margin) * height)
    )
    x = (columns + 0.5 - camera.centre_xy_px[0]) / camera.focal_xy_px[0]
    y = (rows + 0.5 - camera.centre_xy_px[1]) / camera.focal_xy_px[1]
    rays = np.stack([x, y, np.ones_like(x)], axis=-1)
    return rays / np.linalg.norm(rays, axis=-1, keepdims=True) @ camera.world_from_camera[:3, :3].T


def draw(scene, beyond=True):
    """What a renderer returns for a pinhole view."""
    camera = scene.camera
    width, height = camera.size_wh
    rays = pinhole_rays(camera)
    ids, lengths = cast(rays)
    depth = lengths * (rays @ camera.world_from_camera[:3, 2])
    normals = np.zeros((height, width, 3))
    centres = np.array([ball.centre for ball in BALLS])
    seen = ids > 0
    points = rays[seen] * lengths[seen][:, None] - centres[ids[seen] - 1]
    normals[seen] = points / np.linalg.norm(points, axis=1, keepdims=True) @ camera.world_from_camera[:3, :3]
    canvas = pinhole_rays(camera, 1).reshape(-1, 3)
    amodal = {}
    for number, ball in enumerate(BALLS, start=1):
        covered = np.isfinite(ball.hits(canvas)).reshape(3 * height, 3 * width)
        inside = covered[height : 2 * height, width : 2 * width].copy()
        outside = covered.copy()
        outside[height : 2 * height, width : 2 * width] = False
        box = tight_box(covered)
        amodal[number] = AmodalCoverage(
            mask_hw=inside,
            offset_xy=(0, 0),
            alone_pixels=int(inside.sum()),
            alone_pixels_canvas=int(covered.sum()),
            box_xyxy=box and (box[0] - width, box[1] - height, box[2] - width, box[3] - height),
            beyond=(CoverageWindow(outside, (-width, -height)),) if beyond else (),
        )
    return LabelImages(ids, depth.astype(np.float32), normals.astype(np.float32), amodal)


def joined(name, **options):
    scene = world(name)
    views = lens_views(scene)
    return scene, join_labels(scene, views, [draw(view.label_scene, **options) for view in views])


@pytest.fixture(scope="module", params=LENSES)
def labelled(request):
    scene, labels = joined(request.param)
    return request.param, scene, labels


def outlines(scene):
    pixels = np.concatenate([project_rays(lens_model(scene.camera), ball.outline()) for ball in BALLS])
    return pixels[np.isfinite(pixels[:, 0])]


def test_contours_are_within_half_a_pixel(labelled):
    _, scene, labels = labelled
    expected, _ = cast(camera_rays(scene.camera))
    rows, columns = np.nonzero(labels.id_hw != expected)
    assert 0 < len(rows) < 0.02 * expected.size
    centres = np.stack([columns + 0.5, rows + 0.5], axis=1)
    distance = np.linalg.norm(centres[:, None] - outlines(scene)[None], axis=2).min(axis=1)
    assert distance.max() <= 0.5


def test_a_view_too_coarse_would_be_noticed(monkeypatch):
    monkeypatch.setattr("synthvision.imaging.lens.plan.LABEL_DENSITY", 0.6)
    lens_plan.cache_clear()
    scene, labels = joined("barrel")
    lens_plan.cache_clear()
    expected, _ = cast(camera_rays(scene.camera))
    rows, columns = np.nonzero(labels.id_hw != expected)
    centres = np.stack([columns + 0.5, rows + 0.5], axis=1)
    assert np.linalg.norm(centres[:, None] - outlines(scene)[None], axis=2).min(axis=1).max() > 0.5


def test_depth_is_along_z_or_along_the_ray(labelled):
    _, scene, labels = labelled
    rays = camera_rays(scene.camera)
    expected, lengths = cast(rays)
    if isinstance(scene.camera.lens, BrownConradyLens):
        lengths = lengths * rays[..., 2]
    same = (labels.id_hw == expected) & (expected > 0)
    # Near the outline of a ball depth changes fast; the sample lies up to half a pixel off.
    error = np.abs(labels.depth_m_hw[same] - lengths[same])
    assert np.quantile(error, 0.5) < 0.003
    assert np.quantile(error, 0.9) < 0.03
    assert np.array_equal(np.isinf(labels.depth_m_hw), labels.id_hw == 0)


def test_normals_are_in_the_axes_of_the_picture(labelled):
    _, scene, labels = labelled
    rays = camera_rays(scene.camera).astype(np.float64)
    expected, lengths = cast(rays)
    same = (labels.id_hw == expected) & (expected > 0)
    centres = np.array([ball.centre for ball in BALLS])[expected[same] - 1]
    normals = rays[same] * lengths[same][:, None] - centres
    normals /= np.linalg.norm(normals, axis=1, keepdims=True)
    assert np.quantile((normals * labels.normal_hwc[same]).sum(axis=1), 0.1) > 0.99
    assert np.linalg.norm(labels.normal_hwc, axis=2) == pytest.approx((labels.id_hw > 0).astype(float), abs=1e-5)


def test_coverage_holds_what_is_visible_and_nothing_more_where_nothing_stands_before(labelled):
    name, scene, labels = labelled
    rays = camera_rays(scene.camera)
    for number, ball in enumerate(BALLS, start=1):
        coverage = labels.amodal[number]
        visible = labels.id_hw == number
        alone = np.zeros(labels.id_hw.shape, bool)
        x, y = coverage.offset_xy
        height, width = coverage.mask_hw.shape
        alone[y : y + height, x : x + width] = coverage.mask_hw
        assert not (visible & ~alone).any()
        assert coverage.alone_pixels == alone.sum() <= coverage.alone_pixels_canvas
        expected = np.isfinite(ball.hits(rays.reshape(-1, 3).astype(np.float64))).reshape(alone.shape) & rays.any(
            axis=2
        )
        assert abs(int(alone.sum()) - int(expected.sum())) <= 0.04 * expected.sum() + 2
        if number == 2 or (number == 3 and name != "barrel"):
            assert visible.sum() == coverage.alone_pixels > 0  # visible_fraction is 1 exactly
        if alone.sum() == coverage.alone_pixels_canvas and alone.any():
            assert coverage.box_xyxy == tight_box(alone)


def test_boxes_are_those_of_the_warped_masks(labelled):
    _, _, labels = labelled
    for coverage in labels.amodal.values():
        box = tight_box(coverage.mask_hw)
        if box is not None:
            assert box == (0, 0, *coverage.mask_hw.shape[::-1])
            x, y = coverage.offset_xy
            assert coverage.box_xyxy[0] <= x
            assert coverage.box_xyxy[1] <= y
            assert coverage.box_xyxy[2] >= x + box[2]


def test_the_canvas_goes_on_through_the_lens(labelled):
    _, scene, labels = labelled
    width, height = SIZE
    columns, rows = np.meshgrid(np.arange(-width, 2 * width) + 0.5, np.arange(-height, 2 * height) + 0.5)
    rays = unproject_rays(lens_model(scene.camera), np.column_stack([columns.ravel(), rows.ravel()]))
    seen = np.isfinite(rays[:, 0])
    checked = 0
    for number, ball in enumerate(BALLS, start=1):
        covered = np.zeros(len(rays), bool)
        covered[seen] = np.isfinite(ball.hits(rays[seen]))
        expected = int(covered.sum())
        if labels.amodal[number].alone_pixels == 0:
            continue  # perhaps no view looks there
        assert labels.amodal[number].alone_pixels_canvas == pytest.approx(expected, abs=0.03 * expected + 3)
        checked += expected > labels.amodal[number].alone_pixels + 20
    assert checked


def test_samples_are_at_least_twice_as_dense_as_the_picture(labelled):
    _, scene, _ = labelled
    model = lens_model(scene.camera)
    for view in lens_plan(model, SIZE).views:
        # Where one step of a sample, along either side or the diagonals, takes a pixel's place in the picture.
        rows, columns = np.divmod(view.samples[:: max(1, len(view.samples) // 2000)], view.labels.size_wh[0])
        places = []
        for dx, dy in ((0, 0), (0.5, 0), (0, 0.5), (0.5**1.5, 0.5**1.5), (0.5**1.5, -(0.5**1.5))):
            plane = view.labels.tangents(np.stack([columns + 0.5 + dx, rows + 0.5 + dy], axis=1))
            rays = np.column_stack([plane, np.ones(len(plane))]) @ view.face_from_camera_33
            places.append(project_rays(model, rays))
        for moved in places[1:]:
            step = np.linalg.norm(moved - places[0], axis=1)
            assert np.nanmax(step) <= 0.25 * 1.02


def test_only_the_faces_that_are_needed_are_drawn():
    assert len(lens_views(world("barrel"))) == 1
    assert len(lens_views(world("narrow fisheye"))) == 1
    assert len(lens_views(world("half sphere"))) == 5
    fisheye = world("half sphere")
    narrow = replace(fisheye, camera=replace(fisheye.camera, size_wh=(160, 40), centre_xy_px=(80.0, 20.0)))
    assert len(lens_views(narrow)) == 3


def test_without_a_lens_nothing_is_touched():
    scene = Scene(camera=replace(world("barrel").camera, lens=None))
    views = lens_views(scene)
    assert views[0].label_scene is scene
    assert views[0].picture_scene is scene
    labels = draw(scene)
    assert join_labels(scene, views, [labels]) is labels


def test_a_renderer_must_say_what_lies_beyond_its_view():
    with pytest.raises(UsageError, match="which pixels outside a view an object covers"):
        joined("barrel", beyond=False)


def test_sizes_and_numbers_of_label_images_are_checked():
    scene = world("barrel")
    views = lens_views(scene)
    with pytest.raises(UsageError, match="label images for each of 1 views, got 0"):
        join_labels(scene, views, [])
    with pytest.raises(UsageError, match="labels of a view must have the size"):
        join_labels(scene, views, [draw(replace(scene, camera=replace(scene.camera, lens=None)))])


def test_what_cannot_be_drawn_is_refused(monkeypatch):
    scene = world("barrel")
    folding = replace(scene.camera, lens=BrownConradyLens(k1=-2.0))
    with pytest.raises(UsageError, match=r"folds the image.*k1 must be at least"):
        lens_views(replace(scene, camera=folding))
    photo = Backdrop(asset=AssetRef("test", "photo"), luminance_cd_m2=100.0)
    with pytest.raises(UsageError, match="field of view up to 120 degrees"):
        lens_views(replace(world("half sphere"), backdrop=photo))
    monkeypatch.setattr("synthvision.imaging.lens.plan._LONGEST_PX", 256)
    lens_plan.cache_clear()
    with pytest.raises(UsageError, match="views of at most 256 x 256 px, but a picture of 160 x 120 px needs one of"):
        lens_views(scene)
