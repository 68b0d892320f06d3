"""Where packs are found, registered, and how a missing one is reported."""

from __future__ import annotations

import os
import stat

import pytest

from synthvision.core.errors import AssetError
from synthvision.library.assets import AssetLibrary
from synthvision.library.indexing import index_folder
from synthvision.library.packs import available_packs, find_pack, list_entries, register_pack, user_folder


@pytest.fixture
def folders(kit):
    """tools/ is marked by a table, loose/ is plain; nest/ holds both kinds."""
    for name in ("tools", "loose", "nest/tools", "nest/other", "shared/assets"):
        kit.triangle_file(f"{name}/hammer.glb")
    for name in ("tools", "nest/tools", "shared/assets"):
        (kit.folder / name / "ASSETS.csv").write_text("path\nhammer.glb\n")
    return kit.folder


def test_a_root_is_a_pack_of_its_own_name(folders, monkeypatch):
    monkeypatch.setenv("SYNTHVISION_ASSETS", str(folders / "tools"))
    pack = find_pack("tools")
    assert (pack.name, pack.root, pack.origin) == ("tools", folders / "tools", "SYNTHVISION_ASSETS")
    assert [entry.full_name for entry in pack.entries] == ["tools/hammer"]


def test_several_roots_and_given_names(folders, monkeypatch):
    monkeypatch.setenv("SYNTHVISION_ASSETS", os.pathsep.join([f"shared={folders / 'tools'}", str(folders / "loose")]))
    assert find_pack("shared").root == folders / "tools"
    assert find_pack("loose").root == folders / "loose"
    with pytest.raises(AssetError, match="no asset pack named 'tools'"):
        find_pack("tools")


def test_a_root_may_hold_packs(folders, monkeypatch):
    monkeypatch.setenv("SYNTHVISION_ASSETS", str(folders / "nest"))
    assert find_pack("tools").root == folders / "nest" / "tools"
    assert find_pack("other").root == folders / "nest" / "other"
    assert {"tools", "builtin"} <= set(available_packs())
    assert "other" not in available_packs()  # a plain folder is a pack only when somebody asks for it


def test_a_folder_called_assets_goes_by_its_parents_name_too(folders, monkeypatch):
    monkeypatch.setenv("SYNTHVISION_ASSETS", str(folders / "shared" / "assets"))
    for name in ("assets", "shared"):
        pack = find_pack(name)
        assert (pack.name, pack.root) == (name, folders / "shared" / "assets")
        assert pack.entries[0].pack == name


def test_the_jobs_roots_come_before_the_environment_and_that_before_the_registry(folders, monkeypatch):
    register_pack(index_folder(folders / "loose", "tools"))
    assert find_pack("tools").root == folders / "loose"
    monkeypatch.setenv("SYNTHVISION_ASSETS", str(folders / "nest"))
    assert find_pack("tools").root == folders / "nest" / "tools"
    assert find_pack("tools", [folders / "tools"]).root == folders / "tools"


def test_a_job_may_name_its_roots(folders):
    assert find_pack("mine", [f"mine={folders / 'loose'}"]).root == folders / "loose"
    # What a loader makes of it that puts the job's folder before every root:
    assert find_pack("mine", [folders / f"mine={folders / 'loose'}"]).root == folders / "loose"
    assert find_pack("mine", [folders / "mine=loose"]).root == folders / "loose"


def test_two_folders_of_one_name_are_an_error(folders, monkeypatch):
    monkeypatch.setenv("SYNTHVISION_ASSETS", os.pathsep.join([str(folders / "tools"), str(folders / "nest")]))
    with pytest.raises(AssetError, match="pack 'tools' must be one folder"):
        find_pack("tools")


def test_a_missing_pack_says_what_there_is_and_what_to_type(folders, monkeypatch):
    monkeypatch.setenv("SYNTHVISION_ASSETS", str(folders / "tools"))
    with pytest.raises(AssetError) as caught:
        find_pack("tool")
    for part in (
        "no asset pack named 'tool'", "did you mean 'tools'", "there are: builtin, tools",
        "synthvision assets add FOLDER --name tool", "SYNTHVISION_ASSETS=tool=FOLDER",
    ):  # fmt: skip
        assert part in str(caught.value)


def test_a_root_that_is_gone_is_an_error(folders, monkeypatch):
    monkeypatch.setenv("SYNTHVISION_ASSETS", str(folders / "gone"))
    with pytest.raises(AssetError, match="SYNTHVISION_ASSETS: an asset root must be an existing folder"):
        find_pack("tools")


def test_registering_leaves_a_read_only_folder_alone(folders):
    target = folders / "loose"
    before = sorted(path.name for path in target.iterdir())
    mode = target.stat().st_mode
    target.chmod(mode & ~stat.S_IWUSR & ~stat.S_IWGRP & ~stat.S_IWOTH)
    try:
        path = register_pack(index_folder(target))
    finally:
        target.chmod(mode)
    assert path == user_folder() / "packs" / "loose.json"
    assert sorted(item.name for item in target.iterdir()) == before
    pack = find_pack("loose")
    assert pack.origin == "registered"
    assert pack.entries[0].recorded_sha256 == pack.entries[0].sha256
    assert AssetLibrary([pack]).load_model(pack.entries[0].reference()).triangle_count == 1


def test_a_registered_name_is_not_taken_over(folders):
    register_pack(index_folder(folders / "loose", "mine"))
    register_pack(index_folder(folders / "loose", "mine"))  # indexing the same folder again is fine
    with pytest.raises(AssetError, match=r"'mine' is registered for .*loose"):
        register_pack(index_folder(folders / "tools", "mine"))
    register_pack(index_folder(folders / "tools", "mine"), replace=True)
    assert find_pack("mine").root == folders / "tools"


@pytest.mark.parametrize("name", ["builtin", "", "../x", "a b", "a/b", ".hidden"])
def test_names_are_checked(folders, name):
    pack = index_folder(folders / "loose")
    from dataclasses import replace

    with pytest.raises(AssetError, match="a pack's name must be letters"):
        register_pack(replace(pack, name=name))


def test_a_registered_folder_that_moved_is_named(folders):
    register_pack(index_folder(folders / "loose"))
    (folders / "loose").rename(folders / "moved")
    with pytest.raises(AssetError, match="must exist; add the pack again"):
        find_pack("loose")


def test_listing_spans_packs(folders):
    register_pack(index_folder(folders / "loose"))
    register_pack(index_folder(folders / "tools"))
    assert [entry.full_name for entry in list_entries(["tools", "loose"])] == ["loose/hammer", "tools/hammer"]


def test_user_folder_follows_the_environment(tmp_path, monkeypatch):
    assert user_folder() == tmp_path / "home"
    monkeypatch.delenv("SYNTHVISION_HOME")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "xdg"))
    assert user_folder() == tmp_path / "xdg" / "synthvision"
    monkeypatch.delenv("XDG_DATA_HOME")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert user_folder() == tmp_path / ".local" / "share" / "synthvision"
