"""The loop as a page: what each round asked for, what it brought, and why it was kept or not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path

from synthvision.core.pages.document import page_html
from synthvision.improve.config import ImproveSpec
from synthvision.improve.journal import Round
from synthvision.improve.rounds import LoopResult

__all__ = ["loop_page"]

_SHARES_SHOWN = 8
_SLICES_SHOWN = 12


def loop_page(spec: ImproveSpec, result: LoopResult) -> str:
    """Return the page of a loop as one HTML file.

    Args:
        spec: Settings of the loop.
        result: What it came to.
    """
    name = Path(spec.job).stem
    first, best = result.rounds[0], result.rounds[result.best]
    intro = (
        f"Total AP {first.judged.ap:.3f} at the start, {best.judged.ap:.3f} in round {best.number}, the best; AP50 "
        f"{first.judged.ap50:.3f} and {best.judged.ap50:.3f}. {result.stopped[0].upper()}{result.stopped[1:]}."
    )
    sections = [("rounds", "Rounds", _rounds_table(result.rounds))]
    for each in result.rounds:
        title = "Start" if each.number == 0 else f"Round {each.number}"
        sections.append((f"round-{each.number}", title, _round(each)))
    return page_html(f"{name}: the loop", f"The loop on {name}", f"<p>{escape(intro)}</p>", sections)


def _rounds_table(rounds: Sequence[Round]) -> str:
    with_control = any(each.control is not None for each in rounds)
    head = "<tr><th>round<th>pictures<th>AP<th>AP50<th>weak slices, AP50 before<th>after"
    head += "<th>same pictures of the base job: AP<th>weak slices" if with_control else ""
    head += "<th>kept"
    lines = []
    for each in rounds:
        before, after = _watched(each)
        cells = [str(each.number), str(each.frames), f"{each.judged.ap:.3f}", f"{each.judged.ap50:.3f}", before, after]
        if with_control:
            control = each.control
            watched = (
                [control.slices_ap50[name] for name in each.before if name in control.slices_ap50] if control else []
            )
            cells += ["" if control is None else f"{control.ap:.3f}", _mean(watched)]
        cells.append("yes" if each.kept else "no")
        lines.append("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in cells) + "</tr>")
    return f'<div class="wide"><table><thead>{head}</thead><tbody>{"".join(lines)}</tbody></table></div>'


def _watched(each: Round) -> tuple[str, str]:
    names = [name for name in each.before if name in each.judged.slices_ap50]
    return _mean([each.before[name] for name in names]), _mean([each.judged.slices_ap50[name] for name in names])


def _mean(values: Sequence[float]) -> str:
    return f"{sum(values) / len(values):.3f}" if values else ""


def _round(each: Round) -> str:
    parts = [f"<p>{escape(each.why[0].upper() + each.why[1:])}.</p>"]
    if each.changes:
        parts.append(f"<p>Values of the job: <code>{escape(str(dict(each.changes)))}</code></p>")
    if each.asked:
        rows = "".join(
            f"<tr><td class='text'>{escape(_text(share.levels))}</td><td>{share.natural:.1%}</td>"
            f"<td>{share.failure:.0%}</td><td>{share.planned:.1%}</td></tr>"
            for share in each.asked[:_SHARES_SHOWN]
        )
        more = len(each.asked) - _SHARES_SHOWN
        parts.append(
            "<h3>Asked for</h3><div class='wide'><table><thead><tr><th>levels<th>share of the validation set"
            f"<th>chance of a miss<th>share of what was asked for</thead><tbody>{rows}</tbody></table></div>"
            + (f"<p class='note'>and {more} more combinations</p>" if more > 0 else "")
        )
    if each.weak:
        rows = "".join(
            f"<tr><td class='text'>{escape(str(slice_))}</td><td>{slice_.objects}</td><td>{slice_.pictures}</td>"
            f"<td>{slice_.recall:.0%} ({slice_.low:.0%} to {slice_.high:.0%})</td><td>{slice_.rest_recall:.0%}</td>"
            f"<td>{slice_.q:.2g}</td></tr>"
            for slice_ in each.weak[:_SLICES_SHOWN]
        )
        more = len(each.weak) - _SLICES_SHOWN
        parts.append(
            "<h3>Weak slices of its model</h3><div class='wide'><table><thead><tr><th>levels<th>objects<th>pictures"
            "<th>found (95 % interval)<th>found elsewhere<th>false discovery rate</thead>"
            f"<tbody>{rows}</tbody></table></div>" + (f"<p class='note'>and {more} more</p>" if more > 0 else "")
        )
    else:
        parts.append("<p>No slice is weak.</p>")
    return "".join(parts)


def _text(levels: Mapping[str, str]) -> str:
    return ", ".join(f"{name}={level}" for name, level in levels.items())
