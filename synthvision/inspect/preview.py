"""The contact sheet: a grid of frames with their labels, and what the data set holds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from synthvision.core.errors import UsageError
from synthvision.core.labels import InstanceLabel
from synthvision.dataset.atomic import atomic_file
from synthvision.dataset.reader import Dataset, DatasetFrame
from synthvision.inspect.drawing import draw_frame, load_font
from synthvision.inspect.flow_arrows import draw_flow
from synthvision.inspect.palette import IGNORED_COLOUR, Colour, class_colours
from synthvision.inspect.statistics import count_labels

__all__ = ["PreviewFrame", "choose_evenly", "contact_sheet", "draw_contact_sheet", "preview_dataset"]

_BACKGROUND: Colour = (20, 23, 28)
_TEXT: Colour = (236, 239, 244)
_MUTED: Colour = (150, 158, 170)
_FAINT: Colour = (52, 58, 68)
_MARGIN = 40
_GAP = 20
_CAPTION = 30
_CORNER = 10
_OVERSAMPLE = 4


@dataclass(frozen=True, slots=True, eq=False)
class PreviewFrame:
    """One frame to draw.

    Args:
        index: Frame index, for the caption.
        rgb_hwc: uint8 (height, width, 3).
        instances: All of its instances.
    """

    index: int
    rgb_hwc: NDArray[np.uint8]
    instances: tuple[InstanceLabel, ...]

    @classmethod
    def of(cls, frame: DatasetFrame) -> PreviewFrame:
        """Read a frame of a data set; where that has flow to the next step, it is drawn over the picture.

        Raises:
            DatasetError: Its picture is missing or broken.
        """
        picture = frame.rgb()
        if "flow_forward" in frame.record.files:
            picture = draw_flow(picture, frame.flow())
        return cls(frame.index, picture, frame.record.instances)


def choose_evenly(indices: Sequence[int], count: int) -> list[int]:
    """Return `count` of the indices at even distance, the first one among them; all if there are fewer.

    Example:
        >>> choose_evenly(range(100), 4)
        [0, 25, 50, 75]
    """
    if len(indices) <= count:
        return list(indices)
    return [indices[index * len(indices) // count] for index in range(count)]


def preview_dataset(dataset: Dataset, path: Path, *, count: int = 12, columns: int | None = None) -> None:
    """Draw the contact sheet of a data set.

    Args:
        dataset: What to draw.
        path: PNG file to write.
        count: Number of frames, chosen at even distance.
        columns: Frames per row; None for 4, or fewer where there are few frames.

    Raises:
        UsageError: The data set has no frame.
        DatasetError: A record or picture is broken, or the file cannot be written.
    """
    chosen = [PreviewFrame.of(dataset.frame(index)) for index in choose_evenly(dataset.indices, count)]
    statistics = count_labels(dataset.records(), dataset.manifest.class_names)
    draw_contact_sheet(
        chosen,
        path,
        title=dataset.manifest.name,
        classes=dataset.manifest.class_names,
        counts=statistics.labelled,
        ignored=statistics.ignored_by,
        frame_count=statistics.frames,
        footer=f"{dataset.manifest.generator}  ·  seed {dataset.manifest.seed}  ·  "
        f"config {dataset.manifest.config_hash[:12]}",
        columns=columns,
    )


def draw_contact_sheet(frames: Iterable[PreviewFrame], path: Path, **options: Any) -> None:
    """Write the contact sheet of some frames as PNG; `options` are those of `contact_sheet`.

    Raises:
        UsageError: There is no frame.
        DatasetError: The file cannot be written.
    """
    sheet = Image.fromarray(contact_sheet(list(frames), **options))
    with atomic_file(path) as stream:
        sheet.save(stream, "PNG", compress_level=6)


def contact_sheet(
    frames: Sequence[PreviewFrame],
    *,
    title: str,
    classes: Sequence[str],
    counts: Mapping[str, int] | None = None,
    ignored: Mapping[str, int] | None = None,
    frame_count: int | None = None,
    footer: str = "",
    columns: int | None = None,
    cell_width: int | None = None,
) -> NDArray[np.uint8]:
    """Return the contact sheet of some frames.

    Args:
        frames: What to draw, one or more.
        title: Name of the data set.
        classes: Class names in the job's order; they decide the colours.
        counts: Labelled instances by class of the whole data set; None counts those that are drawn.
        ignored: Ignored instances of the whole data set by what hid them; None counts those that are drawn.
        frame_count: Frames of the whole data set; None for those that are drawn.
        footer: A line of small text.
        columns: Frames per row; None for 4, or fewer where there are few frames.
        cell_width: Width of one frame, px; None for 480, or more where there are one or two.

    Returns:
        uint8 (height, width, 3).

    Raises:
        UsageError: There is no frame.
    """
    if not frames:
        raise UsageError("a contact sheet must have one frame or more, got none")
    drawn = count_labels((frame.instances for frame in frames), classes)
    counts = drawn.labelled if counts is None else counts
    ignored = drawn.ignored_by if ignored is None else ignored
    colours = class_colours(classes)
    columns = columns or min(len(frames), 4 if len(frames) > 9 or len(frames) == 4 else 3)
    rows = -(-len(frames) // columns)
    cell_width = cell_width or {1: 960, 2: 640}.get(columns, 480)
    cells = [draw_frame(frame.rgb_hwc, frame.instances, colours, width=cell_width) for frame in frames]
    cell_height = max(cell.shape[0] for cell in cells)
    # A sheet of a narrow frame still has room for its title and legend.
    width = max(2 * _MARGIN + columns * cell_width + (columns - 1) * _GAP, 900)
    legend = _Legend(colours, counts, ignored, width)
    grid_top = _MARGIN + 88 + legend.height + 14
    height = grid_top + rows * (cell_height + _CAPTION) + (rows - 1) * _GAP + 28 + _MARGIN
    sheet = Image.new("RGB", (width, height), _BACKGROUND)
    draw = ImageDraw.Draw(sheet)
    draw.text((_MARGIN, _MARGIN - 8), title, _TEXT, load_font(40))
    draw.text((_MARGIN + 1, _MARGIN + 46), _summary(len(frames), frame_count, counts), _MUTED, load_font(18))
    legend.draw(sheet, _MARGIN + 88)
    for index, (frame, cell) in enumerate(zip(frames, cells, strict=True)):
        left = _MARGIN + index % columns * (cell_width + _GAP)
        top = grid_top + index // columns * (cell_height + _CAPTION + _GAP)
        sheet.paste(Image.fromarray(cell), (left, top), _rounded_mask(cell.shape[1], cell.shape[0]))
        _caption(draw, frame, left, top + cell.shape[0], cell_width)
    _footer(draw, footer, width, height)
    return np.asarray(sheet)


def _summary(drawn: int, frame_count: int | None, counts: Mapping[str, int]) -> str:
    total = sum(counts.values())
    frames = frame_count or drawn
    words = [_number(frames, "frame"), _number(total, "object"), _number(len(counts), "class", "classes")]
    if frames > drawn:
        words.append(f"{drawn} shown")
    return "  ·  ".join(words)


def _number(count: int, one: str, many: str | None = None) -> str:
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def _caption(draw: ImageDraw.ImageDraw, frame: PreviewFrame, left: int, top: int, width: int) -> None:
    font = load_font(14)
    height_px, width_px = frame.rgb_hwc.shape[:2]
    labelled = sum(item.status == "labelled" for item in frame.instances)
    draw.text((left + 2, top + 7), f"frame {frame.index}", _TEXT, font)
    text = f"{width_px} x {height_px}  ·  {_number(labelled, 'object')}"
    draw.text((left + width - 2 - draw.textlength(text, font), top + 7), text, _MUTED, font)


def _footer(draw: ImageDraw.ImageDraw, footer: str, width: int, height: int) -> None:
    font = load_font(14)
    top = height - _MARGIN - 8
    draw.line((_MARGIN, top - 12, width - _MARGIN, top - 12), _FAINT, 1)
    draw.text((_MARGIN, top), "tint: mask   ·   frame: box   ·   hatched grey: ignored, and why", _MUTED, font)
    draw.text((width - _MARGIN - draw.textlength(footer, font), top), footer, _MUTED, font)


def _rounded_mask(width: int, height: int) -> Image.Image:
    big = Image.new("L", (width * _OVERSAMPLE, height * _OVERSAMPLE), 0)
    box = (0, 0, big.width - 1, big.height - 1)
    ImageDraw.Draw(big).rounded_rectangle(box, _CORNER * _OVERSAMPLE, fill=255)
    return big.resize((width, height), Image.Resampling.LANCZOS)


class _Legend:
    """Chips with colour, class name and count, in as many rows as they need."""

    _ROW = 38

    def __init__(
        self, colours: Mapping[str, Colour], counts: Mapping[str, int], ignored: Mapping[str, int], width: int
    ) -> None:
        font, bold = load_font(17), load_font(17)
        entries = [(colour, name, counts.get(name, 0)) for name, colour in colours.items()]
        entries += [(IGNORED_COLOUR, f"ignored: {cause}", count) for cause, count in sorted(ignored.items()) if count]
        self._chips = []
        left, row = _MARGIN, 0
        for colour, name, count in entries:
            number = f"{count:,}"
            name_w, number_w = font.getlength(name), bold.getlength(number)
            chip_w = 38 + name_w + 10 + number_w + 14
            if left > _MARGIN and left + chip_w > width - _MARGIN:
                left, row = _MARGIN, row + 1
            self._chips.append((left, row, chip_w, colour, name, name_w, number))
            left += int(chip_w) + 10
        self.height = (row + 1) * self._ROW if entries else 0

    def draw(self, sheet: Image.Image, top: int) -> None:
        # Shapes at four times the size on a strip of their own, then text on top.
        if not self._chips:
            return
        strip = Image.new("RGB", (sheet.width * _OVERSAMPLE, self.height * _OVERSAMPLE), _BACKGROUND)
        shapes = ImageDraw.Draw(strip)
        for left, row, chip_w, colour, *_ in self._chips:
            y = row * self._ROW
            chip = [value * _OVERSAMPLE for value in (left, y, left + chip_w, y + 30)]
            shapes.rounded_rectangle(chip, 15 * _OVERSAMPLE, fill=(33, 38, 46))
            dot = [value * _OVERSAMPLE for value in (left + 12, y + 8, left + 26, y + 22)]
            shapes.ellipse(dot, fill=colour)
        sheet.paste(strip.resize((sheet.width, self.height), Image.Resampling.LANCZOS), (0, top))
        draw = ImageDraw.Draw(sheet)
        for left, row, _, _, name, name_w, number in self._chips:
            y = top + row * self._ROW + 15
            draw.text((left + 36, y), name, _TEXT, load_font(17), anchor="lm")
            draw.text((left + 36 + name_w + 10, y), number, _MUTED, load_font(17), anchor="lm")
