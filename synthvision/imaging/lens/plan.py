"""Which pinhole views a picture through a lens is made of, and where in them each of its pixels lies.

A lens whose picture spans no more than 120 degrees takes one view, wide enough for the rays of all pixels; a wider
one takes faces of a cube around the camera, each cut down to the rays that are needed. A view is drawn twice: for the
labels so dense that the nearest sample lies within half a pixel of the picture, and for light about as dense as the
picture.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from synthvision.core.errors import UsageError
from synthvision.geometry.lens_faults import check_lens
from synthvision.geometry.lenses import LensModel, pixel_rays, project_rays, ray_reach, unproject_rays

__all__ = ["LensPlan", "PinholeFrame", "ViewPlan", "lens_plan"]

Float = NDArray[np.float64]
Index = NDArray[np.intp]
#: x / z and y / z of rays: numpy is ten times as fast with two arrays as with pairs.
Plane = tuple[NDArray[np.float32], NDArray[np.float32]]

#: Samples of the label view per pixel of the picture, along the direction in which they are fewest.
LABEL_DENSITY = 2.0
#: The same for light. Against a view of twice the density the picture loses 1 dB to 1.1; it keeps nine tenths of the
#: contrast of neighbouring pixels that a picture without a lens has, and all of it where the view is denser.
LIGHT_DENSITY = 1.0
#: Fields wider than this, in radians off the axis, take a cube of views.
SINGLE_VIEW_RAD = float(np.radians(60.0))
#: Pixels of a view beyond the outermost ray: for filters, and for colours that the lens shifts.
LABEL_MARGIN_PX = 2
LIGHT_MARGIN_PX = 6
# Sizes are rounded up, so that lenses drawn anew for each frame need new targets rarely.
_SIZE_STEP_PX = 16
_LONGEST_PX = 16_384
_PLANS_KEPT = 4
# At about so many pixels of a view the density is worked out, by moves of this many pixels.
_TELLING = 2000
_STEP_PX = 0.125
#: So much of a view, beyond its own width, one sample of light may stand for; a pixel is split into at most four.
TAP_PX = 1.5
_MOST_TAPS = 4

#: Rotations of cube faces: rows are the face's x, y and z axes in the camera's axes. Front, right, left,
#: down, up, back.
_FACES: tuple[tuple[tuple[float, float, float], ...], ...] = (
    ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    ((0, 0, -1), (0, 1, 0), (1, 0, 0)),
    ((0, 0, 1), (0, 1, 0), (-1, 0, 0)),
    ((1, 0, 0), (0, 0, -1), (0, 1, 0)),
    ((1, 0, 0), (0, 0, 1), (0, -1, 0)),
    ((-1, 0, 0), (0, 1, 0), (0, 0, -1)),
)


@dataclass(frozen=True, slots=True)
class PinholeFrame:
    """Intrinsics of one pinhole view.

    Args:
        size_wh: Pixels.
        focal_xy_px: Focal lengths.
        centre_xy_px: Principal point, which may lie outside.
    """

    size_wh: tuple[int, int]
    focal_xy_px: tuple[float, float]
    centre_xy_px: tuple[float, float]

    def place(self, plane_n2: Float) -> Float:
        """Return pixel coordinates of (x / z, y / z)."""
        pixels: Float = plane_n2 * np.array(self.focal_xy_px) + np.array(self.centre_xy_px)
        return pixels

    def tangents(self, pixels_n2: Float) -> Float:
        """Return the (x / z, y / z) of pixel coordinates."""
        tangents: Float = (pixels_n2 - np.array(self.centre_xy_px)) / np.array(self.focal_xy_px)
        return tangents


@dataclass(frozen=True, slots=True, eq=False)
class ViewPlan:
    """One pinhole view.

    Args:
        face_from_camera_33: Rotation from the picture's camera axes to the view's.
        labels: What labels are drawn with.
        light: What light is drawn with.
        pixels: Flat indices of the picture's pixels that this view shows, ascending.
        samples: For each of them the flat index of the nearest label sample.
        depth_scale: float32, for each of them what the sample's depth along the view's axis is multiplied with: the
            length of its ray for a fisheye, else the ray's extent along the camera's z axis; None for 1.
    """

    face_from_camera_33: Float
    labels: PinholeFrame
    light: PinholeFrame
    pixels: Index
    samples: Index
    depth_scale: NDArray[np.float32] | None


@dataclass(frozen=True, slots=True, eq=False)
class LensPlan:
    """How a picture is made of its views.

    Args:
        model: The lens.
        size_wh: Size of the picture.
        views: One or more.
        places: float32 (height, width, 4): column and row in the light view of each pixel's centre, the view's number,
            -1 where no ray falls, and the share of the pixel within a fisheye's field, which ends softly.
        taps: Into how many samples along its longer axis in the view a pixel must be split to miss none of the view's.
        longest_px: How many pixels of a view one pixel of the picture is long at most.
    """

    model: LensModel
    size_wh: tuple[int, int]
    views: tuple[ViewPlan, ...]
    places: NDArray[np.float32]
    taps: int
    longest_px: float


@lru_cache(maxsize=_PLANS_KEPT)
def lens_plan(model: LensModel, size_wh: tuple[int, int]) -> LensPlan:
    """Return the plan of a lens's pictures; the last ones are kept.

    Args:
        model: The lens, not a pinhole.
        size_wh: Size of the picture in pixels.

    Raises:
        UsageError: The distortion folds inside the picture, or the views would be larger than drivers can draw.
    """
    check_lens(model, size_wh)
    rays = pixel_rays(model, size_wh)
    seen = rays.any(axis=2)
    if not seen.any():
        raise UsageError("a lens must let light fall on the picture, but no pixel lies within its largest angle")
    widest = np.arccos(np.clip(rays[..., 2][seen].min(), -1.0, 1.0))
    faces: dict[int, Index]
    if widest <= SINGLE_VIEW_RAD:
        faces = {0: np.flatnonzero(seen.ravel())}
    else:
        face_n = np.where(seen, _nearest_face(rays), -1).ravel()
        faces = {int(face): np.flatnonzero(face_n == face) for face in np.unique(face_n[seen.ravel()])}
    flat = rays.reshape(-1, 3)
    places = np.full((len(flat), 4), -1.0, np.float32)
    views, longest, stretched = [], 1.0, 1.0
    for number, (face, pixels) in enumerate(faces.items()):
        rotation = np.array(_FACES[face], np.float64)
        plane = _on_plane(rotation, flat, pixels)
        jacobian = _derivatives(model, size_wh, rotation, pixels[_telling(plane)])
        labels = _frame(plane, _label_focal(jacobian), LABEL_MARGIN_PX, size_wh)
        light = _frame(plane, _light_focal(jacobian), LIGHT_MARGIN_PX, size_wh)
        samples = _nearest_sample(labels, plane)
        views.append(ViewPlan(rotation, labels, light, pixels, samples, _depth_scale(model, rotation, labels, samples)))
        for axis in (0, 1):
            places[pixels, axis] = plane[axis] * light.focal_xy_px[axis] + light.centre_xy_px[axis]
        places[pixels, 2] = number
        longest = max(longest, float(_spectral_norm(jacobian * light.focal_xy_px[0]).max()))
        stretched = max(stretched, float(_elongation(jacobian * light.focal_xy_px[0]).max()))
    taps = int(np.clip(np.ceil(stretched / TAP_PX), 1, _MOST_TAPS))
    width, height = size_wh
    places[:, 3] = _open_share(model, size_wh)
    return LensPlan(model, size_wh, tuple(views), places.reshape(height, width, 4), taps, longest)


def _on_plane(rotation_33: Float, rays_n3: NDArray[np.float32], pixels_n: Index) -> Plane:
    """Return x / z and y / z of the rays of some pixels in a view's axes."""
    rays = rays_n3 if len(pixels_n) == len(rays_n3) else rays_n3[pixels_n]
    if not np.array_equal(rotation_33, np.eye(3)):
        rays = rays @ rotation_33.T.astype(np.float32)
    depth = np.float32(1) / rays[:, 2]
    return rays[:, 0] * depth, rays[:, 1] * depth


