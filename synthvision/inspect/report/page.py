"""The report: one HTML file with what a data set is and holds, the same bytes for the same data set."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Sequence
from html import escape
from pathlib import Path

import numpy as np

from synthvision.core.errors import DatasetError, UsageError
from synthvision.core.pages.charts import (
    bar_chart,
    histogram,
    level_heat_map,
    matrix_heat_map,
    picture_heat_map,
)
from synthvision.core.pages.document import page_html
from synthvision.core.pages.pictures import picture_html
from synthvision.dataset.atomic import write_text
from synthvision.dataset.reader import Dataset, open_dataset
from synthvision.inspect.browse.cache import cache_root, dataset_cache
from synthvision.inspect.browse.facets import CountFacet, Facet, LevelFacet, NumberFacet, build_facets
from synthvision.inspect.browse.filters import Selection, select
from synthvision.inspect.browse.index import FrameIndex, IndexBuilder
from synthvision.inspect.browse.overlays import hex_colour
from synthvision.inspect.palette import class_colours
from synthvision.inspect.preview import PreviewFrame, choose_evenly, contact_sheet
from synthvision.inspect.report.examples import EXAMPLE_WIDTH_PX, draw_example
from synthvision.inspect.report.numbers import (
    Extreme,
    box_cover,
    class_rows,
    count_causes,
    count_pairs,
    count_refusals,
    count_together,
    find_extremes,
)
from synthvision.inspect.validate import validate_dataset

__all__ = ["write_report"]

_SHEET_FRAMES = 12
_EXAMPLES = 6
_LISTED = 200
_HEAT_LEVELS = 64
_MATRIX_CLASSES = 40
_CELLS_WH = (32, 24)


def write_report(
    folder: str | Path,
    out: str | Path | None = None,
    *,
    validate: bool = False,
    progress: Callable[[int], None] | None = None,
    processes: int = 1,
    before: Sequence[tuple[str, str, str]] = (),
) -> Path:
    """Write the overview of a data set as one HTML file and return its path.

    The file holds no time, host or absolute path: one data set gives one file, byte for byte.

    Args:
        folder: The data set.
        out: File to write; None for ``report.html`` in the data set.
        validate: Also check every label and list what is wrong.
        progress: Called with the number of frames that are read, as they come.
        processes: Most processes that read records at a time; see `Browser`.
        before: Sections to begin with, as `page_html` takes them: what others measured of the data set.

    Raises:
        DatasetError: The folder is no data set, a record file cannot be read, or the file cannot be written.
        UsageError: The data set has no frame.
    """
    dataset = open_dataset(folder)
    index = IndexBuilder(dataset.layout, dataset.manifest.class_names, _cache(dataset), processes=processes).load(
        progress
    )
    if not len(index):
        failed = len(dataset.failures)
        why = f"; {failed} frames failed, see failures.jsonl" if failed else "; render it first"
        raise UsageError(f"a report needs one frame or more, but {folder} has none{why}")
    path = Path(out) if out is not None else dataset.root / "report.html"
    write_text(path, _Report(dataset, index).page(validate=validate, before=before))
    return path


def _cache(dataset: Dataset) -> Path | None:
    root = cache_root()
    try:
        return root and dataset_cache(root, dataset.root)
    except OSError:
        return None


class _Report:
    """The parts of the page, each a text of HTML."""

    def __init__(self, dataset: Dataset, index: FrameIndex) -> None:
        self._dataset, self._index, self._manifest = dataset, index, dataset.manifest
        self._classes = dataset.manifest.class_names
        self._colours = class_colours(self._classes)
        self._facets = build_facets(index, dataset.manifest.config)
        self._counts = select(index, self._facets, Selection()).histograms
        self._unreadable: list[str] = []
        broken = index.columns.frames["broken"].astype(bool)
        self._unreadable += [f"frame {frame}: its record is broken" for frame in index.frames[broken].tolist()]

    def page(self, *, validate: bool, before: Sequence[tuple[str, str, str]]) -> str:
        sections = [
            *before,
            ("sheet", "Pictures", self._sheet()),
            ("classes", "Classes", self._class_table()),
            ("objects", "Objects", self._histograms("objects") + self._histograms("factors", "objects")),
            ("pictures", "Pictures by weather and content", self._frame_histograms()),
            ("coverage", "Levels that come together", self._coverage()),
            ("together", "Classes in one picture", self._together()),
            ("places", "Where boxes lie", self._places()),
            ("extremes", "The hardest objects", self._extremes()),
            ("ignored", "Ignored objects, and why", self._ignored()),
            ("refusals", "Refused while sampling", self._refusals()),
            ("failures", "Failures", self._failures()),
        ]
        if validate:
            sections.append(("findings", "Check of every label", self._findings()))
        return page_html(f"{self._manifest.name}: data set report", self._manifest.name, self._about(), sections)

    def _about(self) -> str:
        manifest = self._manifest
        scene = manifest.config.get("scene")
        description = str(scene.get("description", "")) if isinstance(scene, dict) else ""
        labelled = sum(self._counts["class"]) if "class" in self._counts else 0
        frames = f"{len(self._index):,} pictures · {labelled:,} labelled objects · {len(self._classes)} classes"
        missing = manifest.frame_count - len(self._index)
        facts = [
            ("made by", manifest.generator),
            ("seed", str(manifest.seed)),
            ("config", manifest.config_hash),
            ("images", ", ".join(sorted(manifest.layers))),
            ("licences", ", ".join(manifest.licences) or "none stated"),
            ("drawn by", manifest.fingerprint.get("renderer.driver", "")),
        ]
        if missing:
            facts.insert(0, ("not there", f"{missing:,} of {manifest.frame_count:,} frames"))
        if manifest.augmentation is not None:
            source = manifest.augmentation
            facts.append(("augmented from", f"{source.source}, seed {source.seed}, {source.variants} variants"))
        listed = "".join(f"<dt>{key}</dt><dd>{escape(value)}</dd>" for key, value in facts if value)
        notes = "".join(f'<p class="warn">{escape(text)}</p>' for text in manifest.warnings)
        again = "" if manifest.augmentation is not None else self._again()
        return f'<p class="muted">{escape(description)}</p><p>{frames}</p>{notes}<dl>{listed}</dl>{again}'

    def _again(self) -> str:
        manifest = self._manifest
        job = shlex.quote(manifest.name)
        command = f"synthvision render {job} --seed {manifest.seed} --frames {manifest.frame_count}"
        return (
            f"<h2>Make it again</h2><pre>{escape(command)}</pre><p class='note'>where {escape(manifest.name)} is the "
            f"job whose resolved config has the hash {manifest.config_hash[:12]}; manifest.json holds that config "
            f"whole. One frame: <code>synthvision replay DATASET --frame K</code></p>"
        )

    def _sheet(self) -> str:
        frames = []
        readable = [int(frame) for frame in self._index.frames[self._index.columns.frames["broken"] == 0].tolist()]
        for number in choose_evenly(readable, _SHEET_FRAMES):
            try:
                frames.append(PreviewFrame.of(self._dataset.frame(number)))
            except DatasetError as error:
                self._unreadable.append(self._told(error))
        if not frames:
            return ""
        sheet = contact_sheet(
            frames,
            title=self._manifest.name,
            classes=self._classes,
            counts=dict(zip(self._classes, self._counts["class"], strict=False)) if "class" in self._counts else {},
            ignored={cause: sum(by.values()) for cause, by in count_causes(self._index, self._classes).items()},
            frame_count=len(self._index),
            cell_width=400,
        )
        return picture_html(sheet, "contact sheet with masks, boxes and names", quality=86)

    def _class_table(self) -> str:
        rows = class_rows(self._index, self._classes)
        head = (
            "<tr><th>class</th><th>pictures</th><th>labelled</th><th>ignored</th><th>dropped</th><th>hidden</th>"
            "<th>small</th><th>medium</th><th>large</th><th>median mask, px</th><th>mean visible</th></tr>"
        )
        lines = []
        for row in rows:
            visible = "" if row.mean_visible is None else f"{row.mean_visible:.0%}"
            numbers = (row.frames, *row.statuses, *row.sizes, row.median_area_px)
            cells = "".join(f"<td>{number:,}</td>" for number in numbers)
            dot = f'<span class="dot" style="background:{hex_colour(self._colours[row.name])}"></span>'
            lines.append(f'<tr><th scope="row">{dot}{escape(row.name)}</th>{cells}<td>{visible}</td></tr>')
        sums = [sum(values) for values in zip(*((*row.statuses, *row.sizes) for row in rows), strict=True)] or [0] * 7
        foot = f"<tr><th>all</th><td></td>{''.join(f'<td>{number:,}</td>' for number in sums)}<td></td><td></td></tr>"
        absent = [row.name for row in rows if not row.statuses[0]]
        note = f'<p class="warn">no labelled object of: {escape(", ".join(absent))}</p>' if absent else ""
        return (
            f'<div class="wide"><table><thead>{head}</thead><tbody>{"".join(lines)}</tbody><tfoot>{foot}</tfoot>'
            f'</table></div>{note}<p class="note">small: mask under 32² px, medium: under 96² px, as in COCO</p>'
        )

    def _histograms(self, group: str, of: str | None = None) -> str:
        charts = [
            self._chart(facet)
            for facet in self._facets.values()
            if facet.group == group and (of is None or facet.of == of) and facet.key not in ("class", "status", "cause")
        ]
        return f'<div class="charts">{"".join(charts)}</div>' if any(charts) else ""

    def _frame_histograms(self) -> str:
        return "".join(self._histograms(group, "frames") for group in ("pictures", "weather", "factors"))

    def _chart(self, facet: Facet) -> str:
        counts = self._counts.get(facet.key)
        if counts is None:
            return ""
        if isinstance(facet, LevelFacet):
            chart = bar_chart(dict(zip(facet.levels, counts, strict=True)))
        elif isinstance(facet, NumberFacet):
            chart = histogram(counts, facet.edges, whole=facet.whole)
        elif isinstance(facet, CountFacet):
            chart = histogram(counts, facet.edges, whole=True)
        else:
            return ""
        return f"<div><h3>{escape(facet.title)}</h3>{chart}</div>"

    def _coverage(self) -> str:
        factors = [
            facet
            for facet in self._facets.values()
            if isinstance(facet, LevelFacet) and facet.of == "frames" and facet.group == "factors" and facet.levels
        ]
        weather = [
            self._facets[key] for key in ("weather.kind", "weather.light", "weather.ground") if key in self._facets
        ]
        chosen: list[LevelFacet] = []
        for facet in (*factors, *(() if factors else weather)):
            room = _HEAT_LEVELS - sum(len(one.levels) for one in chosen)
            if isinstance(facet, LevelFacet) and 1 < len(facet.levels) <= room:
                chosen.append(facet)
        if len(chosen) < 2:
            return ""
        keys = [facet.key for facet in chosen]
        chart = level_heat_map(
            {facet.key: facet.levels for facet in chosen},
            {facet.key: facet.title for facet in chosen},
            count_pairs(self._facets, keys),
        )
        left = len(factors or weather) - len(chosen)
        more = f" {left} quantities with one level or too many are left out." if left else ""
        return (
            f'<div class="wide">{chart}</div><p class="note">Pictures in which two levels come together; framed: never '
            f"came. `synthvision scenario coverage` also tells what is ruled out.{more}</p>"
        ).replace("`synthvision scenario coverage`", "<code>synthvision scenario coverage</code>")

    def _together(self) -> str:
        counts = count_together(self._index, self._classes)
        present = [place for place in range(len(self._classes)) if counts[place, place]]
        if not 2 <= len(present) <= _MATRIX_CLASSES:
            return ""
        chart = matrix_heat_map([self._classes[place] for place in present], counts[np.ix_(present, present)])
        return (
            f'<div class="wide">{chart}</div><p class="note">Pictures with a labelled object of both classes; on the '
            f"diagonal those with one of the class; framed: never together.</p>"
        )

    def _places(self) -> str:
        frames = self._index.columns.frames
        known = frames["width"] > 0
        if not known.any():
            return ""
        aspect = float(frames["width"][known][0]) / float(max(frames["height"][known][0], 1))
        return picture_heat_map(box_cover(self._index, _CELLS_WH), aspect)

    def _extremes(self) -> str:
        groups = (
            ("Smallest", "area", False, "{:,.0f} px"),
            ("Most hidden", "visible", False, "{:.0%} visible"),
            ("Most truncated", "truncation", True, "{:.0%} outside"),
        )
        parts = []
        for title, column, largest, words in groups:
            found = find_extremes(self._index, column, _EXAMPLES, largest=largest)
            # What is whole is no example of something hidden or truncated.
            found = [one for one in found if column == "area" or (one.value > 0 if largest else one.value < 1)]
            figures = "".join(self._figure(one, words.format(one.value)) for one in found)
            if figures:
                parts.append(f'<h3>{title}</h3><div class="examples">{figures}</div>')
        return "".join(parts)

    def _figure(self, extreme: Extreme, words: str) -> str:
        try:
            frame = self._dataset.frame(extreme.frame)
            picture = draw_example(frame, extreme.instance_id, self._colours)
        except DatasetError as error:
            self._unreadable.append(self._told(error))
            return ""
        label = next(item for item in frame.record.instances if item.instance_id == extreme.instance_id)
        image = picture_html(picture, f"{label.category} in frame {extreme.frame}", width=EXAMPLE_WIDTH_PX)
        return (
            f"<figure>{image}<figcaption>{escape(label.category or '')}, {words}<br><span>frame {extreme.frame}, "
            f"{escape(label.name)}</span></figcaption></figure>"
        )

    def _ignored(self) -> str:
        causes = count_causes(self._index, self._classes)
        if not causes:
            return ""
        present = [name for name in self._classes if any(name in by for by in causes.values())]
        head = "".join(f"<th>{escape(cause)}</th>" for cause in causes)
        rows = "".join(
            f'<tr><th scope="row">{escape(name)}</th>'
            + "".join(f"<td>{by[name]:,}</td>" if name in by else "<td></td>" for by in causes.values())
            + "</tr>"
            for name in present
        )
        sums = "".join(f"<td>{sum(by.values()):,}</td>" for by in causes.values())
        return (
            f'<div class="wide"><table><thead><tr><th>class</th>{head}</tr></thead><tbody>{rows}</tbody>'
            f"<tfoot><tr><th>all</th>{sums}</tr></tfoot></table></div>"
        )

    def _refusals(self) -> str:
        counts = count_refusals(self._index)
        if not counts:
            return ""
        rows = "".join(
            f'<tr><th scope="row">{escape(reason)}</th><td>{count:,}</td></tr>'
            for reason, count in list(counts.items())[:_LISTED]
        )
        scenes = len(set(self._index.columns.frames["scene"].tolist()))
        again = int((self._index.columns.frames["attempt"] > 0).sum())
        return (
            f'<div class="wide"><table><tbody>{rows}</tbody></table></div><p class="note">over {scenes:,} scenes; '
            f"{again:,} pictures needed more than one attempt</p>"
        )

    def _failures(self) -> str:
        failures = self._dataset.failures
        lines = [f"frame {failure.frame}: {failure.reason} (tried {failure.tries} times)" for failure in failures]
        lines += sorted(set(self._unreadable))
        return _listed(lines) if lines else ""

    def _findings(self) -> str:
        findings = [str(finding) for finding in validate_dataset(self._dataset.root)]
        lines = [line.replace(str(self._dataset.root), "DATASET") for line in findings]
        return _listed(lines) if lines else "<p>No fault found.</p>"

    def _told(self, error: DatasetError) -> str:
        # The folder's place on this machine is no part of the data set.
        return str(error).replace(str(self._dataset.root), "DATASET")


def _listed(lines: Sequence[str]) -> str:
    shown = "".join(f"<li>{escape(line)}</li>" for line in lines[:_LISTED])
    more = f'<p class="muted">and {len(lines) - _LISTED:,} more</p>' if len(lines) > _LISTED else ""
    return f'<ul class="plain">{shown}</ul>{more}'
