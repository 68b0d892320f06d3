"""Prompts: names of the record are filled in, and nothing else can be reached."""

from __future__ import annotations

from dataclasses import replace

import pytest

from synthvision.core.errors import UsageError
from synthvision.realism.diffusion.folders import licence_of
from synthvision.realism.diffusion.prompts import check_template, fill_template, prompt_values
from synthvision.realism.licences import is_non_commercial


def test_names_come_from_the_record(frames, flat):
    cards = [
        flat.Card("card", -0.5, 0, 0.1, 0.1),
        flat.Card("card", 0, 0, 0.1, 0.1),
        flat.Card("disc", 0.5, 0, 0.1, 0.1),
    ]
    (given,) = frames(cards=[*cards, flat.Card("tile", 50, 50, 0.1, 0.1)])
    record = replace(
        given.record,
        weather={"kind": "heavy_rain", "light": "night", "rain": "heavy", "visibility_m": 400.0},
        factor_levels={"camera.height": "low", "clutter": "very_full", "frame": "hidden"},
    )
    values = prompt_values(record)
    text = "{counts} ({classes}) in {weather} at {time}, {rain}, {visibility_m}, {camera.height}, {clutter}, {frame}"
    assert fill_template(text, values) == (
        "2 card, 1 disc (card, disc) in heavy rain at night, heavy, 400.0, low, very full, 0"
    )
    assert fill_template("{{{classes}}}", values) == "{card, disc}"


def test_nothing_to_see(frames, flat):
    (given,) = frames(cards=[flat.Card("tile", 50, 50, 0.1, 0.1)])
    assert fill_template("{classes}|{counts}", prompt_values(given.record)) == "nothing|nothing"


@pytest.mark.parametrize("name", ["classes.__class__", "classes[0]", "record", "__class__"])
def test_only_names_that_there_are(name):
    with pytest.raises(UsageError, match=r"has no name .* \(there are: classes, time\)"):
        fill_template(f"{{{name}}}", {"classes": "card", "time": "day"})


@pytest.mark.parametrize("template", ["{", "}", "{classes", "{}", "{classes!r}", "{classes:>10}"])
def test_broken_templates(template):
    with pytest.raises(UsageError, match="braces"):
        check_template(template)


@pytest.mark.parametrize(
    ("card", "licence"),
    [
        ("---\nlicense: apache-2.0\n---\n# Model", "apache-2.0"),
        ("---\r\nlicense: mit\r\n---\r\n", "mit"),
        (
            "---\nlicense: other\nlicense_name: flux-1-dev-non-commercial-license\n---\n",
            "flux-1-dev-non-commercial-license",
        ),
        ("---\nlicense: [mit, cc-by-4.0]\n---\n", "mit, cc-by-4.0"),
        ("---\nlicense: cc-by-nc-4.0\nbroken: [\n---\n", "cc-by-nc-4.0"),
        ("# No front matter\nlicense: mit\n", None),
        ("---\ntags: [a]\n---\n", None),
    ],
)
def test_licences_of_cards(tmp_path, card, licence):
    assert licence_of(tmp_path) is None
    (tmp_path / "README.md").write_bytes(card.encode())
    assert licence_of(tmp_path) == licence


def test_non_commercial_licences():
    for name in (
        "cc-by-nc-4.0",
        "CC-BY-NC-SA-4.0",
        "flux-1-dev-non-commercial-license",
        "noncommercial",
        "research-only",
    ):
        assert is_non_commercial(name), name
    for name in ("apache-2.0", "mit", "openrail++", "creativeml-openrail-m", "ncsa", "bsd-3-clause", None):
        assert not is_non_commercial(name), name
