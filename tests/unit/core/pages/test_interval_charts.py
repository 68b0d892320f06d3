"""Charts whose numbers are written out, and whose marks lie where they belong."""

from __future__ import annotations

import re
from xml.etree import ElementTree

from synthvision.core.pages.interval_charts import curve_chart, interval_chart


def test_marks_lie_on_one_axis_from_nothing() -> None:
    text = interval_chart({"real": (0.5, 0.4, 0.6), "half & half": (0.25, None, None), "none": None}, guide=0.5)
    root = ElementTree.fromstring(text)
    real, half = (float(circle.get("cx", "0")) for circle in root.iter("circle"))
    zero = float(next(one for one in root.iter("text") if one.text == "0").get("x", "0"))
    assert abs((real - zero) - 2 * (half - zero)) < 0.3
    assert "0.500 [0.400, 0.600]" in text
    assert "not known" in text
    assert "half &amp; half" in text
    assert interval_chart({}) == '<p class="none">none</p>'


def test_a_curve_doubles_in_equal_steps() -> None:
    text = curve_chart([(80, (0.4, 0.3, 0.5)), (20, (0.1, None, None)), (40, (0.2, None, None))], {"renders": 0.3}, "n")
    root = ElementTree.fromstring(text)
    xs = [float(circle.get("cx", "0")) for circle in root.iter("circle")]
    assert xs == sorted(xs)
    assert abs((xs[1] - xs[0]) - (xs[2] - xs[1])) < 0.2
    assert re.search(r">renders 0\.300<", text)
    assert curve_chart([], {}, "n") == '<p class="none">none</p>'
