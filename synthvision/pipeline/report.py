"""The report of a data set against real photos: how far it is from them, what is missing, and what it brings.

One page to be read in five minutes: sentences first, then both sets side by side, then each measurement, then the data
set's own report. The same sets give the same bytes.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from synthvision.core.errors import UsageError
from synthvision.evaluate.audit.config import AuditSpec
from synthvision.evaluate.audit.page import audit_sections
from synthvision.evaluate.audit.report import AuditReport
from synthvision.evaluate.audit.run import audit_set
from synthvision.evaluate.drift.config import DriftSpec
from synthvision.evaluate.drift.measure import measure_drift
from synthvision.evaluate.drift.page import drift_sections
from synthvision.evaluate.drift.report import DriftReport
from synthvision.evaluate.duplicates import DuplicateReport, find_duplicates
from synthvision.evaluate.fidelity.config import FidelitySpec
from synthvision.evaluate.fidelity.measure import measure_fidelity
from synthvision.evaluate.fidelity.report import FidelityReport
from synthvision.evaluate.labelled_set import LabelledSet, match_classes, open_set
from synthvision.evaluate.thumbnails import thumbnail_html
from synthvision.inspect.report.page import write_report

__all__ = ["Measured", "measure_against", "write_joint_report"]

Section = tuple[str, str, str]

_SIDE_BY_SIDE = 6
_GAPS = 20
_NAMED = 6
_GROUPS = 4


@dataclass(frozen=True, slots=True)
class Measured:
    """Everything that was measured of a data set against real photos.

    Args:
        real: The photos.
        made: The data set, its classes renamed.
        fidelity: How far the pictures are apart.
        drift: In what they differ.
        duplicates: What both have, or one twice.
        real_audit: What the photos hold and lack.
        made_audit: The same of the data set, by the same estimates.
        sim2real: Result of `synthvision evaluate sim2real`; None where none is given.
        notes: What one should know, one sentence each.
    """

    real: LabelledSet
    made: LabelledSet
    fidelity: FidelityReport
    drift: DriftReport
    duplicates: DuplicateReport
    real_audit: AuditReport
    made_audit: AuditReport
    sim2real: Mapping[str, Any] | None
    notes: tuple[str, ...]


def measure_against(
    folder: Path,
    against: Path,
    *,
    sim2real: Path | None = None,
    renamed: Mapping[str, str] | None = None,
    progress: Callable[[int], None] | None = None,
) -> Measured:
    """Return everything that is measured of a data set against real photos.

    Args:
        folder: The data set.
        against: COCO file of the photos.
        sim2real: Result file of `synthvision evaluate sim2real`.
        renamed: New class name by old, in both sets.
        progress: Called with the number of pictures read, once for each measurement.

    Raises:
        UsageError: Classes do not match, a set is too small, or a file is not what it should be.
        DatasetError: The data set cannot be read.
    """
    made, real = open_set(folder), open_set(against)
    match_classes(made.classes, real.classes, renamed)
    made, real = made.renamed(renamed or {}), real.renamed(renamed or {})
    results = None if sim2real is None else _load_results(sim2real)
    notes = []
    spec = FidelitySpec()
    if find_spec("torch") is None:
        spec = spec.model_copy(update={"extractors": ("statistics",)})
        notes.append("distances are of hand-made statistics alone: networks need pip install 'synthvision[evaluate]'")
    audit = AuditSpec()
    return Measured(
        real=real,
        made=made,
        fidelity=measure_fidelity(spec, real, made, progress=progress),
        drift=measure_drift(DriftSpec(), real, made, progress=progress),
        duplicates=find_duplicates([real, made], progress=progress),
        real_audit=audit_set(real, audit, progress),
        made_audit=audit_set(made, audit, progress),
        sim2real=results,
        notes=tuple(notes),
    )


def write_joint_report(
    folder: str | Path,
    measured: Measured,
    out: str | Path | None = None,
    *,
    validate: bool = False,
    progress: Callable[[int], None] | None = None,
    processes: int = 1,
) -> Path:
    """Write the page and return its path.

    Args:
        folder: The data set.
        measured: From `measure_against`.
        out: File to write; None for ``report.html`` in the data set.
        validate: Also check every label of the data set.
        progress: Called with the number of frames that are read.
        processes: Most processes that read records at a time.

    Raises:
        DatasetError: The data set cannot be read, or the file cannot be written.
        UsageError: A picture can no longer be read.
    """
    sections: list[Section] = [
        ("short", "In short", _short(measured)),
        ("side", "Side by side", _side_by_side(measured)),
        ("sim2real", "What a detector makes of it", _sim2real(measured.sim2real)),
        ("gaps", "What the photos lack, and whether the renders have it", _gaps(measured)),
        ("fidelity", "How far the pictures are apart", _fidelity(measured.fidelity)),
        *_titled(drift_sections(measured.drift, measured.real, measured.made, prefix="drift-"), "Drift: "),
        ("duplicates", "Pictures that are there more than once", _duplicates(measured)),
        *(
            (key, f"Photos: {title[0].lower()}{title[1:]}", body)
            for key, title, body in audit_sections(measured.real_audit, prefix="real-")
            if key in ("real-suspicious", "real-conditions")
        ),
    ]
    return write_report(
        folder, out, validate=validate, progress=progress, processes=processes, before=sections,
    )  # fmt: skip


def _titled(sections: Sequence[Section], before: str) -> list[Section]:
    return [(key, f"{before}{title[0].lower()}{title[1:]}", body) for key, title, body in sections]


def _load_results(path: Path) -> Mapping[str, Any]:
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        rows = data["rows"]
        if not all(isinstance(row["row"], str) and isinstance(row["figures"], dict) for row in rows):
            raise TypeError("a row has no name or figures")
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UsageError(f"{path}: must be the result of synthvision evaluate sim2real (JSON): {error!r}") from error
    return dict(data)


def _short(measured: Measured) -> str:
    real, made = measured.real, measured.made
    lines = [f"{len(made):,} renders against {len(real):,} photos, {measured.real_audit.objects:,} objects in these."]
    lines += [
        f"Objects ({one.extractor}): kernel distance {one.kernel.value:.3g} (chance of such a one between two halves "
        f"of one set: {one.kernel.p:.2g}); {one.manifolds.coverage:.0%} of the photos' objects have a render near them "
        f"(of sets of one kind: {one.manifolds.expected_coverage:.0%})."
        for one in measured.fidelity.comparisons
        if one.what != "pictures"
    ]
    drifted = measured.drift.drifted
    named = ", ".join(drifted[:_NAMED]) + (f" and {len(drifted) - _NAMED} more" if len(drifted) > _NAMED else "")
    lines.append(f"Renders differ from the photos in: {named}." if drifted else "Renders differ in nothing measured.")
    filled, thin = _filled(measured)
    lines.append(
        f"The photos lack {thin} kinds of cases (thin cells); the renders have enough of {filled} of them."
        if thin
        else "The photos lack no kind of case that was counted."
    )
    across = sum(group.across for group in measured.duplicates.groups)
    lines.append(f"{across} near copies stand in both sets." if across else "No picture stands in both sets.")
    suspicious = len(measured.real_audit.suspicious)
    lines.append(f"{suspicious} boxes of the photos look wrong: look at them." if suspicious else "")
    if measured.sim2real is not None:
        told_rows = ", ".join(
            f"{row['row']} {_interval(row['figures'].get('ap50'))}" for row in measured.sim2real["rows"]
        )
        lines.append(f"AP50 on the photos, trained on: {told_rows}.")
    else:
        lines.append("No detector was trained for this page: run synthvision evaluate sim2real and give its result.")
    told = "".join(f"<li>{escape(line)}</li>" for line in lines if line)
    notes = "".join(f'<p class="warn">{escape(note)}</p>' for note in measured.notes)
    return f'<ul class="plain">{told}</ul>{notes}'


def _side_by_side(measured: Measured) -> str:
    parts = []
    for title, labelled in (("photos", measured.real), ("renders", measured.made)):
        count = min(_SIDE_BY_SIDE, len(labelled))
        places = [(2 * place + 1) * len(labelled) // (2 * count) for place in range(count)]
        figures = "".join(thumbnail_html(labelled, place, labelled.photos.paths[place].name) for place in places)
        parts.append(f'<h3>{title}: {escape(labelled.name)}</h3><div class="examples">{figures}</div>')
    return "".join(parts) + '<p class="note">Evenly spread over each set, not chosen.</p>' + _shares(measured)


def _shares(measured: Measured) -> str:
    """Return the share of each level in both sets, as a table."""
    rows = []
    audits = (measured.real_audit, measured.made_audit)
    for name, levels in measured.real_audit.levels.items():
        if name == "class" and len(levels) > _GAPS:
            continue
        for level in levels:
            cells = [
                next((cell for cell in audit.cells if dict(cell.levels) == {name: level}), None) for audit in audits
            ]
            shown = "".join("<td></td>" if cell is None else f"<td>{cell.share:.0%}</td>" for cell in cells)
            rows.append(f'<tr><th scope="row">{escape(f"{name} {level}")}</th>{shown}</tr>')
    return (
        '<div class="wide"><table><thead><tr><th>share of objects</th><th>photos</th><th>renders</th></tr></thead>'
        f"<tbody>{''.join(rows)}</tbody></table></div>"
        '<p class="note">Occlusion, light and weather are estimated in both by the same rules.</p>'
    )


def _made_of(measured: Measured) -> list[tuple[str, int, int, int]]:
    """Return each thin cell of the photos: its name, objects there, objects that it lacks, objects in the renders."""
    made = {frozenset(cell.levels.items()): cell.objects for cell in measured.made_audit.cells}
    return [
        (str(cell), cell.objects, cell.missing, made.get(frozenset(cell.levels.items()), 0))
        for cell in measured.real_audit.thin
    ]


def _filled(measured: Measured) -> tuple[int, int]:
    rows = _made_of(measured)
    return sum(made >= missing for _, _, missing, made in rows), len(rows)


def _gaps(measured: Measured) -> str:
    rows = sorted(_made_of(measured), key=lambda row: (row[3] >= row[2], row[1]))
    if not rows:
        return "<p>Nothing that was counted.</p>"
    shown = "".join(
        f'<tr><th scope="row">{escape(name)}</th><td>{real:,}</td><td>{missing:,}</td><td>{made:,}</td>'
        f'<td class="text">{"enough" if made >= missing else "<span class=warn>too few</span>"}</td></tr>'
        for name, real, missing, made in rows[:_GAPS]
    )
    more = f'<p class="muted">and {len(rows) - _GAPS:,} more</p>' if len(rows) > _GAPS else ""
    return (
        '<div class="wide"><table><thead><tr><th>cell</th><th>in photos</th><th>missing</th><th>in renders</th>'
        f"<th></th></tr></thead><tbody>{shown}</tbody></table></div>{more}"
        '<p class="note">What the renders lack, too, comes first. '
        "<code>synthvision evaluate audit --job</code> writes a job that makes it.</p>"
    )


def _fidelity(report: FidelityReport) -> str:
    return f"<pre>{escape(report.to_text())}</pre>"


def _duplicates(measured: Measured) -> str:
    report = measured.duplicates
    sets = (measured.real, measured.made)
    parts = [f"<p>{escape(report.to_text(0).splitlines()[-1])}</p>"]
    for group in report.groups[:_GROUPS]:
        figures = "".join(
            thumbnail_html(sets[copy.set_index], copy.index, f"{report.names[copy.set_index]}: {copy.file}")
            for copy in group.copies[:_SIDE_BY_SIDE]
        )
        parts.append(f'<div class="examples">{figures}</div>')
    if len(report.groups) > _GROUPS:
        parts.append(f'<p class="muted">and {len(report.groups) - _GROUPS:,} more groups</p>')
    return "".join(parts)


def _sim2real(results: Mapping[str, Any] | None) -> str:
    if results is None:
        return ""
    rows = []
    for row in results["rows"]:
        figures, more = row["figures"], row.get("minus_real", {})
        rows.append(
            f'<tr><th scope="row">{escape(row["row"])}</th><td>{row.get("real_photos", "")}</td>'
            f"<td>{row.get('synthetic_pictures', '')}</td><td>{_interval(figures.get('ap50'))}</td>"
            f"<td>{_interval(figures.get('ap'))}</td><td>{_interval(more.get('ap50'), signed=True)}</td></tr>"
        )
    notes = "".join(f'<p class="note">{escape(str(note))}</p>' for note in results.get("notes", ()))
    part = escape(str(results.get("part", "")))
    return (
        '<div class="wide"><table><thead><tr><th>trained on</th><th>photos</th><th>renders</th><th>AP50</th><th>AP</th>'
        f"<th>AP50 against photos alone</th></tr></thead><tbody>{''.join(rows)}</tbody></table></div>"
        f'<p class="note">Tested on the {part} part of the photos; intervals of 95 %, in percent.</p>{notes}'
    )


def _interval(value: Mapping[str, float | None] | None, *, signed: bool = False) -> str:
    if not value or value.get("value") is None:
        return ""
    form = "{:+.1f}" if signed else "{:.1f}"
    numbers = [value.get(name) for name in ("value", "low", "high")]
    middle, low, high = (None if number is None else form.format(100 * number) for number in numbers)
    return f"{middle}" if low is None or high is None else f"{middle} ({low} to {high})"
