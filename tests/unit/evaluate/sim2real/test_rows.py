"""What is planned, what is left out, and settings that cannot be."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from pydantic import ValidationError

from synthvision.core.errors import UsageError
from synthvision.evaluate.detectors.config import TrainingSpec
from synthvision.evaluate.labelled_set import LabelledSet
from synthvision.evaluate.sim2real.config import Sim2RealSpec
from synthvision.evaluate.sim2real.rows import TrainingSets, plan_rows, stages_of


def test_rows_that_need_what_is_not_there_are_left_out() -> None:
    rows, notes = plan_rows(Sim2RealSpec(ratios=(0.9, 0.1)), refined=False)
    assert [row.name for row in rows] == ["real", "synthetic", "mixed-10", "mixed-90", "synthetic-then-real"]
    assert notes == ("row 'refined' is left out: there is no refined set",)
    rows, notes = plan_rows(Sim2RealSpec(mix_with="refined", ratios=(0.5,)), synthetic=False, refined=True)
    assert [row.name for row in rows] == ["real", "refined", "mixed-50"]
    with pytest.raises(UsageError, match="at least one row to train: row 'refined' is left out"):
        plan_rows(Sim2RealSpec(rows=("refined",)), refined=False)


def test_photos_of_the_curve_are_nested_and_differ_by_seed(boxes_set: Callable[..., LabelledSet]) -> None:
    real = boxes_set([[("ace", 0, 0, 5, 5)]] * 40)
    spec = Sim2RealSpec(curve=(0.25, 0.5), training=TrainingSpec(steps=7))
    sets = TrainingSets(real, (real,), ())
    rows = {row.name: row for row in plan_rows(spec, refined=False)[0]}

    def photos(name: str, seed: int) -> set[str]:
        ((_, pictures, _),) = stages_of(rows[name], sets, real.classes, spec, seed)
        return {path.name for path in pictures.sets[0].photos.paths}

    assert len(photos("real-25", 0)) == 10
    assert photos("real-25", 0) < photos("real-50", 0) < photos("real", 0)
    assert photos("real-25", 0) != photos("real-25", 1)


def test_steps_of_all_rows_are_the_same(boxes_set: Callable[..., LabelledSet]) -> None:
    real = boxes_set([[("ace", 0, 0, 5, 5)]] * 4)
    for share, steps in ((0.01, 5), (0.99, 5), (0.5, 2)):
        spec = Sim2RealSpec(first_share=share, training=TrainingSpec(steps=steps))
        sets = TrainingSets(real, (real, real), (real,))
        for row in plan_rows(spec, refined=True)[0]:
            of_stages = [count for _, _, count in stages_of(row, sets, real.classes, spec, 0)]
            assert sum(of_stages) == steps
            assert min(of_stages) >= 1


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"ratios": (0.0, 0.5)}, "ratios must be above 0 and below 1, got 0"),
        ({"curve": (1.0,)}, "curve must be above 0 and below 1, got 1"),
        ({"ratios": (0.501, 0.502)}, "ratios must differ by a hundredth or more"),
        ({"ratios": ()}, "at least one share of real photos"),
        ({"seeds": (1, 1)}, "seeds must be named once each"),
        ({"seeds": (-1,)}, "seeds must be 0 to"),
    ],
)
def test_settings_that_cannot_be(settings: dict[str, object], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        Sim2RealSpec.model_validate(settings)
