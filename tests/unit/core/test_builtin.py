"""Built-in files are found in a checkout and in an installed package, and nowhere else."""

import pytest

from synthvision.core import builtin
from synthvision.core.builtin import builtin_folder, builtin_names, builtin_path
from synthvision.core.errors import UsageError


@pytest.fixture
def place(tmp_path, monkeypatch):
    package = tmp_path / "somewhere" / "synthvision"
    package.mkdir(parents=True)
    monkeypatch.setattr(builtin, "_PACKAGE", package)
    return package


def test_names_and_paths_of_this_installation():
    assert "quickstart" in builtin_names("render_configs")
    assert builtin_path("render_configs", "quickstart").is_file()
    assert builtin_path("scenes", "tabletop.yaml").name == "tabletop.yaml"
    with pytest.raises(
        UsageError, match=r"no built-in scene named 'tabeltop'; did you mean 'tabletop'\? \(there are: "
    ):
        builtin_path("scenes", "tabeltop")


def test_in_a_wheel_they_lie_inside_the_package(place):
    folder = place / "builtin" / "scenes" / "scenarios"
    folder.mkdir(parents=True)
    (folder / "fog.yaml").write_text("")
    assert builtin_folder("scenes") == place / "builtin" / "scenes"
    assert builtin_names("scenes") == ("scenarios/fog",)
    assert builtin_path("scenes", "scenarios/fog") == folder / "fog.yaml"


def test_presets_lie_among_the_scenes_and_are_none():
    assert "heavy_rain_dusk" in builtin_names("scenes/weather")
    assert builtin_path("scenes/weather", "fog").is_file()
    assert {name.partition("/")[0] for name in builtin_names("scenes") if "/" in name} == {"scenarios"}
    with pytest.raises(UsageError, match="no built-in weather preset named 'fgo'; did you mean 'fog'"):
        builtin_path("scenes/weather", "fgo")


def test_in_a_checkout_they_lie_beside_it_and_only_there(place):
    (place.parent / "scenes").mkdir()
    with pytest.raises(UsageError, match="holds no scenes: install it again"):
        builtin_folder("scenes")
    (place.parent / "pyproject.toml").write_text("")
    assert builtin_folder("scenes") == place.parent / "scenes"


@pytest.mark.parametrize("name", ["../secret", "/etc/passwd", "", "."])
def test_a_name_is_no_path(name):
    with pytest.raises(UsageError, match="no built-in job named"):
        builtin_path("render_configs", name)
