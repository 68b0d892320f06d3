"""A tiny world with known answers: flat cards and discs on a floor, seen straight from above, drawn by numpy."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pytest

from synthvision.annotate.config import LabelPolicy
from synthvision.annotate.frame import annotate_frame
from synthvision.core.frames import AmodalCoverage, CapturedFrame, LabelImages
from synthvision.core.streams import rng_for
from synthvision.dataset.config import OutputConfig
from synthvision.dataset.manifest import (
    AssetEntry,
    ClassEntry,
    Manifest,
    config_hash,
    frame_ranges,
    layers_of,
    save_manifest,
)
from synthvision.dataset.reader import open_dataset
from synthvision.dataset.records import merge_records
from synthvision.dataset.writer import FrameWriter, new_folder
from synthvision.export.coco import CocoExporter
from synthvision.export.parts import Parts
from synthvision.geometry.boxes import tight_box
from synthvision.geometry.poses import look_at
from synthvision.library.model import Material, MeshPart, Model
from synthvision.scene import AssetRef, Camera, Origin, Scene, SceneObject

CLASSES = ("card", "disc", "tile")
ALL_LAYERS = OutputConfig(depth=True, ids=True, normals=True, semantic=True)
COLOURS = {"floor": (120, 118, 112), "card": (196, 64, 52), "disc": (52, 110, 190), "tile": (230, 180, 60)}


@dataclass(frozen=True)
class Card:
    """A flat thing: `shape` card, disc or tile; centre and half size in metres; height above the floor."""

    shape: str
    x: float
    y: float
    half_w: float
    half_h: float
    height: float = 0.01
    role: str = "thing"
    category: str | None = "same"


class CardLibrary:
    """Loads the models that `FlatWorld` draws."""

    def __init__(self) -> None:
        self.loaded = 0

    def load_model(self, ref: AssetRef) -> Model:
        self.loaded += 1
        corners = np.array([[-1, -1, 0], [1, -1, 0], [1, 1, 0], [-1, 1, 0]], np.float32)
        part = MeshPart(
            positions_n3=corners,
            normals_n3=np.tile(np.array([0, 0, 1], np.float32), (4, 1)),
            triangles_m3=np.array([[0, 1, 2], [0, 2, 3]], np.uint32),
        )
        keypoints = {"centre": (0.0, 0.0, 0.0), "right": (1.0, 0.0, 0.0)} if ref.name == "tile" else {}
        return Model(key=ref.key, parts=(part,), materials=(Material(),), keypoints=keypoints)


@dataclass
class FlatWorld:
    """Camera `distance` metres above the floor, `focal` pixels; world +x is right and world +y is up in the picture."""

    cards: list[Card]
    size_wh: tuple[int, int] = (96, 64)
    focal: float = 100.0
    distance: float = 2.0
    frame: int = 0
    noise: float = 1.5
    library: CardLibrary = field(default_factory=CardLibrary)

    @property
    def camera(self) -> Camera:
        width, height = self.size_wh
        position = (0.0, 0.0, self.distance)
        return Camera(
            size_wh=self.size_wh,
            focal_xy_px=(self.focal, self.focal),
            centre_xy_px=(width / 2, height / 2),
            position_m=position,
            rotation_wxyz=tuple(look_at(position, (0, 0, 0)).tolist()),
        )

    @property
    def scene(self) -> Scene:
        floor = SceneObject(
            instance_id=1, name="floor", asset=AssetRef("flat", "floor"), role="background", scale=(0.4, 0.28, 1.0)
        )
        objects = [floor]
        for index, card in enumerate(self.cards):
            objects.append(
                SceneObject(
                    instance_id=index + 2,
                    name=f"cards/{index}",
                    asset=AssetRef("flat", card.shape),
                    position_m=(card.x, card.y, card.height),
                    scale=(card.half_w, card.half_h, 1.0),
                    role=card.role,
                    category=card.shape if card.category == "same" else card.category,
                    attributes={"shape": card.shape},
                )
            )
        return Scene(camera=self.camera, objects=tuple(objects), origin=Origin(seed=3, frame=self.frame))

    def alone(self, item: SceneObject, margin: int) -> np.ndarray:
        """The mask of one object alone on a canvas `margin` pictures wider on each side."""
        width, height = self.size_wh
        x = np.arange(-margin * width, (1 + margin) * width) + 0.5 - width / 2
        y = np.arange(-margin * height, (1 + margin) * height) + 0.5 - height / 2
        depth = self.distance - item.position_m[2]
        u = (x * depth / self.focal - item.position_m[0]) / item.scale[0]
        v = (-y * depth / self.focal - item.position_m[1]) / item.scale[1]
        if item.asset.name == "disc":
            return u[None, :] ** 2 + v[:, None] ** 2 < 1
        return (np.abs(u) < 1)[None, :] & (np.abs(v) < 1)[:, None]

    def labels(self) -> LabelImages:
        width, height = self.size_wh
        ids = np.zeros((height, width), np.uint16)
        depth = np.full((height, width), np.inf, np.float32)
        normals = np.zeros((height, width, 3), np.float32)
        amodal = {}
        for item in sorted(self.scene.objects, key=lambda item: item.position_m[2]):
            canvas = self.alone(item, 1)
            inside = canvas[height : 2 * height, width : 2 * width]
            ids[inside] = item.instance_id
            depth[inside] = self.distance - item.position_m[2]
            normals[inside] = (0, 0, -1)
            if item.role == "background":
                continue
            box, whole = tight_box(inside), tight_box(canvas)
            x1, y1, x2, y2 = box or (0, 0, 0, 0)
            amodal[item.instance_id] = AmodalCoverage(
                mask_hw=inside[y1:y2, x1:x2].copy(),
                offset_xy=(x1, y1),
                alone_pixels=int(inside.sum()),
                alone_pixels_canvas=int(canvas.sum()),
                box_xyxy=whole and (whole[0] - width, whole[1] - height, whole[2] - width, whole[3] - height),
            )
        return LabelImages(ids, depth, normals, dict(sorted(amodal.items())))

    def capture(self) -> CapturedFrame:
        labels = self.labels()
        rng = rng_for(0, self.frame, "test.picture")
        rgb = np.zeros((*labels.id_hw.shape, 3))
        rgb[:] = (30, 40, 60)
        for item in self.scene.objects:
            shade = 1 - 0.06 * (item.instance_id % 4)
            rgb[labels.id_hw == item.instance_id] = np.array(COLOURS[item.asset.name]) * shade
        rgb = np.clip(rgb + rng.normal(0, self.noise, rgb.shape), 0, 255).round().astype(np.uint8)
        return CapturedFrame(rgb, labels, exposure_ev100=7.0)


def random_cards(seed: int, frame: int, count: int, half: float = 0.05) -> list[Card]:
    """Cards of all shapes, some one over the other, some cut by the border; the last one is a distractor."""
    rng = rng_for(seed, frame, "test.cards")
    cards = []
    for index in range(count):
        shape = CLASSES[int(rng.integers(len(CLASSES)))]
        x, y = float(rng.uniform(-0.9, 0.9)), float(rng.uniform(-0.6, 0.6))
        w, h = (float(value) for value in rng.uniform(half, 3 * half, 2))
        role = "distractor" if index == count - 1 else "thing"
        cards.append(Card(shape, x, y, w, h, 0.01 * (index + 1), role, None if role == "distractor" else "same"))
    return cards


@dataclass(frozen=True)
class FlatKit:
    """What tests use of this file; modules cannot import each other here."""

    World: type = FlatWorld
    Card: type = Card
    Library: type = CardLibrary
    classes: tuple[str, ...] = CLASSES

    @staticmethod
    def random_cards(seed: int, frame: int, count: int, half: float = 0.05) -> list[Card]:
        return random_cards(seed, frame, count, half)


@pytest.fixture
def flat() -> FlatKit:
    return FlatKit()


@pytest.fixture
def make_dataset(tmp_path):
    """Write a data set of `FlatWorld` frames the way a job does and return its folder."""

    def make(
        frames: int = 4,
        *,
        folder: str = "set",
        output: OutputConfig = ALL_LAYERS,
        policy: LabelPolicy = LabelPolicy(),  # noqa: B008  frozen
        cards=lambda frame: random_cards(5, frame, 6 if frame != 2 else 0),
        merge: bool = True,
        export: bool = True,
        change=lambda scene, captured: (scene, captured),
        **changes,
    ):
        layout = new_folder(tmp_path / folder)
        config = {"name": "flat", "labels": policy.model_dump(mode="json"), "frames": frames, "seed": 3}
        fields = {
            "name": "flat",
            "generator": "synthvision test",
            "seed": 3,
            "frames": frame_ranges(range(frames)),
            "config": config,
            "config_hash": config_hash(config),
            "classes": tuple(ClassEntry(name=name, supercategory="shape") for name in CLASSES),
            "layers": layers_of(output),
            "assets": tuple(
                AssetEntry(pack="flat", name=name, kind="model", licence="CC0-1.0") for name in ("floor", *CLASSES)
            ),
        }
        manifest = Manifest(**(fields | changes))
        save_manifest(layout, manifest)
        writer = FrameWriter(layout, manifest)
        for frame in range(frames):
            world = FlatWorld(cards(frame), frame=frame)
            scene, captured = change(world.scene, world.capture())
            annotated = annotate_frame(scene, captured, world.library, policy, manifest.class_names)
            writer.write(annotated.to_record(), captured)
        if merge:
            merge_records(layout)
        if export:
            CocoExporter().export(open_dataset(layout.root), layout.root, Parts.whole())
        return layout.root

    return make
