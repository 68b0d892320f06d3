"""The look of pages: colours and spacing of the contact sheets, readable on screen and on paper."""

from __future__ import annotations

__all__ = ["STYLE"]

STYLE = """
:root { color-scheme: dark; font: 15px/1.5 system-ui, -apple-system, "Segoe UI", "Noto Sans", sans-serif; }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 1320px; padding: 36px 32px 60px; background: #14171c; color: #eceff4; }
h1 { font-size: 32px; margin: 0; } h2 { font-size: 20px; margin: 44px 0 12px; } h3 { font-size: 15px; margin: 0 0 8px; }
p { margin: 6px 0; } a { color: #56b4e9; } a:focus-visible { outline: 2px solid #56b4e9; }
.muted, .note, .none, dt { color: #a2aab6; } .note { font-size: 13px; }
nav { margin: 14px 0 0; display: flex; flex-wrap: wrap; gap: 4px 18px; font-size: 14px; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: 3px 18px; margin: 0; }
dd { margin: 0; overflow-wrap: anywhere; }
code, pre { font: 13px/1.5 ui-monospace, "DejaVu Sans Mono", monospace; }
pre { background: #0d0f13; border-radius: 8px; padding: 10px 14px; margin: 8px 0; }
pre { white-space: pre-wrap; overflow-wrap: anywhere; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; width: 100%; }
th, td { text-align: right; padding: 4px 10px; border-bottom: 1px solid #262c35; font-weight: 400; }
thead th { color: #a2aab6; font-size: 13px; vertical-align: bottom; } th:first-child, td.text { text-align: left; }
tfoot td, tfoot th { font-weight: 600; border-bottom: 0; }
.dot { display: inline-block; width: 11px; height: 11px; border-radius: 50%; margin-right: 9px; }
.wide { overflow-x: auto; }
.charts { display: grid; grid-template-columns: repeat(auto-fill, minmax(360px, 1fr)); gap: 26px 40px; }
.charts { margin-bottom: 28px; }
.charts > * { min-width: 0; }
svg { max-width: 100%; height: auto; display: block; font-size: 13px; } .matrix { max-width: none; }
svg text:not([fill]) { fill: #eceff4; } svg .n { fill: #c3cad4; font-size: 12px; }
svg .axis { fill: #a2aab6; font-size: 12px; }
svg .c { font-size: 11px; } svg.intervals, svg.curve { margin-bottom: 18px; }
img { max-width: 100%; height: auto; display: block; border-radius: 8px; }
.examples { display: flex; flex-wrap: wrap; gap: 14px; margin-bottom: 22px; }
figure { margin: 0; width: 195px; } figcaption { font-size: 13px; margin-top: 4px; } figcaption span { color: #a2aab6; }
.warn { color: #f0b35a; }
ul.plain { list-style: none; margin: 0; padding: 0; } ul.plain li { overflow-wrap: anywhere; padding: 1px 0; }
@media (max-width: 640px) { body { padding: 20px 14px; } .charts { grid-template-columns: 1fr; } }
@media print { body { max-width: none; -webkit-print-color-adjust: exact; print-color-adjust: exact; } }
"""
