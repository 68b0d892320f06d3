"""Lenses: from rays to pixels and back, for the pinhole, Brown-Conrady and Kannala-Brandt models.

Both distortions are OpenCV's, so that a camera calibrated there can be used as it is: `cv2.projectPoints` with the
eight coefficients k1 k2 p1 p2 k3 k4 k5 k6, and `cv2.fisheye.projectPoints` with k1 to k4. Camera axes are x right,
y down, z forward; the centre of the top-left pixel is at (0.5, 0.5), where OpenCV says (0, 0).

A polynomial bends back somewhere: beyond the radius where it stops growing one pixel would show two directions. All
functions stop there: rays beyond it have no pixel.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import numpy as np
from numpy.polynomial import Polynomial
from numpy.typing import ArrayLike, NDArray
from scipy.interpolate import make_interp_spline

from synthvision.core.errors import UsageError

__all__ = ["LensKind", "LensModel", "pixel_rays", "project_rays", "ray_reach", "unproject_rays"]

Float = NDArray[np.float64]
LensKind = Literal["pinhole", "brown_conrady", "kannala_brandt"]

_COEFFICIENTS: dict[LensKind, int] = {"pinhole": 0, "brown_conrady": 8, "kannala_brandt": 4}
# Inverting starts from a table of this many radii; the start is then so near that two Newton steps are enough.
_TABLE = 4096
_MOST_STEPS = 30
_CONVERGED = 1e-12
_ACCEPTED = 1e-9
# Pixels of a Brown-Conrady lens that would lie farther than this off the axis (89.9 degrees) have no ray.
_LARGEST_TANGENT = 600.0
_PICTURES_KEPT = 4
_KNOT_PX = 8
_SMOOTH_ERROR_PX = 1e-4


@dataclass(frozen=True, slots=True)
class LensModel:
    """How rays fall on the picture: plain numbers, so that it can be a key of caches.

    Args:
        kind: Which model.
        focal_xy_px: Focal lengths in pixels, above 0.
        centre_xy_px: Principal point.
        coefficients: None for a pinhole; k1 k2 p1 p2 k3 k4 k5 k6 for Brown-Conrady; k1 k2 k3 k4 for Kannala-Brandt.
        max_angle_rad: Rays farther off the axis than this do not reach the sensor; for Kannala-Brandt, below pi.

    Raises:
        UsageError: A number is missing, not finite or out of range.
    """

    kind: LensKind
    focal_xy_px: tuple[float, float]
    centre_xy_px: tuple[float, float]
    coefficients: tuple[float, ...] = ()
    max_angle_rad: float = float(np.pi)

    def __post_init__(self) -> None:
        if len(self.coefficients) != _COEFFICIENTS[self.kind]:
            raise UsageError(
                f"a {self.kind} lens must have {_COEFFICIENTS[self.kind]} coefficients, got {len(self.coefficients)}"
            )
        if min(self.focal_xy_px) <= 0:
            raise UsageError(f"focal lengths must be above 0, got {self.focal_xy_px}")
        if not np.isfinite([*self.coefficients, *self.focal_xy_px, *self.centre_xy_px]).all():
            raise UsageError(f"a lens must be made of finite numbers, got {self.coefficients}")
        if not 0 < self.max_angle_rad <= np.pi:
            raise UsageError(f"max_angle_rad must be above 0, up to pi, got {self.max_angle_rad}")


def project_rays(model: LensModel, rays_n3: ArrayLike) -> Float:
    """Return the pixel coordinates (n, 2) of rays or points in camera axes, of any length but zero.

    Returns:
        float64; NaN for rays that no pixel shows: behind the camera (for Kannala-Brandt beyond `max_angle_rad`), or
        beyond the radius where the distortion folds.
    """
    rays = np.asarray(rays_n3, np.float64)
    if model.kind == "kannala_brandt":
        across = np.hypot(rays[:, 0], rays[:, 1])
        angle = np.arctan2(across, rays[:, 2])
        stretched = _kannala_brandt(model)(angle)
        # On the axis the ratio tends to 1 / z, and the offset to zero.
        ratio = np.divide(stretched, across, out=np.zeros_like(across), where=across > 0)
        offsets = rays[:, :2] * ratio[:, None]
        seen = (angle <= ray_reach(model)) & ((across > 0) | (rays[:, 2] > 0))
    else:
        ahead = rays[:, 2] > 0
        plane = rays[:, :2] / np.where(ahead, rays[:, 2], 1.0)[:, None]
        if model.kind == "pinhole":
            offsets, seen = plane, ahead
        else:
            seen = ahead & (np.hypot(plane[:, 0], plane[:, 1]) < min(ray_reach(model), _LARGEST_TANGENT))
            offsets, jacobian = _brown_conrady(model, np.where(seen[:, None], plane, 0.0))
            seen &= jacobian[0] * jacobian[3] > jacobian[1] * jacobian[2]
    pixels: Float = offsets * np.array(model.focal_xy_px) + np.array(model.centre_xy_px)
    pixels[~seen] = np.nan
    return pixels


def unproject_rays(model: LensModel, pixels_n2: ArrayLike) -> Float:
    """Return the unit rays (n, 3) in camera axes that fall on points of the picture.

    Returns:
        float64; NaN for points of the picture that no ray falls on.
    """
    pixels = np.asarray(pixels_n2, np.float64)
    offsets = (pixels - np.array(model.centre_xy_px)) / np.array(model.focal_xy_px)
    if model.kind == "kannala_brandt":
        return _kannala_brandt_rays(model, offsets)
    plane = offsets if model.kind == "pinhole" else _brown_conrady_plane(model, offsets)
    x, y = plane[:, 0], plane[:, 1]
    scale = 1 / np.sqrt(1 + x * x + y * y)
    return np.stack([x * scale, y * scale, scale], axis=1)


@lru_cache(maxsize=_PICTURES_KEPT)
def pixel_rays(model: LensModel, size_wh: tuple[int, int]) -> NDArray[np.float32]:
    """Return the unit ray of each pixel's centre in camera axes.

    The last few pictures are kept: cameras of a job rarely change their lens.

    Args:
        model: The lens.
        size_wh: Size of the picture in pixels.

    Returns:
        float32 (height, width, 3), read-only; zero for pixels that no ray falls on.
    """
    width, height = size_wh
    columns: Float = np.arange(width, dtype=np.float64) + 0.5
    rows: Float = np.arange(height, dtype=np.float64) + 0.5
    rays = _smooth_rays(model, columns, rows) if model.kind == "brown_conrady" else None
    if rays is None:
        rays = unproject_rays(model, _grid_points(columns, rows)).reshape(height, width, 3).astype(np.float32)
        rays[np.isnan(rays[..., 0])] = 0.0
    rays.flags.writeable = False
    return rays


def _grid_points(columns: Float, rows: Float) -> Float:
    x, y = np.meshgrid(columns, rows)
    return np.stack([x.ravel(), y.ravel()], axis=1)


def _smooth_rays(model: LensModel, columns: Float, rows: Float) -> NDArray[np.float32] | None:
    """Return the rays of all pixels from those of every eighth, or None where that is not good to single precision.

    A lens bends light smoothly: a spline of the fifth order through every eighth pixel is good to a millionth of a
    pixel, and takes a tenth of the time of solving for each. Whether it is, is tried on pixels in between.
    """
    across, down = (_knots(len(axis)) for axis in (columns, rows))
    coarse = unproject_rays(model, _grid_points(across, down)).reshape(len(down), len(across), 3)
    if not np.isfinite(coarse).all():
        return None
    plane = coarse[..., :2] / coarse[..., 2:]
    weights_x, weights_y = _spline_weights(across, columns), _spline_weights(down, rows)
    x, y = (weights_y @ plane[..., index] @ weights_x.T for index in (0, 1))
    some = slice(_KNOT_PX // 2, None, _KNOT_PX)
    tried = project_rays(
        model, np.stack([x[some, some].ravel(), y[some, some].ravel(), np.ones(x[some, some].size)], 1)
    )
    if not np.abs(tried - _grid_points(columns[some], rows[some])).max(initial=0.0) < _SMOOTH_ERROR_PX:
        return None  # also where a ray has no pixel, which is NaN
    rays = np.empty((*x.shape, 3), np.float32)
    rays[..., 0], rays[..., 1], rays[..., 2] = x, y, 1.0
    rays *= (1 / np.sqrt(1 + x * x + y * y)).astype(np.float32)[..., None]
    return rays


def _knots(length: int) -> Float:
    """Return places every few pixels from one end of a row to the other, at least as many as a spline needs."""
    return np.linspace(0.0, length, max(7, -(-length // _KNOT_PX) + 1))


def _spline_weights(knots: Float, places: Float) -> Float:
    """Return the matrix that takes values at knots to those of the spline through them at places."""
    weights: Float = make_interp_spline(knots, np.eye(len(knots)), k=5)(places)
    return weights


@lru_cache(maxsize=256)
def ray_reach(model: LensModel) -> float:
    """Return how far off the axis rays still have a pixel of their own.

    For Kannala-Brandt an angle in radians: `max_angle_rad`, or the angle where the polynomial stops growing. For
    Brown-Conrady the tangent of that angle, infinite where the distortion never folds; likewise for a pinhole.
    """
    if model.kind == "pinhole":
        return float("inf")
    if model.kind == "kannala_brandt":
        return min(model.max_angle_rad, _smallest_root(_kannala_brandt(model).deriv()))
    # The slope of r N / D over r has the sign of (N + 2 u N') D - 2 u N D', with u = r2.
    above, below = _radial_polynomials(model)
    u = Polynomial([0.0, 1.0])
    slope = (above + 2 * u * above.deriv()) * below - 2 * u * above * below.deriv()
    return float(np.sqrt(min(_smallest_root(slope), _smallest_root(below))))


def _smallest_root(polynomial: Polynomial) -> float:
    """Return the smallest positive real root, infinity where there is none."""
    trimmed = polynomial.trim(1e-14)
    if trimmed.degree() < 1:
        return float("inf")
    roots = trimmed.roots()
    # Two equal roots come out as a pair a little off the real axis.
    real = roots.real[(np.abs(roots.imag) < 1e-7 * (1 + np.abs(roots.real))) & (roots.real > 0)]
    return float(real.min()) if len(real) else float("inf")


def _radial_polynomials(model: LensModel) -> tuple[Polynomial, Polynomial]:
    k1, k2, _, _, k3, k4, k5, k6 = model.coefficients
    return Polynomial([1.0, k1, k2, k3]), Polynomial([1.0, k4, k5, k6])


def _brown_conrady(model: LensModel, plane_n2: Float) -> tuple[Float, tuple[Float, Float, Float, Float]]:
    """Return the distorted coordinates of (x / z, y / z), and their derivatives: x by x, x by y, y by x, y by y."""
    k1, k2, p1, p2, k3, k4, k5, k6 = model.coefficients
    x, y = plane_n2[:, 0], plane_n2[:, 1]
    u = x * x + y * y
    above, below = 1 + u * (k1 + u * (k2 + u * k3)), 1 + u * (k4 + u * (k5 + u * k6))
    radial = above / below
    slope = (k1 + u * (2 * k2 + u * 3 * k3) - radial * (k4 + u * (2 * k5 + u * 3 * k6))) / below
    out_x = x * radial + 2 * p1 * x * y + p2 * (u + 2 * x * x)
    out_y = y * radial + 2 * p2 * x * y + p1 * (u + 2 * y * y)
    cross = 2 * (x * y * slope + p1 * x + p2 * y)
    x_by_x = radial + 2 * x * x * slope + 2 * p1 * y + 6 * p2 * x
    y_by_y = radial + 2 * y * y * slope + 2 * p2 * x + 6 * p1 * y
    return np.stack([out_x, out_y], axis=1), (x_by_x, cross, cross, y_by_y)


def _brown_conrady_plane(model: LensModel, offsets_n2: Float) -> Float:
    """Return the undistorted (x / z, y / z) of distorted ones; NaN where there is none."""
    bent = np.hypot(offsets_n2[:, 0], offsets_n2[:, 1])
    radius = _undistorted_radius(model, bent)
    with np.errstate(invalid="ignore"):
        plane = offsets_n2 * np.where(bent > 0, radius / np.maximum(bent, 1e-300), 1.0)[:, None]
    known = np.isfinite(radius)
    plane[~known] = 0.0
    reach = min(ray_reach(model), _LARGEST_TANGENT)
    size = 1 + bent
    for _ in range(_MOST_STEPS):
        reached, (a, b, c, d) = _brown_conrady(model, plane)
        miss = reached - offsets_n2
        off = np.abs(miss).max(axis=1) / size
        determinant = a * d - b * c
        if not (known & (off > _CONVERGED)).any():
            break
        safe = np.where(np.abs(determinant) > 1e-12, determinant, 1e-12)
        step_x = (d * miss[:, 0] - b * miss[:, 1]) / safe
        step_y = (a * miss[:, 1] - c * miss[:, 0]) / safe
        plane = plane - np.stack([step_x, step_y], axis=1)
        if np.isfinite(reach):
            # A step that leaves the disc where the distortion grows would end on the other side of the fold.
            length = np.hypot(plane[:, 0], plane[:, 1])
            plane *= np.minimum(1.0, reach / np.maximum(length, 1e-300))[:, None]
    plane[~known | (off > _ACCEPTED) | (determinant <= 0)] = np.nan
    return plane


def _undistorted_radius(model: LensModel, bent_n: Float) -> Float:
    """Return the radius r whose radial distortion alone gives `bent_n`, by a table; NaN beyond the fold.

    With tangential coefficients the true radius differs; then points a little beyond the end start from the end.
    """
    reach = min(ray_reach(model), _LARGEST_TANGENT)
    above, below = _radial_polynomials(model)

    def bend(radius: Float) -> Float:
        u = radius * radius
        return np.asarray(radius * above(u) / below(u), np.float64)

    largest = float(bent_n.max(initial=0.0))
    end = min(max(2 * largest, 1e-3), reach)
    # A barrel needs larger radii than the picture's own; the last step may pass the fold by rounding alone.
    while end < reach and bend(np.array([end]))[0] < 1.2 * largest:
        end = min(2 * end, reach)
    radii = np.linspace(0.0, end, _TABLE)
    table = np.maximum.accumulate(bend(np.minimum(radii, end * (1 - 1e-12))))
    found = np.interp(bent_n, table, radii)
    has_tangential = any(model.coefficients[2:4])
    found[bent_n > table[-1] * (1.2 if has_tangential else 1.0)] = np.nan
    return found


def _kannala_brandt(model: LensModel) -> Polynomial:
    k1, k2, k3, k4 = model.coefficients
    return Polynomial([0.0, 1.0, 0.0, k1, 0.0, k2, 0.0, k3, 0.0, k4])


def _kannala_brandt_rays(model: LensModel, offsets_n2: Float) -> Float:
    bent = np.hypot(offsets_n2[:, 0], offsets_n2[:, 1])
    reach = ray_reach(model)
    curve = _kannala_brandt(model)
    slope = curve.deriv()
    angles = np.linspace(0.0, reach, _TABLE)
    table = np.maximum.accumulate(curve(angles))
    seen = bent <= table[-1]
    angle = np.interp(np.minimum(bent, table[-1]), table, angles)
    off = np.zeros_like(bent)
    for _ in range(_MOST_STEPS):
        off = curve(angle) - bent
        if not (seen & (np.abs(off) > _CONVERGED)).any():
            break
        angle = np.clip(angle - off / np.maximum(slope(angle), 1e-9), 0.0, reach)
    seen &= np.abs(off) <= _ACCEPTED
    ratio = np.divide(np.sin(angle), bent, out=np.ones_like(bent), where=bent > 0)
    rays = np.column_stack([offsets_n2 * ratio[:, None], np.cos(angle)])
    rays[~seen] = np.nan
    return rays
