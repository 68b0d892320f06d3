"""The files that travel with the package, in a checkout and in an installed wheel."""

from __future__ import annotations

import pytest

from synthvision.core import builtin
from synthvision.core.builtin import builtin_folder, builtin_names, builtin_path
from synthvision.core.errors import UsageError


def test_the_jobs_and_scenes_are_there():
    assert {"quickstart", "street_cones", "fruit_bowl", "cards", "dice"} <= set(builtin_names("render_configs"))
    for kind in ("scenes", "render_configs"):
        names = builtin_names(kind)
        assert names
        assert list(names) == sorted(names)
        for name in names:
            assert builtin_path(kind, name).is_file()
            assert builtin_path(kind, f"{name}.yaml") == builtin_path(kind, name)
    assert builtin_folder("assets").is_dir()


def test_an_unknown_name_gets_the_nearest():
    with pytest.raises(UsageError, match=r"^there is no built-in job named 'quikstart'; did you mean 'quickstart'\?"):
        builtin_path("render_configs", "quikstart")
    with pytest.raises(UsageError, match=r"^there is no built-in scene named 'zzzz' \(there are: "):
        builtin_path("scenes", "zzzz")


def test_a_name_cannot_leave_the_folder():
    with pytest.raises(UsageError, match="there is no built-in job named"):
        builtin_path("render_configs", "../scenes/tabletop")


def test_a_broken_installation_is_told_and_a_strangers_folder_is_not_taken(tmp_path, monkeypatch):
    (tmp_path / "scenes").mkdir()  # as another package could leave one in site-packages
    monkeypatch.setattr(builtin, "_PACKAGE", tmp_path / "synthvision")
    with pytest.raises(UsageError, match="the installed package holds no scenes: install it again"):
        builtin_folder("scenes")
    (tmp_path / "pyproject.toml").touch()
    assert builtin_folder("scenes") == tmp_path / "scenes"
    inside = tmp_path / "synthvision" / "builtin" / "scenes"
    inside.mkdir(parents=True)
    assert builtin_folder("scenes") == inside
