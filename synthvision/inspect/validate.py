"""Every label of a data set checked against every other, against the scene, and on request against a new picture."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from synthvision.annotate.config import LabelPolicy
from synthvision.core.errors import DatasetError, SynthvisionError, UsageError
from synthvision.core.hashing import canonical_json
from synthvision.dataset.layout import DatasetLayout
from synthvision.dataset.manifest import Manifest, load_manifest
from synthvision.dataset.records import FrameRecord, frame_of_line, parse_record
from synthvision.inspect.checks.coco import COCO_CHECKS, COCO_FRAME_CHECKS, CocoFile, load_coco
from synthvision.inspect.checks.collection import COLLECTION_CHECKS
from synthvision.inspect.checks.factors import FACTOR_CHECKS
from synthvision.inspect.checks.files import FILE_CHECKS
from synthvision.inspect.checks.frame_view import FrameView, check_name
from synthvision.inspect.checks.geometry import GEOMETRY_CHECKS
from synthvision.inspect.checks.masks import MASK_CHECKS
from synthvision.inspect.checks.rerender import RERENDER_CHECKS, Rerender
from synthvision.inspect.checks.sequences import SEQUENCE_CHECKS, SequenceChecks
from synthvision.inspect.checks.weather import WEATHER_CHECKS
from synthvision.inspect.preview import choose_evenly

__all__ = ["CHECKS", "Finding", "validate_dataset"]

_FUNCTIONS: tuple[Callable[..., Iterator[str]], ...] = (
    *COLLECTION_CHECKS,
    *FILE_CHECKS,
    *MASK_CHECKS,
    *GEOMETRY_CHECKS,
    *WEATHER_CHECKS,
    *FACTOR_CHECKS,
    *COCO_CHECKS,
    *COCO_FRAME_CHECKS,
    *RERENDER_CHECKS,
)

#: Name and meaning of every check.
CHECKS: dict[str, str] = {
    "manifest": "The manifest is readable and of this version's form.",
    "record_line": "Every line of the records is the whole record of a frame.",
    "record_twice": "No frame has two records.",
    "picture_twice": "Two frames with different scenes have different pictures.",
    "asset_listed": "Every asset of a scene stands in the manifest.",
    **{check_name(check): (check.__doc__ or "").split("\n")[0] for check in _FUNCTIONS},
    **SEQUENCE_CHECKS,
    "rerender": "Every chosen frame can be drawn again.",
}


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong.

    Args:
        check: Name of the check, a key of `CHECKS`.
        frame: Frame index, or None for the data set as a whole.
        message: What must hold and what came.
    """

    check: str
    frame: int | None
    message: str

    def __str__(self) -> str:
        where = "" if self.frame is None else f" frame {self.frame}:"
        return f"{self.check}:{where} {self.message}"


def validate_dataset(
    folder: str | Path,
    *,
    rerender: Rerender | None = None,
    rerender_frames: int = 0,
    progress: Callable[[int], None] | None = None,
) -> list[Finding]:
    """Return everything that is wrong with a data set, checks of the whole first and then frame by frame.

    Args:
        folder: The data set.
        rerender: Draws a frame again from its record; needed where `rerender_frames` is not 0.
        rerender_frames: How many frames, chosen at even distance, are drawn again and compared.
        progress: Called with the number of frames that are done.

    Returns:
        Findings; empty for a data set without fault.

    Raises:
        DatasetError: There is no such folder, or it is no data set at all.
        UsageError: `rerender_frames` is given without `rerender`.
    """
    if rerender_frames and rerender is None:
        raise UsageError("rerender_frames must come with a function that draws frames")
    layout = DatasetLayout(Path(folder))
    if not layout.root.is_dir():
        raise DatasetError(f"a data set must be a folder, but there is none at {layout.root}")
    if not layout.manifest.exists() and not layout.records.exists():
        raise DatasetError(f"{layout.root} must be a data set, but has neither a manifest nor records")
    try:
        manifest = load_manifest(layout)
    except DatasetError as error:
        return [Finding("manifest", None, str(error))]
    return _Validation(layout, manifest, progress).run(rerender, rerender_frames)


