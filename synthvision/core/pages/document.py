"""A page as one HTML file that needs no other file, no script and no network."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from synthvision.core.pages.look import STYLE

__all__ = ["page_html"]


def page_html(title: str, heading: str, intro: str, sections: Sequence[tuple[str, str, str]]) -> str:
    """Return a whole page; a policy in it forbids everything but its own style and embedded pictures.

    Args:
        title: For the browser's tab, as plain text.
        heading: Large, at the top, as plain text.
        intro: HTML below the heading.
        sections: For each section its anchor, its title as HTML and its body as HTML; those without a body are left
            out.
    """
    shown = [(key, name, body) for key, name, body in sections if body]
    links = "".join(f'<a href="#{key}">{name}</a>' for key, name, _ in shown)
    body = "\n".join(f'<section id="{key}"><h2>{name}</h2>{text}</section>' for key, name, text in shown)
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; img-src data:; '
        "style-src 'unsafe-inline'\">"
        f"<title>{escape(title)}</title><style>{STYLE}</style></head>\n<body>\n<header><h1>{escape(heading)}</h1>"
        f"{intro}<nav>{links}</nav></header>\n{body}\n</body></html>\n"
    )
