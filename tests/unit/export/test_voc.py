"""Pascal VOC files read as the development kit's readers do, against the records."""

from __future__ import annotations

from xml.etree import ElementTree

import cv2
import numpy as np
import pytest
from PIL import Image

from synthvision.core.errors import UsageError
from synthvision.core.run_lengths import decode_rle
from synthvision.dataset.config import OutputConfig
from synthvision.dataset.manifest import ClassEntry
from synthvision.dataset.reader import open_dataset
from synthvision.export.parts import Parts
from synthvision.export.voc import VocExporter, voc_palette


def exported(root, out, parts=None, **options):
    exporter = VocExporter(**options)
    assert exporter.export(open_dataset(root), out, parts or Parts.whole()) == out
    return exporter


def read_voc(root, part="train"):
    """Name, picture (always .jpg, as common readers have it) and XML tree of each picture of a list."""
    for name in (root / "ImageSets/Main" / f"{part}.txt").read_text().split():
        tree = ElementTree.parse(root / "Annotations" / f"{name}.xml").getroot()
        assert tree.tag == "annotation"
        yield name, root / "JPEGImages" / f"{name}.jpg", tree


def boxes(tree):
    for node in tree.iter("object"):
        box = node.find("bndbox")
        yield node, [int(box.find(key).text) for key in ("xmin", "ymin", "xmax", "ymax")]


def test_objects_are_those_of_the_records_in_pixels_from_one(awkward, tmp_path):
    exporter = exported(awkward, tmp_path / "out")
    dataset = open_dataset(awkward)
    read = list(read_voc(tmp_path / "out"))
    assert [int(name) for name, _, _ in read] == list(dataset.indices)
    flags = set()
    for (name, picture, tree), frame in zip(read, dataset, strict=True):
        assert tree.find("filename").text == f"{name}.jpg"
        with Image.open(picture) as opened:
            assert opened.format == "JPEG"
        size = tree.find("size")
        height, width, depth = cv2.imread(str(picture)).shape
        assert [int(size.find(key).text) for key in ("width", "height", "depth")] == [width, height, depth]
        labels = frame.labels("labelled", "ignored")
        found = list(boxes(tree))
        assert len(found) == len(labels)
        for (node, (xmin, ymin, xmax, ymax)), label in zip(found, labels, strict=True):
            assert node.find("name").text == label.category
            # Inclusive pixels from 1: the slice that a reader in Matlab takes.
            mask = decode_rle(label.rle)
            assert mask[ymin - 1 : ymax, xmin - 1 : xmax].sum() == mask.sum()
            assert mask[:, xmin - 1].any()
            assert mask[:, xmax - 1].any()
            assert mask[ymin - 1].any()
            assert mask[ymax - 1].any()
            flag = {key: node.find(key).text for key in ("difficult", "truncated", "occluded")}
            assert flag["difficult"] == str(int(label.status == "ignored"))
            assert flag["truncated"] == str(int(label.truncation > 0.15))
            assert flag["occluded"] == str(int(label.visible_fraction < 0.95))
            flags.add(tuple(flag.values()))
    assert len(flags) > 3
    assert exporter.notes == ("PNG pictures encoded as JPEG of quality 95: 100",)


def test_masks_have_classes_and_objects_with_the_colour_map(awkward, tmp_path):
    exported(awkward, tmp_path / "out", segmentation=True)
    names = open_dataset(awkward).manifest.class_names
    for frame in open_dataset(awkward):
        pictures = {}
        for folder in ("SegmentationClass", "SegmentationObject"):
            picture = Image.open(tmp_path / "out" / folder / f"{frame.index:08d}.png")
            assert picture.mode == "P"
            # Pillow writes no more of the map than is used, in steps of its own; what is there must be right.
            palette = picture.getpalette()
            assert palette == voc_palette()[: len(palette)]
            pictures[folder] = np.asarray(picture)
        classes, objects = pictures.values()
        rest = np.ones(classes.shape, bool)
        for place, label in enumerate(frame.labels("labelled", "ignored"), start=1):
            mask = decode_rle(label.rle)
            rest &= ~mask
            if label.status == "ignored":
                assert set(classes[mask]) == set(objects[mask]) == {255}
            else:
                assert set(classes[mask]) == {names.index(label.category) + 1}
                assert ((objects == place) == mask).all()
        assert not classes[rest].any()
        assert not objects[rest].any()
    assert len((tmp_path / "out/ImageSets/Segmentation/train.txt").read_text().split()) == 100


def test_the_colour_map_is_vocs():
    palette = np.array(voc_palette()).reshape(-1, 3)
    known = {0: (0, 0, 0), 1: (128, 0, 0), 15: (192, 128, 128), 20: (0, 64, 128), 255: (224, 224, 192)}
    assert {number: tuple(palette[number]) for number in known} == known
    assert len(np.unique(palette, axis=0)) == 256


def test_jpeg_pictures_are_the_same_bytes_and_png_may_stay(make_awkward, tmp_path):
    jpg = make_awkward(2, folder="jpg", output=OutputConfig(image_format="jpg"))
    assert exported(jpg, tmp_path / "a").notes == ()
    first = open_dataset(jpg).frame(0).path("image")
    assert (tmp_path / "a/JPEGImages/00000000.jpg").read_bytes() == first.read_bytes()
    png = make_awkward(2, folder="png")
    assert exported(png, tmp_path / "b", pictures="keep").notes == ()
    tree = ElementTree.parse(tmp_path / "b/Annotations/00000001.xml")
    assert tree.find("filename").text == "00000001.png"
    assert (tmp_path / "b/JPEGImages/00000001.png").is_file()


def test_lists_are_those_of_the_parts(make_awkward, tmp_path):
    exported(make_awkward(4), tmp_path / "out", Parts.of_frames({"train": [0, 2], "val": [3]}))
    assert (tmp_path / "out/ImageSets/Main/train.txt").read_text() == "00000000\n00000002\n"
    assert (tmp_path / "out/ImageSets/Main/val.txt").read_text() == "00000003\n"
    assert len(list((tmp_path / "out/Annotations").iterdir())) == 3


def test_more_classes_than_a_mask_can_number_are_refused(make_awkward, tmp_path):
    classes = tuple(ClassEntry(name=f"class {number}") for number in range(255))
    root = make_awkward(1, cards=lambda _: [], classes=classes)
    with pytest.raises(UsageError, match="mask images of VOC hold at most 254 classes, got 255"):
        exported(root, tmp_path / "out", segmentation=True)
    exported(root, tmp_path / "boxes")
