"""An audit as a page: what there is, what is missing, and the boxes to look at."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from itertools import combinations

import cv2
import numpy as np
from numpy.typing import NDArray

from synthvision.core.pages.charts import bar_chart, level_heat_map
from synthvision.core.pages.document import page_html
from synthvision.core.pages.pictures import picture_html
from synthvision.evaluate.audit.conditions import MEASURED
from synthvision.evaluate.audit.levels import LIGHTS, UNKNOWN, WEATHERS
from synthvision.evaluate.audit.report import AuditReport
from synthvision.evaluate.audit.suspicious import KINDS, Suspicion

__all__ = ["audit_page", "audit_sections"]

Section = tuple[str, str, str]

_THUMBNAIL_PX = 190
_EXAMPLE_PX = 195
_EXAMPLES = 4
_ROWS = 60
#: A matrix of more levels cannot be read.
_MOST_LEVELS = 48
_TITLES = {
    "class": "class",
    "size": "size, by share of the picture",
    "occlusion": "occlusion, at most, by other boxes",
    "light": "light",
    "weather": "weather",
}
_BOX_COLOUR = (86, 180, 233)


def audit_page(report: AuditReport) -> str:
    """Return an audit as one HTML page that needs nothing else.

    Args:
        report: The audit.

    Raises:
        UsageError: A picture can no longer be read.
    """
    name = report.labelled.name
    return page_html(f"{name}: audit", name, _intro(report), audit_sections(report))


def audit_sections(report: AuditReport, prefix: str = "") -> list[Section]:
    """Return the parts of the page: key, title and HTML of each.

    Args:
        report: The audit.
        prefix: What the keys begin with, where several audits share a page.

    Raises:
        UsageError: A picture can no longer be read.
    """
    parts = [
        ("levels", "What there is", _levels(report)),
        ("pairs", "Levels that come together", _pairs(report)),
        ("thin", "What is missing", _thin(report)),
        ("suspicious", "Boxes to look at", _suspicious(report)),
        ("conditions", "How light and weather were told", _conditions(report)),
    ]
    return [(f"{prefix}{key}", title, body) for key, title, body in parts]


def _intro(report: AuditReport) -> str:
    labelled = report.labelled
    kind = "rendered" if labelled.synthetic else "real"
    suspicious = len(report.suspicious)
    return (
        f"<p>{len(labelled):,} {kind} pictures · {report.objects:,} labelled objects · "
        f"{len(labelled.classes)} classes · {len(report.thin):,} thin cells · {suspicious:,} suspicious boxes</p>"
    )


def _levels(report: AuditReport) -> str:
    charts = []
    for name in report.levels:
        counts = {cell.levels[name]: cell.objects for cell in report.cells if list(cell.levels) == [name]}
        if report.unknown.get(name):
            counts[UNKNOWN] = report.unknown[name]
        charts.append(f"<div><h3>{escape(_TITLES[name])}</h3>{bar_chart(counts)}</div>")
    return f'<div class="charts">{"".join(charts)}</div><p class="note">objects</p>'


def _pairs(report: AuditReport) -> str:
    if sum(len(levels) for levels in report.levels.values()) > _MOST_LEVELS or len(report.levels) < 2:
        return ""
    counts = {
        ((first, one), (second, other)): 0
        for first, second in combinations(report.levels, 2)
        for one in report.levels[first]
        for other in report.levels[second]
    }
    counts |= {((name, level), (name, level)): 0 for name, levels in report.levels.items() for level in levels}
    for cell in report.cells:
        pairs = list(cell.levels.items())
        counts[pairs[0], pairs[-1]] = cell.objects
    if not any(len(cell.levels) == 2 for cell in report.cells):
        return ""
    titles = {name: _TITLES[name].partition(",")[0] for name in report.levels}
    chart = level_heat_map(report.levels, titles, counts)
    return (
        f'<div class="wide">{chart}</div><p class="note">Objects with both levels; framed: none. In the dark '
        "nothing is told of the air.</p>"
    )


def _thin(report: AuditReport) -> str:
    spec = report.spec
    rule = f"A cell is thin with fewer than {spec.fewest} objects"
    rule += f", or where its share is surely below {spec.least_share:.2%}" if spec.least_share else ""
    note = (
        f'<p class="note">{rule}. Cells are levels, and combinations of up to {spec.strength}; what lies in a thin '
        "cell is not listed again. The interval is Wilson's of 95 % of the share.</p>"
    )
    if not report.thin:
        return f"<p>No cell is thin.</p>{note}"
    rows = "".join(
        f'<tr><th scope="row">{escape(str(cell))}</th><td>{cell.objects:,}</td><td>{cell.pictures:,}</td>'
        f"<td>{cell.interval[0]:.1%} to {cell.interval[1]:.1%}</td><td>{cell.missing:,}</td></tr>"
        for cell in report.thin[:_ROWS]
    )
    more = f'<p class="muted">and {len(report.thin) - _ROWS:,} more</p>' if len(report.thin) > _ROWS else ""
    return (
        '<div class="wide"><table><thead><tr><th>cell</th><th>objects</th><th>pictures</th><th>share of objects</th>'
        f"<th>missing</th></tr></thead><tbody>{rows}</tbody></table></div>{more}{note}"
    )


def _suspicious(report: AuditReport) -> str:
    kinds = report.suspicions_by_kind()
    if not kinds:
        return "<p>No box looks wrong.</p>"
    shown = _shown(report.suspicious, kinds, report.spec.suspicious.shown)
    thumbnails = _thumbnails(report, shown)
    parts = []
    for kind, count in kinds.items():
        figures = []
        for number, found in enumerate(shown):
            if found.kind == kind:
                where = f"<br><span>{escape(found.file)}</span>" if found.file else ""
                figures.append(
                    f"<figure>{thumbnails.get(number, '')}<figcaption>{escape(found.category or 'no class')}, "
                    f"{escape(found.what)}{where}</figcaption></figure>"
                )
        more = f", {len(figures)} shown" if len(figures) < count else ""
        parts.append(
            f'<h3>{escape(kind)}: {count:,}{more}</h3><p class="note">{escape(KINDS[kind])}</p>'
            f'<div class="examples">{"".join(figures)}</div>'
        )
    return "".join(parts) + '<p class="note">A suspicion is no proof: look, then correct or keep.</p>'


def _shown(found: Sequence[Suspicion], kinds: Mapping[str, int], most: int) -> list[Suspicion]:
    """Return the worst of each kind in turn, until there are enough."""
    by_kind = {kind: [each for each in found if each.kind == kind] for kind in kinds}
    chosen: list[Suspicion] = []
    depth = 0
    while len(chosen) < most and any(len(own) > depth for own in by_kind.values()):
        chosen += [own[depth] for own in by_kind.values() if len(own) > depth][: most - len(chosen)]
        depth += 1
    return chosen


def _thumbnails(report: AuditReport, shown: Sequence[Suspicion]) -> dict[int, str]:
    pictures: dict[int, str] = {}
    for number, found in enumerate(shown):
        if found.picture is None:
            continue
        rgb_hwc = report.labelled.photos.load(found.picture)
        pictures[number] = picture_html(_thumbnail(rgb_hwc, found), f"{found.category} in {found.file}")
    return pictures


def _thumbnail(rgb_hwc: NDArray[np.uint8], found: Suspicion) -> NDArray[np.uint8]:
    """Return a square around a box with the box drawn; the whole picture where there is none."""
    height, width = rgb_hwc.shape[:2]
    if found.box_xyxy is None:
        return _fitted(rgb_hwc)
    x1, y1, x2, y2 = found.box_xyxy
    side = max(1.6 * max(x2 - x1, y2 - y1), 32.0)
    middle_x, middle_y = (x1 + x2) / 2, (y1 + y2) / 2
    left, top = max(int(middle_x - side / 2), 0), max(int(middle_y - side / 2), 0)
    right, bottom = min(int(middle_x + side / 2) + 1, width), min(int(middle_y + side / 2) + 1, height)
    piece = rgb_hwc[top:bottom, left:right]
    if not piece.size:
        return _fitted(rgb_hwc)
    small = _fitted(piece)
    scale = small.shape[1] / piece.shape[1]
    corners = [(round((x - left) * scale), round((y - top) * scale)) for x, y in ((x1, y1), (x2, y2))]
    cv2.rectangle(small, corners[0], corners[1], _BOX_COLOUR, 2)
    return small


def _fitted(rgb_hwc: NDArray[np.uint8], side: int = _THUMBNAIL_PX) -> NDArray[np.uint8]:
    height, width = rgb_hwc.shape[:2]
    scale = side / max(height, width)
    size_wh = (max(round(width * scale), 1), max(round(height * scale), 1))
    shrunk = cv2.resize(rgb_hwc, size_wh, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR)
    return np.ascontiguousarray(shrunk, np.uint8)


def _conditions(report: AuditReport) -> str:
    if not report.conditions:
        return ""
    parts = []
    for name, levels in (("light", LIGHTS), ("weather", (*WEATHERS, UNKNOWN))):
        if name not in report.levels:
            continue
        rows = []
        for level in levels:
            own = [number for number, each in enumerate(report.conditions) if getattr(each, name) == level]
            chosen = [own[(2 * place + 1) * len(own) // (2 * _EXAMPLES)] for place in range(_EXAMPLES)] if own else []
            figures = "".join(
                "<figure>"
                + picture_html(_fitted(report.labelled.photos.load(number), _EXAMPLE_PX), f"{level}")
                + f"<figcaption><span>{escape(report.labelled.photos.paths[number].name)}</span></figcaption></figure>"
                for number in dict.fromkeys(chosen)
            )
            rows.append(
                f'<h3>{escape(name)} {escape(level)}: {len(own):,} pictures</h3><div class="examples">{figures}</div>'
            )
        parts.append("".join(rows))
    return "".join(parts) + f'<p class="note">{escape(_measured_words())}</p>'


def _measured_words() -> str:
    """Return how often the estimates were right, in words."""
    told = []
    for what, levels in MEASURED.items():
        shares = ", ".join(f"{level} {right} of {total}" for level, (right, total) in levels.items())
        told.append(f"{what}: {shares}")
    return (
        "Light and weather are estimates from the pixels by fixed rules, for outdoor pictures. Right on renders of "
        "streets that the rules were not chosen on, of those that are called so: "
        + "; ".join(told)
        + ". Rain and snow are not told."
    )
