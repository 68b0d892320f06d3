"""The plugin registry against faked entry points; `tests/plugins` has real ones."""

from __future__ import annotations

import sys
import types
from importlib.metadata import EntryPoint

import pytest

from synthvision.core import registry
from synthvision.core.errors import PluginError
from synthvision.core.registry import load_plugin, plugin_names


class Exporter:
    pass


@pytest.fixture
def entries(monkeypatch):
    """A list of fake entry points; a module `fake_plugin` with a class, a number and a broken attribute."""
    found: list[EntryPoint] = []
    monkeypatch.setattr(registry, "entry_points", lambda *, group: [e for e in found if e.group == group])
    module = types.ModuleType("fake_plugin")
    module.Exporter = Exporter
    module.number = 3
    monkeypatch.setitem(sys.modules, "fake_plugin", module)
    return found


def entry(name: str, value: str, group: str = "synthvision.exporters") -> EntryPoint:
    return EntryPoint(name=name, value=value, group=group)


def test_names_are_sorted_and_of_one_group_and_import_nothing(entries):
    entries += [
        entry("yolo", "no_such_module:A"),
        entry("coco", "no_such_module:B"),
        entry("x", "m:C", "synthvision.r"),
    ]
    assert plugin_names("exporters") == ("coco", "yolo")
    assert plugin_names("renderers") == ()


def test_the_object_itself_is_given(entries):
    entries.append(entry("coco", "fake_plugin:Exporter"))
    assert load_plugin("exporters", "coco") is Exporter


def test_an_unknown_name_gets_the_nearest_and_the_list(entries):
    entries += [entry("coco", "fake_plugin:Exporter"), entry("yolo", "fake_plugin:Exporter")]
    wanted = r"^no exporters plugin named 'cocoo'; did you mean 'coco'\? \(there are: coco, yolo\)$"
    with pytest.raises(PluginError, match=wanted):
        load_plugin("exporters", "cocoo")
    with pytest.raises(PluginError, match=r"^no exporters plugin named 'zzz' \(there are: coco, yolo\)$"):
        load_plugin("exporters", "zzz")
    with pytest.raises(PluginError, match=r"^no renderers plugin named 'coco' \(there are: none\)$"):
        load_plugin("renderers", "coco")


@pytest.mark.parametrize(
    ("value", "cause", "text"),
    [
        ("no_such_module_of_anyone:A", ModuleNotFoundError, "no_such_module_of_anyone"),
        ("fake_plugin:Missing", AttributeError, "Missing"),
    ],
)
def test_a_broken_plugin_is_an_error_with_its_cause_never_a_gap(entries, value, cause, text):
    entries.append(entry("broken", value))
    assert plugin_names("exporters") == ("broken",)
    with pytest.raises(
        PluginError, match=rf"^exporters plugin 'broken' \({value}\) cannot be loaded: .*{text}"
    ) as info:
        load_plugin("exporters", "broken")
    assert isinstance(info.value.__cause__, cause)


def test_a_plugin_that_cannot_be_called_is_refused(entries):
    entries.append(entry("three", "fake_plugin:number"))
    with pytest.raises(PluginError, match=r"'three' \(fake_plugin:number\) must be a class or function, got int$"):
        load_plugin("exporters", "three")


@pytest.mark.parametrize("second", ["other_package:Exporter", "fake_plugin:Exporter"])
def test_a_name_registered_twice_is_refused_even_when_another_is_asked_for(entries, second):
    entries += [entry("coco", "fake_plugin:Exporter"), entry("yolo", "fake_plugin:Exporter"), entry("coco", second)]
    wanted = f"'coco' is registered twice: fake_plugin:Exporter and {second}; uninstall one$"
    with pytest.raises(PluginError, match=wanted):
        plugin_names("exporters")
    with pytest.raises(PluginError, match=wanted):
        load_plugin("exporters", "yolo")
