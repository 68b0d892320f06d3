"""The page of a measurement of drift: a table, and the most different pictures of both sets for what drifted."""

from __future__ import annotations

from html import escape

from synthvision.core.pages.document import page_html
from synthvision.evaluate.drift.report import DriftReport, DriftRow
from synthvision.evaluate.drift.tables import BOX_MEASURES, SIZE_MEASURES
from synthvision.evaluate.labelled_set import LabelledSet
from synthvision.evaluate.thumbnails import thumbnail_html
from synthvision.features.measures import MEASURES

__all__ = ["drift_page", "drift_sections"]

#: What the numbers of a measure are.
_UNITS = {**MEASURES, **SIZE_MEASURES, **BOX_MEASURES}
#: Of the measures that drifted most these many are shown with pictures, so that the page stays below some 2 MiB.
_MOST_SHOWN = 12


def drift_page(report: DriftReport, first: LabelledSet, second: LabelledSet) -> str:
    """Return one HTML page with all of a report; it needs no other file.

    Args:
        report: What was found.
        first: The set that was compared with.
        second: The other.

    Raises:
        UsageError: A picture cannot be read.
    """
    heading = f"Drift of {second.name} against {first.name}"
    return page_html(heading, heading, _intro(report), drift_sections(report, first, second))


def drift_sections(
    report: DriftReport, first: LabelledSet, second: LabelledSet, prefix: str = ""
) -> list[tuple[str, str, str]]:
    """Return the sections of the page, for `page_html`.

    Args:
        report: What was found.
        first: The set that was compared with.
        second: The other.
        prefix: Before the anchors, where a page has several reports.

    Raises:
        UsageError: A picture cannot be read.
    """
    sections = [(f"{prefix}measures", "Measures", _table(report))]
    drifted = sorted((row for row in report.rows if row.drifted), key=lambda row: row.limit / max(row.effect, 1e-9))
    shown = [_examples(row, first, second) for row in drifted[:_MOST_SHOWN] if row.examples_first + row.examples_second]
    if len(drifted) > _MOST_SHOWN:
        shown.append(f'<p class="note">{len(drifted) - _MOST_SHOWN} more measures drifted, without pictures here.</p>')
    sections.append((f"{prefix}examples", "Most different pictures", "".join(shown)))
    return sections


def _intro(report: DriftReport) -> str:
    if report.drifted:
        verdict = f'<p class="warn">Drifted: {escape(", ".join(report.drifted))}.</p>'
    else:
        verdict = "<p>Nothing drifted.</p>"
    counts = f"{report.counts[0]:,} pictures of {escape(report.first)}, {report.counts[1]:,} of {escape(report.second)}"
    rule = (
        f"A measure drifted where chance would hardly make the difference (p, adjusted for {len(report.rows)} measures "
        f"after Holm, at most {report.level:g}) and it is large (the effect, at or above its limit)."
    )
    notes = "".join(f'<p class="note">{escape(note)}</p>' for note in report.notes)
    return f'{verdict}<p class="muted">{counts}</p><p class="note">{rule}</p>{notes}'


def _table(report: DriftReport) -> str:
    rows = []
    for row in report.rows:
        mark = '<span class="warn">drift</span>' if row.drifted else ""
        rows.append(
            f'<tr><th>{escape(row.name)}<br><span class="note">{escape(_UNITS.get(row.name, row.test))}</span></th>'
            f'<td class="text">{mark}</td>'
            f"<td>{row.effect_name} {row.effect:.3f}</td><td>{row.limit:g}</td>"
            f"<td>{row.p_adjusted:.2g}</td><td>{row.p:.2g}</td>"
            f'<td class="text">{escape(row.detail)}</td></tr>'
        )
    names = "".join(f"<td>{name}</td>" for name in ("effect", "limit", "p adjusted", "p"))
    head = f'<tr><th></th><td></td>{names}<td class="text">what</td></tr>'
    return f'<div class="wide"><table><thead>{head}</thead><tbody>{"".join(rows)}</tbody></table></div>'


def _examples(row: DriftRow, first: LabelledSet, second: LabelledSet) -> str:
    parts = [f"<h3>{escape(row.name)}: {escape(row.detail)}</h3>"]
    for part, places in ((first, row.examples_first), (second, row.examples_second)):
        figures = "".join(thumbnail_html(part, place, part.photos.paths[place].name) for place in places)
        parts.append(f'<p class="muted">{escape(part.name)}</p><div class="examples">{figures}</div>')
    return "".join(parts)
