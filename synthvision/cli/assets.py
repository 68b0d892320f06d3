"""Commands about asset packs: list, check, add, remove."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from synthvision.cli.options import EPILOG

if TYPE_CHECKING:
    from synthvision.library.assets import AssetLibrary
    from synthvision.library.catalogue import CatalogueEntry, Pack
    from synthvision.library.checks import AssetReport

__all__ = ["add", "app", "check", "list_packs", "remove"]

app = typer.Typer(help="List, check, add and remove asset packs.", rich_markup_mode=None)

PacksArgument = Annotated[
    list[str] | None,
    typer.Argument(metavar="PACK|DIR", help="Names of packs, or folders of assets that are no packs yet."),
]
KindOption = Annotated[
    Literal["model", "material", "environment", "photo"] | None, typer.Option(help="Only assets of this kind.")
]
MatchOption = Annotated[
    str | None, typer.Option("--match", metavar="GLOB", help="Only assets whose name fits, e.g. 'models/die/*'.")
]


@app.command("list", epilog=EPILOG)
def list_packs(packs: PacksArgument = None, kind: KindOption = None, match: MatchOption = None) -> int:
    """List packs, or the assets of packs.

    Without a name every pack that jobs can use is listed with the place where it was found.
    """
    if not packs:
        from synthvision.library.packs import available_packs

        found = available_packs()
        width = max(len(name) for name in found)
        for name, where in found.items():
            print(f"{name:<{width}}  {where}")
        return 0
    _, entries = _open(packs, kind, match)
    width = max((len(entry.full_name) for entry in entries), default=0)
    for entry in entries:
        size = f"{entry.size_m:g} m" if entry.size_m else "-"
        licence = entry.licence or "no licence"
        print(f"{entry.full_name:<{width}}  {entry.kind:<11}  {entry.category:<16}  {size:<8}  {licence}")
    return 0


@app.command("check", epilog=EPILOG)
def check(
    packs: PacksArgument = None,
    kind: KindOption = None,
    match: MatchOption = None,
    sheet: Annotated[
        Path | None, typer.Option(metavar="FILE.png", help="Also draw a sheet of thumbnails; needs OpenGL.")
    ] = None,
    draws: Annotated[
        int, typer.Option(metavar="N", min=0, help="Show N random objects of each procedural asset on the sheet.")
    ] = 0,
    json: Annotated[Path | None, typer.Option("--json", metavar="FILE", help="Also write the reports as JSON.")] = None,
) -> int:
    """Open every asset of packs and report.

    A line for each asset with its real size, triangles and textures; what is odd about it below: scale, holes, missing
    textures, missing licence. Exit code 1 where an asset cannot be used.
    """
    from synthvision.library.checks import check_entries

    library, entries = _open(packs or ["builtin"], kind, match)
    reports: list[AssetReport] = []
    for report in check_entries(entries, library):
        reports.append(report)
        _print_report(report)
    broken = sum(not report.ok for report in reports)
    odd = sum(bool(report.warnings) for report in reports)
    print(f"{len(reports)} assets, {broken} cannot be used, {odd} with warnings", file=sys.stderr)
    if json is not None:
        from synthvision.core.hashing import canonical_json
        from synthvision.dataset.atomic import write_text

        write_text(json, canonical_json([report.to_json() for report in reports]) + "\n")
    if sheet is not None:
        from synthvision.pipeline.thumbnails import asset_sheet

        print(asset_sheet(library, entries, sheet, draws=draws))
    return 1 if broken else 0


@app.command("add", epilog=EPILOG)
def add(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Folder of assets; it is not written to.")],
    name: Annotated[
        str | None, typer.Option(metavar="NAME", help="Name of the pack; the folder's name if left out.")
    ] = None,
    replace: Annotated[bool, typer.Option("--replace", help="Take the name from another folder that has it.")] = False,
    check: Annotated[
        bool, typer.Option("--check", help="Open every asset first, and add nothing where one cannot be used.")
    ] = False,
) -> int:
    """Make a folder of assets known as a pack.

    Models, texture sets, environment maps and photos are found by catalog.yaml, by ASSETS.csv, or by their files.
    Jobs can name the pack from then on. Without --check files are listed and not opened. Exit code 1 where --check
    finds an asset that cannot be used.
    """
    from synthvision.library.indexing import index_folder
    from synthvision.library.packs import register_pack

    pack = index_folder(folder, name or _pack_name(folder))
    for note in pack.notes:
        print(f"note: {note}", file=sys.stderr)
    nameless = sum(not entry.licence for entry in pack.entries)
    if nameless:
        print(f"warning: {nameless} assets state no licence", file=sys.stderr)
    if check:
        from synthvision.library.assets import AssetLibrary
        from synthvision.library.checks import check_entries

        broken = [report for report in check_entries(pack.entries, AssetLibrary([pack])) if not report.ok]
        for report in broken:
            _print_report(report)
        if broken:
            print(f"{len(broken)} of {len(pack.entries)} assets cannot be used; nothing was added", file=sys.stderr)
            return 1
    path = register_pack(pack, replace=replace)
    kinds = [entry.kind for entry in pack.entries]
    counts = ", ".join(f"{kinds.count(kind)} {kind}s" for kind in dict.fromkeys(kinds))
    print(f"pack {pack.name}: {counts}; jobs name it with assets: {{packs: [{pack.name}]}}", file=sys.stderr)
    if not check:
        print(f"the files were not opened; 'synthvision assets check {pack.name}' does that", file=sys.stderr)
    print(path)
    return 0


@app.command("remove", epilog=EPILOG)
def remove(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Name of a pack that 'assets add' made known.")],
) -> int:
    """Make an added pack unknown again.

    Its folder and files stay as they are; only the catalogue that 'assets add' wrote is removed, and its path printed.
    """
    from synthvision.library.packs import unregister_pack

    path = unregister_pack(name)
    print(f"pack {name} is no longer known; its files were not touched", file=sys.stderr)
    print(path)
    return 0


def _pack_name(folder: Path) -> str | None:
    # As in SYNTHVISION_ASSETS: a folder called assets says little, the one it lies in more.
    whole = folder.absolute()
    return whole.parent.name if whole.name.lower() == "assets" else None


def _open(packs: Sequence[str], kind: str | None, match: str | None) -> tuple[AssetLibrary, list[CatalogueEntry]]:
    """Return the library of packs and folders, and their entries that fit."""
    from fnmatch import fnmatchcase

    from synthvision.library.assets import AssetLibrary
    from synthvision.library.indexing import index_folder
    from synthvision.library.packs import BUILTIN, find_pack

    opened: dict[str, Pack] = {}
    for text in packs:
        pack = index_folder(Path(text), _pack_name(Path(text))) if _is_folder(text) else find_pack(text)
        opened[pack.name] = pack
    # Thumbnails show materials on a built-in ball, so the built-in pack is always open.
    library = AssetLibrary([*opened.values(), *([] if BUILTIN in opened else [find_pack(BUILTIN)])])
    entries = [
        entry
        for entry in library.entries
        if entry.pack in opened
        and (kind is None or entry.kind == kind)
        and (match is None or fnmatchcase(entry.name, match) or fnmatchcase(entry.full_name, match))
    ]
    return library, entries


def _is_folder(text: str) -> bool:
    return "/" in text or text in (".", "..")


def _print_report(report: AssetReport) -> None:
    entry = report.entry
    facts: list[str] = [entry.kind]
    if report.extent_m is not None:
        facts.append(" x ".join(f"{side:.3g}" for side in report.extent_m) + " m")
    if report.scale is not None and abs(report.scale - 1) > 1e-6:
        facts.append(f"scaled by {report.scale:.3g}")
    if report.triangles:
        facts.append(f"{report.triangles:,} triangles")
    if report.size_px is not None:
        facts.append(f"{report.size_px[0]}x{report.size_px[1]} px")
    facts += report.textures
    facts.append(entry.licence or "no licence")
    print(f"{'ok ' if report.ok else 'BAD'} {entry.full_name}: {', '.join(facts)}")
    for error in report.errors:
        print(f"    error: {error}")
    for warning in report.warnings:
        print(f"    warning: {warning}")
