"""The label policy applied: from the figures of one instance to its status and the reasons for it."""

from __future__ import annotations

from synthvision.annotate.config import LabelPolicy, PolicyAction, PolicyRule
from synthvision.core.errors import UsageError
from synthvision.core.labels import BoxXyxy, Role, Status

__all__ = ["TARGET_ROLES", "judge_instance"]

#: Roles that are labelled where the object also has a class.
TARGET_ROLES: tuple[Role, ...] = ("thing", "stuff")

_STATUS: dict[PolicyAction, Status] = {"drop": "dropped", "ignore": "ignored", "keep": "labelled"}
_STRICTNESS: dict[PolicyAction, int] = {"keep": 0, "ignore": 1, "drop": 2}


def judge_instance(
    policy: LabelPolicy,
    *,
    role: Role,
    category: str | None,
    visible_pixels: int,
    box_xyxy: BoxXyxy | None,
    visible_fraction: float | None,
    truncation: float | None,
    contrast_transmittance: float,
    lens_transmittance: float,
    apparent_contrast: float | None,
) -> tuple[Status, tuple[str, ...]]:
    """Return the status of an instance and one sentence for each rule that it misses.

    The arguments are the fields of `InstanceLabel`. A contrast of None (nothing around the object to compare with)
    passes; stuff without coverage has no visible fraction and no truncation, and passes those two rules.

    Raises:
        UsageError: A rule on visible fraction or truncation is set, and the renderer was not asked for the coverage
            of this thing.
    """
    if role not in TARGET_ROLES or category is None:
        return "unlabelled", ()
    if box_xyxy is None or visible_pixels == 0:
        return "hidden", ("no visible pixel",)
    missed: dict[PolicyRule, str] = {}
    rule: PolicyRule
    if visible_pixels < policy.min_visible_pixels:
        missed["min_visible_pixels"] = f"{visible_pixels} is under {policy.min_visible_pixels}"
    side = min(box_xyxy[2] - box_xyxy[0], box_xyxy[3] - box_xyxy[1])
    if side < policy.min_side_px:
        missed["min_side_px"] = f"{side} is under {policy.min_side_px}"
    if policy.min_visible_fraction > 0 and role == "thing" and visible_fraction is None:
        raise UsageError(f"min_visible_fraction needs the coverage of every {category}; ask the renderer for it")
    if visible_fraction is not None and visible_fraction < policy.min_visible_fraction:
        missed["min_visible_fraction"] = f"{visible_fraction:.4f} is under {policy.min_visible_fraction}"
    if truncation is not None and truncation > policy.max_truncation:
        missed["max_truncation"] = f"{truncation:.4f} is over {policy.max_truncation}"
    for rule, value, limit in (
        ("min_contrast_transmittance", contrast_transmittance, policy.min_contrast_transmittance),
        ("min_lens_transmittance", lens_transmittance, policy.min_lens_transmittance),
    ):
        if value < limit:
            missed[rule] = f"{value:.4f} is under {limit}"
    if apparent_contrast is not None and apparent_contrast < policy.min_apparent_contrast:
        missed["min_apparent_contrast"] = f"{apparent_contrast:.3f} is under {policy.min_apparent_contrast}"
    reasons = tuple(f"{rule}: {sentence}" for rule, sentence in missed.items())
    actions: list[PolicyAction] = ["keep", *(policy.action_of(rule) for rule in missed)]
    return _STATUS[max(actions, key=_STRICTNESS.__getitem__)], reasons
