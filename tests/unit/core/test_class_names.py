"""Names of classes that are nearly alike."""

from __future__ import annotations

from synthvision.core.class_names import class_hint, nearest_class, spelled_alike


def test_spelling_goes_before_letters() -> None:
    assert nearest_class("STOP-SIGN", ["stop signs", "stop_sign"]) == "stop_sign"
    assert nearest_class("cra", ["bus", "car"]) == "car"
    assert nearest_class("lorry", ["car"]) is None


def test_names_of_marks_alone_are_not_alike() -> None:
    assert spelled_alike(["!", "?", "car", "bus"]) is None
    assert spelled_alike(["Car", "bus", "c a r"]) == ("Car", "c a r")


def test_a_hint_lists_what_there_is() -> None:
    assert class_hint("x", []) == " (there are: none)"
    assert class_hint("ACE", ["ace", "king"]) == "; did you mean 'ace'? (there are: ace, king)"
