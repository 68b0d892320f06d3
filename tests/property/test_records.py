"""Records survive the way through JSON exactly."""

from __future__ import annotations

import json
from dataclasses import fields

from hypothesis import given
from hypothesis import strategies as st

from synthvision.core.hashing import canonical_json
from synthvision.core.labels import InstanceLabel, Keypoint, OrientedBox, Pose, Rle, label_to_json
from synthvision.dataset.manifest import frame_ranges
from synthvision.dataset.records import frame_of_line, parse_record

numbers = st.floats(allow_nan=False, allow_infinity=False)
triples = st.tuples(numbers, numbers, numbers)
quaternions = st.tuples(numbers, numbers, numbers, numbers)
pixels = st.none() | st.tuples(numbers, numbers)
boxes = st.none() | st.tuples(*[st.integers(-(2**31), 2**31)] * 4)
rles = st.none() | st.builds(Rle, st.tuples(st.integers(0, 65535), st.integers(0, 65535)), st.text())
keypoints = st.builds(Keypoint, st.text(), pixels, numbers, st.sampled_from([0, 1, 2]))
labels = st.builds(
    InstanceLabel,
    instance_id=st.integers(1, 65535),
    name=st.text(),
    role=st.sampled_from(["thing", "stuff", "distractor", "background"]),
    category=st.none() | st.text(),
    status=st.sampled_from(["labelled", "ignored", "dropped", "hidden", "unlabelled"]),
    reasons=st.lists(st.text(), max_size=2).map(tuple),
    visible_pixels=st.integers(0, 2**40),
    box_xyxy=boxes,
    centroid_xy=pixels,
    rle=rles,
    alone_pixels=st.none() | st.integers(0),
    alone_pixels_canvas=st.none() | st.integers(0),
    visible_fraction=st.none() | numbers,
    truncation=st.none() | numbers,
    amodal_box_xyxy=boxes,
    amodal_rle=rles,
    contrast_transmittance=numbers,
    lens_transmittance=numbers,
    apparent_contrast=st.none() | numbers,
    pose=st.none() | st.builds(Pose, triples, quaternions, triples),
    bbox_3d=st.none() | st.builds(OrientedBox, triples, triples, quaternions, st.lists(pixels, max_size=8).map(tuple)),
    keypoints=st.lists(keypoints, max_size=2).map(tuple),
    attributes=st.dictionaries(st.text(), st.text(), max_size=2),
)


def record_of(frame: int, instances: list[InstanceLabel]) -> dict:
    row = [0.0] * 4
    return {
        "frame": frame,
        "size_wh": [640, 480],
        "camera": {"k_33": [[1.0, 0.0, 0.0]] * 3, "camera_from_world": [row] * 4},
        "exposure_ev100": 7.0,
        "noise": 1.0,
        "instances": [label_to_json(label) for label in instances],
        "scene": {"origin": {"frame": 123456}},
        "files": {"image": {"path": "images/0000/00000000.png", "bytes": 3, "sha256": "ab"}},
        # Its own key of nearly that name comes before the frame's.
        "augmentation": {"source_frame": 654321, "variant": 1, "geometry": "warped", "applied": ["Rotate"]},
        "weather": {"kind": "clear", "visibility_m": 20000.0},
    }


@given(st.integers(0, 99_999_999), st.lists(labels, max_size=3))
def test_what_is_written_is_read_back(frame, instances):
    line = canonical_json(record_of(frame, instances))
    record = parse_record(line)
    assert record.frame == frame == frame_of_line(line.encode())
    assert record.instances == tuple(instances)
    assert record.augmentation.source_frame == 654321
    assert record.weather_levels() == {"kind": "clear", "visibility_m": 20000.0}
    again = canonical_json(record_of(frame, list(record.instances)))
    assert again == line


@given(labels)
def test_every_field_of_a_label_is_written(label):
    written = json.loads(canonical_json(label_to_json(label)))
    # Levels are written where there are any.
    assert written.keys() | {"factor_levels"} == {item.name for item in fields(InstanceLabel)}


@given(st.sets(st.integers(0, 300)))
def test_frame_ranges_hold_exactly_the_frames(frames):
    ranges = frame_ranges(frames)
    assert sorted(index for part in ranges for index in part.indices) == sorted(frames)
    assert [part.start for part in ranges] == sorted(part.start for part in ranges)
