"""The joint report: results of other tools are read with care, and shown with their intervals."""

from __future__ import annotations

import json

import pytest

from synthvision.core.errors import UsageError
from synthvision.pipeline.report import _interval, _load_results, _sim2real


@pytest.mark.parametrize("text", ["{", "[]", "{}", '{"rows": [{"row": 3, "figures": {}}]}', '{"rows": [{"row": "a"}]}'])
def test_a_file_that_is_no_result_is_refused(tmp_path, text):
    path = tmp_path / "sim2real.json"
    path.write_text(text)
    with pytest.raises(UsageError, match="must be the result of synthvision evaluate sim2real"):
        _load_results(path)


def test_rows_are_shown_with_their_intervals(tmp_path):
    row = {
        "row": "real <only>",
        "figures": {"ap50": {"value": 0.614, "low": 0.55, "high": 0.671}, "ap": {"value": None}},
        "minus_real": {"ap50": {"value": 0.02, "low": None, "high": None}},
    }
    path = tmp_path / "sim2real.json"
    path.write_text(json.dumps({"part": "validation", "rows": [row], "notes": ["a & b"]}))
    text = _sim2real(_load_results(path))
    assert "real &lt;only&gt;" in text
    assert "61.4 (55.0 to 67.1)" in text
    assert "+2.0" in text
    assert "a &amp; b" in text
    assert _sim2real(None) == ""
    assert _interval(None) == ""
