"""Fits a scene to a real annotation file: reads, learns, solves for the scene's values, writes, compares."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from synthvision.authoring.fit.annotations import RealImage, RealSet, read_coco
from synthvision.authoring.fit.calibration import Settings, calibrate
from synthvision.authoring.fit.corners import oversample
from synthvision.authoring.fit.features import PictureTable, box_table, co_occurrence, picture_table
from synthvision.authoring.fit.groups import match_groups
from synthvision.authoring.fit.joint import Joint, fit_joint
from synthvision.authoring.fit.report import Facts, write_report
from synthvision.authoring.fit.simulation import Simulation
from synthvision.authoring.fit.two_samples import Comparison, compare
from synthvision.authoring.fit.writing import (
    column_name,
    group_weights,
    scene_changes,
    scene_text,
    table_data,
    without_constants,
)
from synthvision.config.job import check_scene
from synthvision.core.errors import UsageError
from synthvision.core.streams import rng_for
from synthvision.core.yaml_file import YamlDocument, parse_yaml
from synthvision.dataset.atomic import write_text
from synthvision.library.assets import AssetLibrary
from synthvision.sampling.config import SceneSpec
from synthvision.sampling.shapes import ShapeCache

__all__ = ["FitOptions", "FitResult", "fit_annotations"]

Float = NDArray[np.float64]

_CONTINUOUS = ("size", "x", "y")
#: Fewer of the placed objects in the picture than this is told.
_LEAST_SHOWN = 0.85


@dataclass(frozen=True, slots=True, kw_only=True)
class FitOptions:
    """How a fit is made.

    Args:
        classes: Object group by class, where names do not tell.
        packs: Asset packs that the scene needs besides the built-in one.
        rows: Rows of the table that is written.
        scenes: Scenes that are tried in each round, and compared.
        kind: Kind of joint distribution; None lets held-out rows choose.
        rare_share: How often rare pictures shall come, None as often as in reality.
        looseness: By how much the real boxes are wider and higher than tight ones, 0.1 for a tenth.
        seed: Of everything that is drawn.
    """

    classes: Mapping[str, str] = field(default_factory=dict)
    packs: Sequence[str] = ()
    rows: int = 240
    scenes: int = 120
    kind: str | None = None
    rare_share: float | None = None
    looseness: float = 0.0
    seed: int = 0


@dataclass(frozen=True, slots=True)
class FitResult:
    """What came of a fit.

    Args:
        out: The file that was written.
        real: What was read.
        joint: What was learned of pictures.
        before: The scene as it was against the real pictures; None without a scene.
        after: The fitted scene against them.
        notes: What could not be learned or set, one sentence each.
        files: Everything that was written.
    """

    out: Path
    real: RealSet
    joint: Joint
    before: Comparison | None
    after: Comparison | None
    notes: tuple[str, ...]
    files: tuple[Path, ...]


def fit_annotations(
    annotations: Path,
    out: Path,
    *,
    scene: str | None = None,
    report: Path | None = None,
    options: FitOptions | None = None,
) -> FitResult:
    """Write distributions that follow a real annotation file.

    With a scene, the file builds on it and can be rendered; without, it holds tables to take into a scene.

    Args:
        annotations: COCO annotation file.
        out: The scene file to write; an older one is replaced when the new one is whole and checked.
        scene: Name of a built-in scene, or a scene file in the folder of `out`.
        report: Folder for pictures and figures; None for none.
        options: How the fit is made.

    Raises:
        DatasetError: The annotations cannot be used.
        ConfigError: The scene is wrong.
        UsageError: The scene cannot be fitted to these classes.
    """
    chosen = options or FitOptions()
    real = _tightened(read_coco(annotations), chosen.looseness)
    if not real.boxes:
        raise UsageError(f"{annotations}: must hold boxes to learn from, got none; " + "; ".join(real.problems))
    fit = _Fit(annotations, out, scene, real, chosen)
    return fit.result(report)


class _Fit:
    """One fit on its way."""

    def __init__(self, source: Path, out: Path, scene: str | None, real: RealSet, options: FitOptions) -> None:
        self._source = source
        self._out = out
        self._scene = scene
        self._real = real
        self._options = options
        self._notes: list[str] = []
        self._rng = rng_for(options.seed, 0, "fit")
        self._library = AssetLibrary.open(tuple(options.packs)) if scene else None
        self._shapes = ShapeCache(self._library) if self._library else None

    def result(self, report: Path | None) -> FitResult:
        spec = None if self._scene is None else self._checked({"extends": self._scene})
        group_of = (
            {name: column_name(name) for name in self._real.classes}
            if spec is None
            else match_groups(self._real.classes, spec, self._options.classes, self._notes)
        )
        groups = tuple(dict.fromkeys(group_of.values()))
        pictures = picture_table(self._real.images, group_of)
        joint, wanted = self._learned(pictures, groups)
        weights, importance = None, None
        if self._options.rare_share is not None:
            wanted, weights, importance = self._with_corners(wanted, groups, self._options.rare_share)
        before = after = None
        facts: dict[str, Any] = {}
        if spec is None:
            table = table_data({**wanted, "size": np.exp(wanted["size"])}, groups, weights, importance)
            data: dict[str, Any] = {"tables": {"pictures": table, "boxes": self._box_rows(group_of)}}
        else:
            data = self._fitted(spec, group_of, groups, pictures, wanted, (weights, importance))
            before_images = self._simulated(spec, groups, None)
            after_spec = self._checked({"extends": self._scene, **data})
            after_images = self._simulated(after_spec, groups, after_spec)
            before, after = (self._compared(images, group_of, groups) for images in (before_images, after_images))
            facts = {"before": before_images, "after": after_images}
            data = {"extends": self._scene, **data}
        head, listing = self._head(groups, joint)
        description = (
            f"{self._scene} with counts, sizes and places as in {self._source.name}"
            if self._scene
            else (f"Counts, sizes and places as in {self._source.name}")
        )
        data = {**{key: data[key] for key in ("extends",) if key in data}, "description": description, **data}
        write_text(self._out, scene_text(head, data))
        files = [self._out]
        if report is not None:
            known = Facts(
                self._real, group_of, joint, facts.get("before", ()), facts.get("after", ()), before, after,
                co_occurrence(self._real.images, self._real.classes), listing,
            )  # fmt: skip
            files += write_report(report, known)
        return FitResult(self._out, self._real, joint, before, after, tuple(self._notes), tuple(files))

    def _learned(self, pictures: PictureTable, groups: Sequence[str]) -> tuple[Joint, dict[str, Float]]:
        """Return the joint distribution of pictures with boxes, and rows drawn from it and from those without."""
        shown = np.isfinite(pictures.size)
        columns = {group: pictures.counts[group][shown].astype(np.float64) for group in groups}
        columns |= {name: getattr(pictures, name)[shown] for name in _CONTINUOUS}
        joint = fit_joint(columns, self._rng, whole=groups, kind=self._options.kind)
        wanted = joint.sample(self._rng, self._options.rows)
        empty = np.all([wanted[group] == 0 for group in groups], axis=0)
        for group in groups[:1]:
            wanted[group][empty] = 1  # a picture with boxes has one
        bare = round(self._options.rows * float(1 - shown.mean()))
        for group in groups:
            wanted[group][:bare] = 0
        if bare:
            self._notes.append(
                f"{int((~shown).sum())} real pictures have no boxes, and so have {bare} rows of the table"
            )
        return joint, wanted

    def _with_corners(
        self, wanted: dict[str, Float], groups: Sequence[str], share: float
    ) -> tuple[dict[str, Float], Float, Float]:
        rows = np.stack(list(wanted.values()), axis=1)
        more = oversample(rows, share, self._rng)
        columns = {name: more.rows[:, index] for index, name in enumerate(wanted)}
        for group in groups:
            columns[group] = np.round(columns[group])
        return columns, more.weights, more.importance

    def _fitted(
        self,
        spec: SceneSpec,
        group_of: Mapping[str, str],
        groups: Sequence[str],
        pictures: PictureTable,
        wanted: Mapping[str, Float],
        weights: tuple[Float | None, Float | None],
    ) -> dict[str, Any]:
        boxes = box_table(self._real.images, group_of)
        spread = float((np.log(boxes.size) - pictures.size[boxes.picture]).std())

        def simulate(settings: Settings | None) -> Simulation:
            if settings is None:
                return self._simulation(spec, groups)
            return self._simulation(self._checked({"extends": self._scene, **changes(settings)}), groups)

        def changes(settings: Settings) -> dict[str, Any]:
            table = table_data(
                {column_name(name): column for name, column in settings.columns.items()},
                [column_name(group) for group in groups],
                *weights,
            )
            return scene_changes(spec, settings, groups, table)

        settings = calibrate(spec, wanted, groups, (pictures, spread), simulate, scenes=self._options.scenes)
        data = without_constants(changes(settings))
        for group in groups:
            pick = group_weights(spec, group, self._shares(group_of, group))
            if pick is not None:
                data["objects"][group]["pick"] = {"any_of": pick}
            elif sum(each == group for each in group_of.values()) > 1:
                self._notes.append(
                    f"objects.{group} stands for several classes, whose shares are left as the scene has them"
                )
        return data

    def _shares(self, group_of: Mapping[str, str], group: str) -> dict[str, float]:
        names = [box.name for image in self._real.images for box in image.boxes if group_of.get(box.name) == group]
        return {name: names.count(name) / max(1, len(names)) for name, own in group_of.items() if own == group}

    def _box_rows(self, group_of: Mapping[str, str]) -> dict[str, Any]:
        boxes = box_table(self._real.images, group_of)
        logs = {"size": np.log(boxes.size), "aspect": np.log(boxes.aspect), "x": boxes.x, "y": boxes.y}
        kept = self._rng.permutation(len(boxes.size))[:2000]
        learned = fit_joint({name: column[kept] for name, column in logs.items()}, self._rng, kind=self._options.kind)
        drawn = learned.sample(self._rng, self._options.rows)
        drawn = {name: np.exp(column) if name in ("size", "aspect") else column for name, column in drawn.items()}
        return {"per": "object", **table_data(drawn, ())}

    def _checked(self, data: Mapping[str, Any]) -> SceneSpec:
        document = parse_yaml(scene_text((), data), str(self._out))
        return check_scene(YamlDocument(document.data, document.lines, str(self._out)), self._out.parent)

    def _simulation(self, spec: SceneSpec, groups: Sequence[str]) -> Simulation:
        assert self._library is not None
        return Simulation(spec, self._library, groups, self._real.size_wh, self._options.seed, self._shapes)

    def _simulated(self, spec: SceneSpec, groups: Sequence[str], fitted: SceneSpec | None) -> list[RealImage]:
        simulation = self._simulation(spec, groups)
        made = (simulation.picture(index) for index in range(self._options.scenes))
        pictures = [each[0] for each in made if each is not None]
        if fitted is not None and simulation.failed > 0.05 * self._options.scenes:
            self._notes.append(
                f"in {simulation.failed} of {self._options.scenes} fitted scenes objects found no place: crowded "
                "pictures are missing; a larger region or surface helps"
            )
        if fitted is not None:
            self._note_unseen(fitted, pictures, groups)
        return pictures

    def _note_unseen(self, spec: SceneSpec, pictures: Sequence[RealImage], groups: Sequence[str]) -> None:
        """Note where many of the objects that are placed do not come into the picture."""
        table = spec.tables.get("pictures")
        for group in groups if table is not None else ():
            cells = table.columns.get(column_name(group)) if table is not None else None
            if cells is None or not pictures:
                continue
            placed = float(np.average(np.array(cells, np.float64), weights=table.weights if table else None))
            shown = sum(box.name == group for image in pictures for box in image.boxes) / len(pictures)
            if shown < _LEAST_SHOWN * placed:
                self._notes.append(
                    f"of {placed:.2g} {group} a scene, {shown:.2g} come into the picture: counts fall short of the "
                    "photos'; a smaller region, or a camera that looks at the middle of all, helps"
                )

    def _compared(
        self, images: Sequence[RealImage], group_of: Mapping[str, str], groups: Sequence[str]
    ) -> Comparison | None:
        mine = box_table(self._real.images, group_of)
        other = box_table(images, {group: group for group in groups})
        if not len(mine.size) or not len(other.size):
            return None
        per_picture = (np.bincount(mine.picture)[mine.picture], np.bincount(other.picture)[other.picture])
        first = {**mine.columns(), "boxes in the picture": per_picture[0].astype(np.float64)}
        second = {**other.columns(), "boxes in the picture": per_picture[1].astype(np.float64)}
        rng = rng_for(self._options.seed, 0, "fit.compare")
        return compare(first, second, (mine.picture, other.picture), rng)

    def _head(self, groups: Sequence[str], joint: Joint) -> tuple[list[str], list[str]]:
        real = self._real
        listing = [f"{score.kind}: {score.mean:.3f} +- {score.error:.3f} per picture" for score in joint.scores] or [
            "too few pictures to hold any out: the pictures themselves, with a jitter"
        ]
        return [
            f"Written by `synthvision scenario fit` from {self._source.name}: {len(real.images)} pictures, "
            f"{real.boxes} boxes.",
            f"Learned of pictures: {joint.density if joint.density is not None else 'nothing varies'}.",
            "Mean log-likelihood of held-out pictures: " + "; ".join(listing) + ".",
            f"Fitted for pictures of {real.size_wh[0]} x {real.size_wh[1]} pixels (image: in the job).",
        ], listing


def _tightened(real: RealSet, looseness: float) -> RealSet:
    """Return the set with boxes as tight ones would be."""
    if not looseness:
        return real
    if not 0 <= looseness < 1:
        raise UsageError(f"looseness must be 0 or more and below 1, got {looseness:g}")
    images = []
    for image in real.images:
        boxes = tuple(
            type(box)(box.name, box.centre_xy, (box.size_wh[0] / (1 + looseness), box.size_wh[1] / (1 + looseness)))
            for box in image.boxes
        )
        images.append(RealImage(image.name, image.size_wh, boxes))
    return RealSet(tuple(images), real.classes, real.problems)