def _open_share(model: LensModel, size_wh: tuple[int, int]) -> NDArray[np.float32]:
    """Return for each pixel 1 inside the field of a fisheye, falling to 0 over the last pixel before its end."""
    if model.kind != "kannala_brandt":
        return np.ones(1, np.float32)
    reach = ray_reach(model) * (1 - 1e-9)
    end = project_rays(model, [[np.sin(reach), 0.0, np.cos(reach)]])[0, 0] - model.centre_xy_px[0]
    (fx, fy), (cx, cy) = model.focal_xy_px, model.centre_xy_px
    columns = (np.arange(size_wh[0], dtype=np.float32) + 0.5 - cx) / fx
    rows = (np.arange(size_wh[1], dtype=np.float32) + 0.5 - cy) / fy
    radius = np.hypot(columns[None, :], rows[:, None]) * fx
    return np.asarray(np.clip(end - radius, 0.0, 1.0), np.float32).ravel()


def _nearest_face(rays_hw3: NDArray[np.float32]) -> NDArray[np.intp]:
    axes = np.array([face[2] for face in _FACES], np.float32)
    return np.asarray(np.argmax(rays_hw3 @ axes.T, axis=-1), np.intp)


def _telling(plane: Plane) -> Index:
    """Return indices of points that show where a view is densest and thinnest: some of all, and the outermost."""
    x, y = plane
    some = np.arange(0, len(x), max(1, len(x) // _TELLING))
    ends = [end(values) for values in (x, y, x + y, x - y, x * x + y * y) for end in (np.argmin, np.argmax)]
    return np.unique(np.concatenate([some, np.array(ends, np.intp)]))


def _derivatives(model: LensModel, size_wh: tuple[int, int], rotation_33: Float, pixels_n: Index) -> Float:
    """Return the derivatives (n, 2, 2) of (x / z, y / z) in a view's axes by column and row, at some pixels.

    Pixels at the end of a fisheye's field, of which half has no ray, are left out.
    """
    rows, columns = np.divmod(pixels_n, size_wh[0])
    centre = np.stack([columns + 0.5, rows + 0.5], axis=1)
    moves = np.array([(_STEP_PX, 0), (-_STEP_PX, 0), (0, _STEP_PX), (0, -_STEP_PX)])
    rays = unproject_rays(model, (centre + moves[:, None]).reshape(-1, 2)) @ rotation_33.T
    planes = (rays[:, :2] / rays[:, 2:]).reshape(len(moves), -1, 2)
    jacobian = np.stack([planes[0] - planes[1], planes[2] - planes[3]], axis=2) / (2 * _STEP_PX)
    return jacobian[np.isfinite(jacobian).all(axis=(1, 2))]


def _label_focal(jacobian_n22: Float) -> tuple[float, float]:
    """Return focal lengths with which a step of one sample is nowhere longer than 1 / LABEL_DENSITY pixels.

    A step of one column of the view moves the picture's point by the first column of the inverse derivatives. Both
    axes get what they need alone, and then both what the longest diagonal step still lacks.
    """
    inverse = _inverse(jacobian_n22)
    focal = LABEL_DENSITY * np.linalg.norm(inverse, axis=1).max(axis=0)
    longest = _spectral_norm(inverse / focal).max() * LABEL_DENSITY
    fx, fy = (focal * max(longest, 1.0)).tolist()
    return fx, fy


def _light_focal(jacobian_n22: Float) -> tuple[float, float]:
    # Square pixels: passes over the light of a view measure distances in pixels.
    focal = LIGHT_DENSITY * float(_spectral_norm(_inverse(jacobian_n22)).max())
    return focal, focal


def _inverse(matrix_n22: Float) -> Float:
    a, b, c, d = matrix_n22.reshape(-1, 4).T
    adjugate = np.stack([d, -b, -c, a], axis=1).reshape(-1, 2, 2)
    inverse: Float = adjugate / (a * d - b * c)[:, None, None]
    return inverse


def _spectral_norm(matrix_n22: Float) -> Float:
    a, b, c, d = matrix_n22.reshape(-1, 4).T
    norm: Float = (np.hypot(a + d, b - c) + np.hypot(a - d, b + c)) / 2
    return norm


def _elongation(matrix_n22: Float) -> Float:
    """Return how much longer the longest semi-axis of the image of a circle of radius 1 is than the shortest."""
    a, b, c, d = matrix_n22.reshape(-1, 4).T
    return np.asarray(np.minimum(np.hypot(a + d, b - c), np.hypot(a - d, b + c)), np.float64)


def _frame(plane: Plane, focal_xy_px: tuple[float, float], margin_px: int, picture_wh: tuple[int, int]) -> PinholeFrame:
    """Return a view that holds all points with a margin."""
    pairs = tuple(zip(plane, focal_xy_px, strict=True))
    low = np.floor([float(values.min()) * focal for values, focal in pairs]) - margin_px
    high = np.ceil([float(values.max()) * focal for values, focal in pairs]) + margin_px
    steps = np.ceil((high - low) / _SIZE_STEP_PX) * _SIZE_STEP_PX
    if steps.max() > _LONGEST_PX:
        raise UsageError(
            f"a lens must be drawn from views of at most {_LONGEST_PX} x {_LONGEST_PX} px, but a picture of "
            f"{picture_wh[0]} x {picture_wh[1]} px needs one of {steps[0]:.0f} x {steps[1]:.0f}; make the picture "
            f"smaller, the field narrower or the distortion weaker"
        )
    # Half a pixel: where the view is exactly twice as dense as the picture, pixels' centres fall on samples' centres.
    cx, cy = (0.5 - low).tolist()
    return PinholeFrame((int(steps[0]), int(steps[1])), focal_xy_px, (cx, cy))


def _nearest_sample(frame: PinholeFrame, plane: Plane) -> Index:
    width, height = frame.size_wh
    # Places are above 0, so that cutting the fraction off is rounding down.
    columns, rows = (
        np.minimum((values * np.float32(focal) + np.float32(centre)).astype(np.int32), length - 1)
        for values, focal, centre, length in zip(
            plane, frame.focal_xy_px, frame.centre_xy_px, (width, height), strict=True
        )
    )
    return np.asarray(rows * np.int32(width) + columns, np.intp)


def _depth_scale(
    model: LensModel, rotation_33: Float, frame: PinholeFrame, samples_n: Index
) -> NDArray[np.float32] | None:
    fisheye = model.kind == "kannala_brandt"
    if not fisheye and np.array_equal(rotation_33, np.eye(3)):
        return None
    rows, columns = np.divmod(samples_n, frame.size_wh[0])
    plane = frame.tangents(np.stack([columns + 0.5, rows + 0.5], axis=1))
    if fisheye:
        return np.asarray(np.sqrt(1 + np.square(plane).sum(axis=1)), np.float32)
    # The third column: how far the ray (x, y, 1) reaches along the camera's z axis.
    return np.asarray(plane @ rotation_33[:2, 2] + rotation_33[2, 2], np.float32)
