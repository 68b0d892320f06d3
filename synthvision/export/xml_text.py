"""Text for XML files: quoted, and refused where XML 1.0 has no way to write it."""

from __future__ import annotations

import re
from xml.sax.saxutils import escape, quoteattr

from synthvision.core.errors import DatasetError

__all__ = ["xml_attributes", "xml_text"]

# https://www.w3.org/TR/xml/#charsets
_FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def xml_text(text: str) -> str:
    """Return a text as the content of an element.

    Raises:
        DatasetError: It holds a character that XML does not allow.

    Example:
        >>> xml_text("<a & b>")
        '&lt;a &amp; b&gt;'
    """
    return escape(_checked(text))


def xml_attributes(**values: str | int | float) -> str:
    r"""Return attributes with a space before each, in the given order.

    Raises:
        DatasetError: One holds a character that XML does not allow.

    Example:
        >>> xml_attributes(label='6" nail', occluded=0)
        ' label=\'6" nail\' occluded="0"'
    """
    return "".join(f" {name}={quoteattr(_checked(str(value)))}" for name, value in values.items())


def _checked(text: str) -> str:
    found = _FORBIDDEN.search(text)
    if found:
        raise DatasetError(f"a name must hold characters that XML allows to be written there, got {text!r}")
    return text
