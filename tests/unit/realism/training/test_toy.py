"""Trainings with a known answer: swapped colours come back while edges stay."""

from __future__ import annotations

import json

import cv2
import numpy as np
import pytest

from synthvision.realism.gan.pictures import generate, load_generator
from synthvision.realism.training.measure import edge_agreement, edge_map
from synthvision.realism.training.run import train


def colour_error(made, wanted):
    """Mean difference in levels of means over 4 x 4 pixels, which do not see the stripes."""
    pairs = zip(made, wanted, strict=True)
    blurred = [np.abs(cv2.blur(a.astype(float), (4, 4)) - cv2.blur(b.astype(float), (4, 4))) for a, b in pairs]
    return float(np.mean(blurred))


def losses_of(folder):
    lines = [json.loads(line) for line in (folder / "losses.jsonl").read_text().splitlines()]
    return {name: [line["losses"][name] for line in lines] for name in lines[0]["losses"]}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("settings", "factor", "falls"),
    [
        ({"method": "cut", "nce_weight": 0.1, "steps": 320}, 3.0, "gan"),
        ({"method": "cyclegan", "identity_weight": 0.0, "cycle_weight": 2.0, "steps": 220}, 2.5, "cycle"),
    ],
    ids=["cut", "cyclegan"],
)
def test_colours_come_back_and_edges_stay(toy, tiny, tmp_path, known_answer, settings, factor, falls):
    renders, wanted = known_answer
    steps = settings["steps"]
    every = dict.fromkeys(("evaluate_every", "sheet_every", "save_every"), steps)
    spec = tiny(**settings, **every, log_every=20, learning_rate=3e-3)
    result = train(spec, *toy, tmp_path / "out")
    assert result.distance < result.render_distance
    generator, card = load_generator(result.folder, "cpu")
    assert card.method == settings["method"]
    made = [generate(generator, [render], [None], "cpu")[0] for render in renders]
    before, after = colour_error(renders, wanted), colour_error(made, wanted)
    assert before > 40
    assert after < before / factor
    kept = np.mean([edge_agreement(edge_map(b), edge_map(a)) for a, b in zip(made, wanted, strict=True)])
    assert kept > 0.97
    course = losses_of(tmp_path / "out")
    assert np.mean(course[falls][-3:]) < 0.8 * np.mean(course[falls][:2])
