"""Levels of recorded factors."""

from __future__ import annotations

from synthvision.evaluate.accuracy.slices import factor_levels


def test_words_are_levels_numbers_are_thirds_and_what_divides_nothing_is_left_out() -> None:
    factors = [
        {
            "light": "day" if number % 2 else "night",
            "near": number < 3,
            "noise": float(number),
            "always": "same",
            "material": f"m{number}",
            "cards": float(number % 2),
            **({"late": "yes"} if number > 6 else {}),
        }
        for number in range(15)
    ]
    levels = factor_levels(factors)
    assert list(levels) == ["cards", "light", "near", "noise"]
    assert levels["near"][:4] == ("yes", "yes", "yes", "no")
    assert set(levels["cards"]) == {"0", "1"}
    counts = {level: levels["noise"].count(level) for level in levels["noise"]}
    assert counts == {"below 4.667": 5, "4.667 to 9.333": 5, "from 9.333": 5}


def test_pictures_without_a_record_have_no_level() -> None:
    levels = factor_levels([{"light": "day"}, {}, {"light": "night"}])
    assert levels == {"light": ("day", None, "night")}
    assert factor_levels([{}, {}]) == {}