class _Validation:
    """The findings of one data set as they grow, and what must be remembered from frame to frame."""

    def __init__(self, layout: DatasetLayout, manifest: Manifest, progress: Callable[[int], None] | None) -> None:
        self._layout = layout
        self._manifest = manifest
        self._progress = progress
        try:
            self._policy = LabelPolicy.model_validate(manifest.config.get("labels", {}))
        except ValueError:
            self._policy = LabelPolicy()  # `policy_config` says so
        self._sequences = SequenceChecks(manifest)
        self._assets = {(entry.pack, entry.name) for entry in manifest.assets}
        self._unlisted: set[tuple[str, str]] = set()
        # One hash of the picture and one of the scene for each frame: 200 bytes, not an image.
        self._pictures: dict[str, tuple[int, str]] = {}
        self._frames: set[int] = set()
        self._of_whole: list[Finding] = []
        self._of_frames: list[Finding] = []

    def run(self, rerender: Rerender | None, rerender_frames: int) -> list[Finding]:
        coco = load_coco(self._layout)
        again = set(choose_evenly(sorted(self._indices()), rerender_frames))
        for record in self._records():
            view = FrameView(self._layout, self._manifest, self._policy, record)
            self._check_frame(view, coco)
            if rerender is not None and record.frame in again:
                self._check_again(view, rerender)
            if self._progress:
                self._progress(len(self._frames))
        for check in COLLECTION_CHECKS:
            self._add_whole(check_name(check), check(self._manifest, self._layout, self._frames))
        for file_check in COCO_CHECKS:
            self._add_whole(check_name(file_check), file_check(coco, self._manifest, self._layout))
        extra = sorted(coco.images.keys() - {frame + 1 for frame in self._frames})
        if extra:
            self._add_whole("coco_image", [f"images must be those of the records, got others: {extra[:8]}"])
        return self._of_whole + self._of_frames

    def _check_frame(self, view: FrameView, coco: CocoFile) -> None:
        frame = view.record.frame
        for check in (*FILE_CHECKS, *MASK_CHECKS, *GEOMETRY_CHECKS, *WEATHER_CHECKS, *FACTOR_CHECKS):
            self._of_frames += [Finding(check_name(check), frame, message) for message in check(view)]
        for coco_check in COCO_FRAME_CHECKS:
            self._of_frames += [Finding(check_name(coco_check), frame, message) for message in coco_check(coco, view)]
        found = self._sequences.check(view, coco)
        self._of_frames += [Finding(name, frame, message) for name, message in found]
        self._compare_pictures(view)
        for asset in _assets_of(view.record.scene):
            if asset not in self._assets and asset not in self._unlisted:
                self._unlisted.add(asset)
                message = f"{asset[0]}/{asset[1]} is used, but stands not in the manifest, and so has no licence there"
                self._of_frames.append(Finding("asset_listed", frame, message))

    def _compare_pictures(self, view: FrameView) -> None:
        data = view.files["image"].data if "image" in view.files else None
        if data is None:
            return
        picture = hashlib.sha256(data).hexdigest()
        facts = ("origin", "rejections", "time_s")
        scene = {key: value for key, value in view.record.scene.items() if key not in facts}
        text = hashlib.sha256(canonical_json(scene).encode()).hexdigest()
        other = self._pictures.setdefault(picture, (view.record.frame, text))
        if other[1] != text:
            message = f"the picture is that of frame {other[0]}, whose scene is another"
            self._of_frames.append(Finding("picture_twice", view.record.frame, message))

    def _check_again(self, view: FrameView, rerender: Rerender) -> None:
        frame = view.record.frame
        try:
            again = rerender(view.record)
        except SynthvisionError as error:
            self._of_frames.append(Finding("rerender", frame, str(error)))
            return
        for check in RERENDER_CHECKS:
            self._of_frames += [Finding(check_name(check), frame, message) for message in check(view, again)]

    def _records(self) -> Iterator[FrameRecord]:
        """Yield every whole record once; what is broken becomes a finding."""
        for where, line in _record_lines(self._layout):
            try:
                record = parse_record(line)
            except DatasetError as error:
                self._of_whole.append(Finding("record_line", None, f"{where}: {error}"))
                continue
            if record.frame in self._frames:
                self._of_whole.append(Finding("record_twice", None, f"{where}: frame {record.frame} came before"))
                continue
            self._frames.add(record.frame)
            yield record

    def _indices(self) -> set[int]:
        found = {frame_of_line(line) for _, line in _record_lines(self._layout)}
        return {frame for frame in found if frame is not None}

    def _add_whole(self, check: str, messages: Iterator[str] | list[str]) -> None:
        self._of_whole += [Finding(check, None, message) for message in messages]


def _record_lines(layout: DatasetLayout) -> Iterator[tuple[str, bytes]]:
    """Yield place and bytes of every line of every shard and part, also broken ones."""
    for number in layout.shard_numbers():
        path = layout.shard(number)
        with path.open("rb") as stream:
            for index, line in enumerate(stream, start=1):
                yield f"{path.relative_to(layout.root)}:{index}", line
    for frame in layout.part_frames():
        path = layout.part(frame)
        yield f"{path.relative_to(layout.root)}", path.read_bytes()


def _assets_of(value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        if value.keys() == {"pack", "name", "params"}:
            yield value["pack"], value["name"]
            return
        for item in value.values():
            yield from _assets_of(item)
    elif isinstance(value, list):
        for item in value:
            yield from _assets_of(item)
