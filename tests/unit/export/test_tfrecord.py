"""TFRecord files read back by the package `tfrecord` and by the protocol buffers library; checksums by `crc32c`."""

from __future__ import annotations

import struct
import tracemalloc

import crc32c as other_crc32c
import cv2
import numpy as np
import pytest
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory, text_format

from synthvision.core.registry import load_plugin
from synthvision.core.run_lengths import decode_rle
from synthvision.core.streams import rng_for
from synthvision.dataset.config import OutputConfig
from synthvision.dataset.manifest import ClassEntry
from synthvision.dataset.reader import open_dataset
from synthvision.export.crc32c import crc32c, masked_crc32c
from synthvision.export.parts import Parts
from synthvision.export.tf_example import BytesList, FloatList, Int64List, encode_example, text_list
from synthvision.export.tfrecord import TfrecordExporter


def records_of(path):
    """Yield the messages of a file, checking both checksums of each."""
    data, place = path.read_bytes(), 0
    while place < len(data):
        head = data[place : place + 8]
        (length,) = struct.unpack("<Q", head)
        message = data[place + 12 : place + 12 + length]
        for text, at in ((head, place + 8), (message, place + 12 + length)):
            crc = other_crc32c.crc32c(text)
            wanted = ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF
            assert struct.unpack("<I", data[at : at + 4]) == (wanted,)
        yield message
        place += 16 + length


@pytest.mark.parametrize(
    ("data", "crc"),
    [
        (b"", 0),
        (b"123456789", 0xE3069283),
        (bytes(32), 0x8A9136AA),  # these three from RFC 3720, B.4
        (b"\xff" * 32, 0x62A8AB43),
        (bytes(range(32)), 0x46DD794E),
    ],
)
def test_checksums_of_the_standard(data, crc):
    assert crc32c(data) == crc


@pytest.mark.parametrize("length", [1, 599, 600, 601, 4_095, 4_096, 4_097, 65_537, 300_001])
def test_checksums_are_those_of_another_program_at_any_length(length):
    data = rng_for(0, length, "test.bytes").integers(0, 256, length, np.uint8).tobytes()
    assert crc32c(data) == other_crc32c.crc32c(data)
    assert 0 <= masked_crc32c(data) <= 0xFFFFFFFF


def test_messages_are_those_of_the_library():
    from tfrecord import example_pb2

    features = {
        "bytes": BytesList([b"", b"\x00\xff", b"x" * 300]),
        "floats": FloatList([0.5, -1.0, 1e30]),
        "numbers": Int64List([0, 1, 127, 128, 2**40, -1, -(2**63)]),
        "empty": FloatList(),
        "größe": text_list(["タイル"]),
    }
    example = example_pb2.Example()
    example.ParseFromString(encode_example(features))
    found = example.features.feature
    assert list(found["bytes"].bytes_list.value) == list(features["bytes"])
    assert list(found["floats"].float_list.value) == [np.float32(value) for value in features["floats"]]
    assert list(found["numbers"].int64_list.value) == list(features["numbers"])
    assert found["empty"].WhichOneof("kind") == "float_list"
    assert found["größe"].bytes_list.value[0].decode() == "タイル"
    # Equal bytes in any order of the mapping, and the library writes the same content back.
    assert encode_example(dict(reversed(features.items()))) == encode_example(features)
    again = example_pb2.Example()
    again.ParseFromString(example.SerializeToString())
    assert again == example


