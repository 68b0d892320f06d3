"""The comparison of training sets as one HTML page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from synthvision.core.pages.document import page_html
from synthvision.core.pages.interval_charts import Marked, curve_chart, interval_chart
from synthvision.evaluate.accuracy.bootstrap import Interval
from synthvision.evaluate.sim2real.comparison import MEASURES
from synthvision.evaluate.sim2real.report import Sim2RealReport, measures_of

__all__ = ["report_page", "report_sections"]

_PADDED = "ap50_padded"


def report_page(report: Sim2RealReport, examples: Mapping[str, str] | None = None) -> str:
    """Return the page; the same report gives the same bytes.

    Args:
        report: What it shows.
        examples: Pictures with the most errors as HTML, by name of their row; none without.
    """
    real = report.about["real"]["name"]
    return page_html(f"{real}: sim2real", "From synthetic to real", _intro(report), report_sections(report, examples))


def report_sections(report: Sim2RealReport, examples: Mapping[str, str] | None = None) -> list[tuple[str, str, str]]:
    """Return the sections of the page as anchor, title and HTML, for pages that hold more than this.

    Args:
        report: What they show.
        examples: As for `report_page`.
    """
    return [
        ("sim2real-short", "In short", _short(report)),
        ("sim2real-table", "What each training set is worth", _table(report)),
        ("sim2real-curve", "How many real photos the renders are worth", _curve(report)),
        ("sim2real-classes", "By class", _classes(report)),
        ("sim2real-measures", "By strictness and size of objects", _measures(report)),
        ("sim2real-slices", "By what the pictures show", _slices(report)),
        ("sim2real-errors", "Where it errs most", _examples(examples or {})),
        ("sim2real-how", "How it was measured", _how(report)),
    ]


def _intro(report: Sim2RealReport) -> str:
    about = report.about
    seeds = len(about["settings"]["seeds"])
    steps = about["settings"]["training"]["steps"]
    pictures, boxes = about[report.part]["pictures"], about[report.part]["boxes"]
    reads = "never" if not report.test_reads else "once" if report.test_reads == 1 else f"{report.test_reads} times"
    return (
        f'<p class="muted">Trained on each set, tested on the same {pictures:,} real pictures with {boxes:,} boxes '
        f"({report.part} part of {escape(about[report.part]['name'])}). Every row has the same first weights, "
        f"{steps:,} steps, batch and augmentation, {seeds} trainings each. The test part has been read {reads}.</p>"
    )


def _short(report: Sim2RealReport) -> str:
    told = "".join(f"<li>{escape(text)}</li>" for text in report.sentences())
    notes = "".join(f'<p class="warn">{escape(note)}</p>' for note in report.notes)
    return f'<ul class="plain">{told}</ul>{notes}'


def _table(report: Sim2RealReport) -> str:
    padded = any(_PADDED in one.figures for one in report.rows)
    measures = ["ap50", "ap", *([_PADDED] if padded else [])]
    heads = ["real photos", "renders", *(MEASURES[name] for name in measures), "AP50 over real only",
             "AP50 minus real only", "gap closed (AP50)"]  # fmt: skip
    rows = []
    for one in report.rows:
        cells = [f"{one.real_photos:,}", f"{one.synthetic_pictures:,}", *(str(one.figures[name]) for name in measures)]
        cells += [_percent(one.over_real.get("ap50")), _signed(one.minus_real.get("ap50"))]
        rows.append((one.row.name, [*cells, _percent(one.gap_closed.get("ap50"))]))
    real = report.row("real")
    guide = None if real is None else real.figures["ap50"].value
    chart = interval_chart(
        {one.row.name: _marked(one.figures["ap50"]) for one in report.rows}, highlighted="real", guide=guide
    )
    level = report.about["settings"]["confidence"]
    note = (
        f"<p class='note'>Brackets hold {level:.0%} of the resamples of test pictures and trainings; all rows are "
        "judged on the same ones, so that a difference is surer than its parts. Mixed rows are named by the share of "
        "real photos among the drawn pictures, in percent. Gap closed: 0 % as renders alone, 100 % as real photos "
        "alone. Boxes padded: detected boxes grown by a share that was fitted on the real training photos.</p>"
    )
    return f"<h3>AP50</h3>{chart}{_html_table('trained on', heads, rows)}{note}"


def _curve(report: Sim2RealReport) -> str:
    points = []
    for one in report.rows:
        mark = _marked(one.figures["ap50"])
        if one.row.kind in ("real", "curve") and mark is not None:
            points.append((float(one.real_photos), mark))
    if len(points) < 2:
        return ""
    lines = {
        one.row.name: value
        for one in report.rows
        if one.row.kind in ("synthetic", "refined") and (value := one.figures["ap50"].value) is not None
    }
    rows = [
        (one.row.name, [str(one.photos_worth[name]) for name in ("ap50", "ap")])
        for one in report.rows
        if one.photos_worth
    ]
    note = (
        "<p class='note'>AP50 of trainings on real photos alone, over their number; dashed: without any real photo. "
        "Read off along the curve, straight between its points over the logarithm of the number.</p>"
    )
    table = _html_table("trained on", ["worth in real photos, by AP50", "by AP"], rows)
    return f"{curve_chart(points, lines, 'real training photos')}{note}{table}"


def _classes(report: Sim2RealReport) -> str:
    names = list(report.rows[0].classes)
    rows = [(one.row.name, [str(one.classes[name]["ap50"]) for name in names]) for one in report.rows]
    return _html_table("AP50, trained on", names, rows)


def _measures(report: Sim2RealReport) -> str:
    measures = [name for name in measures_of(report.rows) if name not in ("ap50", "ap", _PADDED)]
    rows = [
        (one.row.name, [str(one.figures[name]) if name in one.figures else "-" for name in measures])
        for one in report.rows
    ]
    note = "<p class='note'>Small: below 32 x 32 pixels of the photo; large: from 96 x 96.</p>"
    return _html_table("trained on", [MEASURES[name] for name in measures], rows) + note


def _slices(report: Sim2RealReport) -> str:
    first = report.rows[0].slices
    if not first:
        return ""
    heads = [f"{one.row.name}" for one in report.rows]
    rows = []
    for place, one in enumerate(first):
        values = [row.slices[place].ap50 for row in report.rows]
        cells = [
            f"{one.pictures:,}",
            f"{one.truths:,}",
            *("-" if value is None else f"{value:.3f}" for value in values),
        ]
        rows.append((f"{one.factor}: {one.level}", cells))
    note = "<p class='note'>AP50 in the pictures of a slice, without interval: few pictures tell little.</p>"
    return _html_table("slice", ["pictures", "objects", *heads], rows) + note


def _examples(examples: Mapping[str, str]) -> str:
    shown = "".join(f"<h3>trained on: {escape(name)}</h3>{body}" for name, body in examples.items() if body)
    note = (
        "<p class='note'>Pictures with the most errors of the first training, with as many of its surest detections as "
        "there are objects in all. Green: found. Red: missed. Yellow: seen where there is none, or another class.</p>"
    )
    return note + shown if shown else ""


def _how(report: Sim2RealReport) -> str:
    about, settings = report.about, report.about["settings"]
    made = [*about["synthetic"], *about["refined"]]
    facts = [
        ("detector", settings["detector"]),
        ("working size", f"{settings['training']['picture_side']} px longest side"),
        ("steps and batch", f"{settings['training']['steps']:,} steps of {settings['training']['batch']}"),
        ("seeds", ", ".join(map(str, settings["seeds"]))),
        ("real photos", f"{_told(about['real'])} to train, {_told(about['validation'])} to validate, "
                        f"{_told(about['test'])} to test; split seed {settings['split_seed']}"),
        ("renders", "; ".join(_told(one) for one in made) or "none"),
        ("classes", ", ".join(about["classes"])),
        ("renamed", ", ".join(f"{old} to {new}" for old, new in sorted(about["renamed"].items()))),
        ("padding", "; ".join(
            f"{one.row.name} {', '.join(f'{padding:+.1%}' for padding in one.paddings)}" for one in report.rows
        ) if settings["box_padding"] == "fit" else ""),
        ("intervals", f"{settings['replicates']:,} resamples, seed {settings['bootstrap_seed']}"),
    ]  # fmt: skip
    return "<dl>" + "".join(f"<dt>{key}</dt><dd>{escape(text)}</dd>" for key, text in facts if text) + "</dl>"


def _told(one: Mapping[str, Any]) -> str:
    depth = f", generation {one['generation']}" if one["generation"] > 1 else ""
    return f"{one['pictures']:,} pictures of {one['name']}{depth}"


def _html_table(corner: str, heads: Sequence[str], rows: Sequence[tuple[str, Sequence[str]]]) -> str:
    head = "".join(f"<th>{escape(name)}</th>" for name in (corner, *heads))
    body = "".join(
        f"<tr><th>{escape(name)}</th>" + "".join(f"<td>{_split(cell)}</td>" for cell in cells) + "</tr>"
        for name, cells in rows
    )
    return f'<div class="wide"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'


def _split(cell: str) -> str:
    """Return a cell with its interval below its value."""
    value, bracket, bounds = escape(cell).partition(" [")
    return f'{value}<br><span class="note">[{bounds}</span>' if bracket else value


def _marked(interval: Interval) -> Marked | None:
    return None if interval.value is None else (interval.value, interval.low, interval.high)


def _percent(interval: Interval | None) -> str:
    if interval is None or interval.value is None:
        return "-"
    if interval.low is None or interval.high is None:
        return f"{interval.value:.0%}"
    return f"{interval.value:.0%} [{interval.low:.0%}, {interval.high:.0%}]"


def _signed(interval: Interval | None) -> str:
    if interval is None or interval.value is None:
        return "-"
    if interval.low is None or interval.high is None:
        return f"{interval.value:+.3f}"
    return f"{interval.value:+.3f} [{interval.low:+.3f}, {interval.high:+.3f}]"
