"""Thumbnails of all built-in kinds in random order without names, for an observer who does not know them.

``observer.py sheet DIR`` writes ``sheet.png`` with a number under each thumbnail, and ``key.json`` that tells which
number is which kind. ``observer.py score DIR NAMES.json`` compares what an observer wrote, ``{"1": "apple", ...}``,
with the key: a name counts where it is the kind's own name or category, or one of the words below that mean the same.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from synthvision.core.streams import rng_for
from synthvision.library.assets import AssetLibrary
from synthvision.pipeline.thumbnails import asset_sheet

#: Other words for kinds, beside name and category.
ALSO = {
    "armchair": "easy chair",
    "ball": "football, soccer ball, tennis ball, basketball",
    "banana": "bananas",
    "bar_light": "led bar, light bar, linear light",
    "barrier": "road barrier, jersey barrier, barricade",
    "bearing": "ball bearing",
    "bin": "tote, container, storage box, plastic bin, plastic box, storage bin",
    "blister_pack": "pills, pill pack, tablets",
    "bollard": "post",
    "bolt": "screw",
    "bottle_cap": "cap, crown cap, lid",
    "box_stack": "pallet load, stacked boxes, boxes on pallet, stack of boxes, pallet of boxes, loaded pallet",
    "bracket": "plate, angle bracket, mounting plate",
    "building": "house, apartment building, block of flats",
    "bus_shelter": "bus stop",
    "cabinet": "sideboard, cupboard, chest of drawers, wardrobe, filing cabinet, drawers",
    "camera_housing": "camera, industrial camera",
    "can": "drink can, soda can, beer can",
    "carton": "milk carton, juice carton, drink carton, juice box",
    "casting": "housing, flange, machine part, cast part",
    "chair": "office chair, desk chair",
    "clock": "alarm clock, wall clock",
    "computer_mouse": "mouse",
    "connector": "plug, cable connector, terminal block",
    "conveyor_belt": "conveyor",
    "crate": "basket, box",
    "crisp_packet": "chip bag, crisp bag, snack bag, bag of chips, chips bag",
    "crushed_bottle": "bottle, plastic bottle",
    "crushed_can": "can",
    "cyclist": "bicyclist, person on bicycle",
    "desk": "table",
    "desk_lamp": "lamp, table lamp",
    "die": "dice",
    "dome_light": "dome lamp, lamp, light",
    "drum": "barrel, oil drum",
    "egg_carton": "egg box, eggs",
    "fence": "railing",
    "food_box": "cereal box, box, carton",
    "gas_cylinder": "gas bottle, gas tank, oxygen tank",
    "gear": "cog, cogwheel",
    "ground": "floor, nothing, empty",
    "guard_rail": "guardrail, crash barrier",
    "hammer": "mallet",
    "hand_truck": "sack truck, dolly, trolley",
    "hedge": "bush",
    "hydrant": "fire hydrant",
    "kick_scooter": "scooter, e-scooter",
    "ladder": "stepladder, step ladder",
    "litter_bin": "trash can, bin, waste bin, trash bin",
    "lorry": "truck",
    "monitor": "screen, computer monitor",
    "motorcyclist": "person on motorcycle, rider, person on scooter",
    "mug": "cup",
    "nut": "cap nut",
    "paint_brush": "paintbrush",
    "paper_cup": "cup, coffee cup",
    "parcel": "cardboard box, box, package",
    "pcb": "circuit board, printed circuit board",
    "pedestrian": "person, man, woman, child",
    "picture_frame": "picture, framed picture, painting",
    "pillow": "cushion",
    "pipe_elbow": "pipe, pipe fitting, elbow, tee",
    "plant_pot": "plant, potted plant, house plant",
    "plastic_bag": "bag, trash bag, garbage bag, bin bag",
    "playing_card": "card",
    "pliers": "pincers",
    "post_box": "mailbox, postbox",
    "pushchair": "stroller, pram",
    "roll_cage": "trolley, wire trolley, cage trolley",
    "rucksack": "backpack",
    "sack": "bag, bag of cement",
    "shelf": "rack, pallet rack, shelving",
    "shopping_bag": "paper bag, tote bag, bag",
    "sofa": "couch",
    "spanner": "wrench",
    "spray_can": "aerosol can, aerosol",
    "spring": "coil spring",
    "stool": "bar stool",
    "street_lamp": "street light, lamp post",
    "syringe": "vial, ampoule, medicine bottle",
    "tape_roll": "tape, adhesive tape",
    "tin": "tin can, food can, sardine tin, can",
    "traffic_cone": "cone",
    "traffic_sign": "road sign, sign, street sign",
    "tray": "baking tray",
    "tube": "toothpaste, toothpaste tube, cream tube",
    "valve_handle": "valve, ball valve, tap",
    "waste_basket": "waste bin, trash can, bin, pedal bin, wastebasket",
    "wheelchair": "wheelchair user",
    "yoghurt_pot": "yogurt cup, yoghurt, yogurt, yoghurt cup, yogurt pot",
}


def make_sheet(folder: Path, seed: int) -> None:
    """Write the sheet and its key."""
    library = AssetLibrary.open(())
    entries = [entry for entry in library.find(kind="model") if entry.pack == "builtin" and entry.is_procedural]
    rng_for(seed, 0, "observer").shuffle(entries)
    folder.mkdir(parents=True, exist_ok=True)
    numbers = [str(number) for number in range(1, len(entries) + 1)]
    asset_sheet(library, entries, folder / "sheet.png", draws=1, seed=seed, titles=numbers)
    pairs = zip(numbers, entries, strict=True)
    key = {number: {"name": entry.name, "category": entry.category} for number, entry in pairs}
    (folder / "key.json").write_text(json.dumps(key, indent=1))


def score(folder: Path, names: Path) -> int:
    """Print what was named wrongly and how many were right; return the number of wrong ones."""
    key, given = json.loads((folder / "key.json").read_text()), json.loads(names.read_text())
    wrong = 0
    for number, entry in key.items():
        same = ALSO.get(entry["name"], "").split(", ")
        allowed = {word.replace("_", " ") for word in (entry["name"], entry["category"], *same) if word}
        said = str(given.get(number, "")).lower().replace("_", " ").strip()
        if said not in allowed:
            wrong += 1
            print(f"{number}: {entry['name']}, but the observer said {said or 'nothing'!r}")
    print(f"{len(key) - wrong} of {len(key)} kinds were named", file=sys.stderr)
    return wrong


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("action", choices=("sheet", "score"))
    parser.add_argument("folder", type=Path)
    parser.add_argument("names", type=Path, nargs="?", help="what the observer wrote, for `score`")
    parser.add_argument("--seed", type=int, default=0, help="order and random objects")
    arguments = parser.parse_args()
    if arguments.action == "sheet":
        make_sheet(arguments.folder, arguments.seed)
        return 0
    if arguments.names is None:
        parser.error("score needs the file of names")
    return int(score(arguments.folder, arguments.names) > 0)


if __name__ == "__main__":
    sys.exit(main())