def test_a_hundred_frames_come_back(awkward, tmp_path):
    from tfrecord import example_pb2
    from tfrecord.reader import tfrecord_loader

    dataset = open_dataset(awkward)
    out = load_plugin("exporters", "tfrecord")(masks=True, shard_mib=0.3).export(
        dataset, tmp_path / "out", Parts.whole()
    )
    paths = sorted(out.glob("*.tfrecord"))
    assert [path.name for path in paths] == [
        f"train-{number:05d}-of-{len(paths):05d}.tfrecord" for number in range(len(paths))
    ]
    assert len(paths) > 2
    loaded = [record for path in paths for record in tfrecord_loader(str(path), None)]
    messages = [message for path in paths for message in records_of(path)]
    assert len(messages) == len(loaded) == 100
    names = labels_by_id(out / "label_map.pbtxt")
    assert list(names.values()) == list(dataset.manifest.class_names)
    for frame, record, message in zip(dataset, loaded, messages, strict=True):
        labels = frame.labels("labelled", "ignored")
        assert bytes(record["image/encoded"]) == frame.path("image").read_bytes()
        assert bytes(record["image/format"]) == b"png"
        assert (record["image/width"][0], record["image/height"][0]) == (96, 64)
        edges = [np.atleast_1d(record[f"image/object/bbox/{name}"]) for name in ("xmin", "ymin", "xmax", "ymax")]
        boxes = np.round(np.stack(edges, axis=1).reshape(-1, 4) * (96, 64, 96, 64), 3)
        assert boxes.tolist() == [list(label.box_xyxy) for label in labels]
        # The loader runs lists of texts together; the message class of the same package does not.
        features = example_pb2.Example.FromString(message).features.feature
        texts = features["image/object/class/text"].bytes_list.value
        assert [text.decode() for text in texts] == [label.category for label in labels]
        assert [names[int(number)] for number in record["image/object/class/label"]] == [
            label.category for label in labels
        ]
        assert record["image/object/is_crowd"].tolist() == [int(label.status == "ignored") for label in labels]
        for label, png in zip(labels, features["image/object/mask"].bytes_list.value, strict=True):
            mask = cv2.imdecode(np.frombuffer(bytes(png), np.uint8), cv2.IMREAD_UNCHANGED)
            np.testing.assert_array_equal(mask, decode_rle(label.rle))


def labels_by_id(path):
    """Read a label map with the library, by the schema of the Object Detection API."""
    file = descriptor_pb2.FileDescriptorProto(name="label_map.proto", syntax="proto2")
    item = file.message_type.add(name="Item")
    item.field.add(name="name", number=1, type=9, label=1)
    item.field.add(name="id", number=2, type=5, label=1)
    file.message_type.add(name="Map").field.add(name="item", number=1, type=11, label=3, type_name=".Item")
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    kind = message_factory.GetMessageClass(pool.FindMessageTypeByName("Map"))
    return {entry.id: entry.name for entry in text_format.Parse(path.read_text(), kind()).item}


def test_label_maps_hold_any_name(make_awkward, make_dataset, tmp_path):
    names = ('a "b"', "back\\slash", "new\nline", "größe", "🎲", "tab\t")
    root = make_dataset(
        1,
        output=OutputConfig(),
        export=False,
        cards=lambda f: [],
        classes=tuple(ClassEntry(name=name) for name in names),
    )
    out = TfrecordExporter().export(open_dataset(root), tmp_path / "out", Parts.whole())
    assert labels_by_id(out / "label_map.pbtxt") == dict(enumerate(names, start=1))


def test_a_second_run_is_the_same_and_parts_are_kept_apart(make_awkward, tmp_path):
    dataset = open_dataset(make_awkward(10))
    parts = Parts.of_frames({"train": range(7), "val": range(7, 10)})
    outs = [TfrecordExporter().export(dataset, tmp_path / name, parts) for name in "ab"]
    first, second = ({path.name: path.read_bytes() for path in out.iterdir()} for out in outs)
    assert first == second
    assert sorted(first) == ["label_map.pbtxt", "train-00000-of-00001.tfrecord", "val-00000-of-00001.tfrecord"]
    assert [sum(1 for _ in records_of(path)) for path in sorted(outs[0].glob("*.tfrecord"))] == [7, 3]


def test_memory_does_not_grow_with_the_number_of_frames(make_awkward, tmp_path):
    root = make_awkward(1)
    line = (root / "records/00000.jsonl").read_text()

    def peak(count):
        # One picture for all: only the records are many.
        (root / "records/00000.jsonl").write_text(
            "".join(line.replace('"frame":0,', f'"frame":{frame},') for frame in range(count))
        )
        for frame in range(1, count):
            picture = root / f"images/0000/{frame:08d}.png"
            if not picture.exists():
                picture.hardlink_to(root / "images/0000/00000000.png")
        dataset = open_dataset(root)
        tracemalloc.start()
        TfrecordExporter().export(dataset, tmp_path / f"out{count}", Parts.whole())
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return most

    peak(5)
    assert peak(60) < peak(15) + 200_000
