"""Crops, sources, checkpoints, measures: properties."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
import torch

from synthvision.core.errors import UsageError
from synthvision.core.streams import rng_for
from synthvision.features.photos import PhotoBox
from synthvision.realism.networks.generator import Generator, initialise
from synthvision.realism.training.checkpoint import load_checkpoint, load_weights, save_checkpoint, save_weights
from synthvision.realism.training.data import Cache, PairSampler, crop_place
from synthvision.realism.training.log import LossLog
from synthvision.realism.training.measure import DistanceMeter, edge_agreement, edge_map
from synthvision.realism.training.sources import LoadedPicture, matching_side, open_synthetic


class Pictures:
    """Pictures whose red and green channels are column and row, with one box each."""

    def __init__(self, sizes, boxes=()):
        self.sizes, self.boxes, self.loaded = sizes, boxes, 0
        self.name = "pictures"
        self.categories = tuple(sorted({entry.category for row in boxes for entry in row}))

    def __len__(self):
        return len(self.sizes)

    def categories_of(self, index):
        return frozenset(entry.category for entry in self.boxes[index])

    def load(self, index):
        self.loaded += 1
        width, height = self.sizes[index]
        rgb = np.zeros((height, width, 3), np.uint8)
        rgb[..., 0], rgb[..., 1], rgb[..., 2] = np.arange(width), np.arange(height)[:, None], index
        return LoadedPicture(rgb, None, self.boxes[index] if self.boxes else ())


def box(name, *sides):
    return (PhotoBox(name, tuple(float(side) for side in sides)),)


def test_a_step_has_the_same_crops_whenever_it_comes(tiny):
    make = lambda: PairSampler(tiny(batch=2), Pictures([(90, 60)] * 4), Pictures([(70, 50)] * 3), 50)  # noqa: E731
    one, other = make(), make()
    for step in (9, 2, 5):
        one.batch(step)
    for mine, its in zip(one.batch(2), other.batch(2), strict=True):
        for a, b in zip(mine, its, strict=True):
            np.testing.assert_array_equal(a.rgb_hwc, b.rgb_hwc)
    assert any((a.rgb_hwc != b.rgb_hwc).any() for a, b in zip(one.batch(3)[0], one.batch(4)[0], strict=True))


def test_matched_crops_hold_an_object_of_the_class(tiny):
    renders = Pictures(
        [(200, 150)] * 3, [box("ace", 150, 100, 170, 120), box("king", 5, 8, 20, 30), box("ace", 0, 0, 9, 9)]
    )
    photos = Pictures([(120, 100)] * 2, [box("ace", 60, 40, 80, 70), box("queen", 1, 1, 9, 9)])
    sampler = PairSampler(tiny(class_crops=True), renders, photos, 100)
    assert sampler.classes == ("ace",)
    for step in range(20):
        (render,), (photo,) = sampler.batch(step)
        assert render.category == photo.category == "ace"
        for example, boxes in ((render, renders.boxes), (photo, photos.boxes)):
            x1, y1, x2, y2 = (int(side) for side in example.box_xyxy)
            whole = boxes[int(example.rgb_hwc[0, 0, 2])][0].box_xyxy
            # Red counts columns: the object's place in the crop shows its place in the picture, mirrored or not.
            columns, rows = sorted(example.rgb_hwc[y1, [x1, x2 - 1], 0]), sorted(example.rgb_hwc[[y1, y2 - 1], x1, 1])
            assert (columns[0], columns[1] + 1, rows[0], rows[1] + 1) == (whole[0], whole[2], whole[1], whole[3])


def test_objects_larger_than_a_crop_fill_it(tiny):
    rng = rng_for(0, 0, "test")
    for _ in range(50):
        place = crop_place(rng, 32, 200, (40.0, 140.0))
        assert 40 <= place <= 108
        assert 0 <= crop_place(rng, 32, 200, (190.0, 200.0)) <= 168
        assert 20 <= crop_place(rng, 32, 200, (30.0, 52.0)) <= 30


def test_photos_are_made_smaller_and_never_larger(tiny):
    boxes = [box("ace", 40, 40, 80, 80)]
    sampler = PairSampler(
        tiny(class_crops=True, flip=False),
        Pictures([(90, 90)], [box("ace", 0, 0, 9, 9)]),
        Pictures([(200, 160)], boxes),
        80,
    )
    _, (photo,) = sampler.batch(0)
    x1, y1, x2, y2 = photo.box_xyxy
    assert (x2 - x1, y2 - y1) == (20, 20)
    assert np.ptp(photo.rgb_hwc[..., 0]) == pytest.approx(62, abs=2)
    larger = PairSampler(tiny(flip=False), Pictures([(90, 90)]), Pictures([(60, 40)]), 500)
    assert np.ptp(larger.batch(0)[1][0].rgb_hwc[..., 0]) == 31


def test_photos_smaller_than_a_crop_are_enlarged_to_it(tiny):
    sampler = PairSampler(tiny(), Pictures([(90, 90)]), Pictures([(24, 16)]), 500)
    assert sampler.batch(0)[1][0].rgb_hwc.shape == (32, 32, 3)


def test_things_are_matched_in_size():
    renders = Pictures([(200, 100)] * 2, [box("ace", 0, 0, 20, 20), box("ace", 0, 0, 10, 40)])
    photos = Pictures([(400, 300)] * 2, [box("ace", 0, 0, 40, 40), box("king", 0, 0, 1, 1)])
    assert matching_side(renders, photos) == 150
    assert matching_side(renders, Pictures([(400, 300)])) == 100


def test_a_cache_is_bounded_by_bytes():
    source = Pictures([(10, 10)] * 9)
    cache = Cache(source.load, lambda picture: picture.rgb_hwc.nbytes, 1000)
    for index in (0, 1, 2, 0, 3, 0):
        cache.get(index)
        assert cache.held_bytes <= 1000
    assert source.loaded == 4
    cache.get(1)
    assert source.loaded == 5
    tiny = Cache(source.load, lambda picture: picture.rgb_hwc.nbytes, 1)
    assert tiny.get(4).rgb_hwc[0, 0, 2] == 4


def test_without_a_shared_class_both_sides_are_named(tiny):
    renders, photos = Pictures([(90, 90)], [box("ace", 0, 0, 9, 9)]), Pictures([(90, 90)], [box("jack", 0, 0, 9, 9)])
    with pytest.raises(UsageError, match="a class that renders and photos share, got ace and jack"):
        PairSampler(tiny(class_crops=True), renders, photos, 90)


def test_the_last_frames_are_kept_back(make_dataset):
    train, held = open_synthetic(make_dataset(8), ("edges", "classes"), 0.25)
    assert (train.frames, held.frames) == ((0, 1, 2, 3, 4, 5), (6, 7))
    picture = train.load(0)
    assert picture.conditions_chw.shape[1:] == picture.rgb_hwc.shape[:2]
    assert {entry.category for entry in picture.boxes} == train.categories_of(0)


def network():
    made = Generator(width=4, blocks=1)
    initialise(made, torch.Generator().manual_seed(0))
    return made


def test_a_checkpoint_gives_everything_back(tmp_path):
    one = network()
    adam = torch.optim.Adam(one.parameters(), lr=0.1)
    one(torch.rand(1, 3, 16, 16)).sum().backward()
    adam.step()
    path = tmp_path / "c.safetensors"
    save_checkpoint(path, {"g": one}, {"a": adam}, {"pool.0": torch.ones(2)}, {"step": 3, "best": 0.1})
    other = network()
    other_adam = torch.optim.Adam(other.parameters(), lr=0.1)
    found = load_checkpoint(path, {"g": other}, {"a": other_adam})
    assert found.state == {"step": 3, "best": 0.1}
    assert torch.equal(found.tensors["pool.0"], torch.ones(2))
    for mine, its in zip(adam.state.values(), other_adam.state.values(), strict=True):
        assert all(torch.equal(mine[name], its[name]) for name in ("step", "exp_avg", "exp_avg_sq"))
    assert all(torch.equal(a, b) for a, b in zip(one.parameters(), other.parameters(), strict=True))


def test_broken_and_foreign_weights_are_refused(tmp_path):
    path = tmp_path / "w.safetensors"
    with pytest.raises(UsageError, match="there is no such file"):
        load_weights(path, network())
    save_weights(path, network())
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(UsageError, match="must be a whole safetensors file"):
        load_weights(path, network())
    save_weights(path, Generator(width=8, blocks=1))
    with pytest.raises(UsageError, match=r"must have shape \(4, 3, 7, 7\), got \(8, 3, 7, 7\)"):
        load_weights(path, network())
    save_weights(path, Generator(width=4, blocks=2))
    with pytest.raises(UsageError, match="differs in 4 of them"):
        load_weights(path, network())


def test_lines_after_the_checkpoint_and_half_lines_go_when_a_log_is_resumed(tmp_path):
    log = LossLog(tmp_path, 0, tensorboard=False)
    for step in (10, 20, 30):
        log.add(step, {"gan": 0.5}, {})
    with (tmp_path / "losses.jsonl").open("a") as stream:
        stream.write('{"step": 4')
    LossLog(tmp_path, 20, tensorboard=False)
    assert [line[-10:] for line in (tmp_path / "losses.jsonl").read_text().splitlines()] == ['"step":10}', '"step":20}']


def test_edges_within_a_pixel_agree_and_others_do_not():
    picture = np.full((60, 60, 3), 60, np.uint8)
    cv2.rectangle(picture, (15, 15), (40, 40), (180, 120, 60), -1)
    edges = edge_map(picture)
    assert 80 <= edges.sum() <= 130
    for shift, agrees in ((0, True), (1, True), (4, False)):
        moved = np.roll(edges, (shift, shift), (0, 1))
        assert (edge_agreement(edges, moved) > 0.95) == agrees
    assert edge_agreement(np.zeros_like(edges), edges) == 1
    assert edge_agreement(edges, np.zeros_like(edges)) == 0


def test_a_distance_grows_with_the_difference():
    def crops(seed, cast):
        return [
            (rng_for(seed, i, "crops").integers(90, 160, (24, 24, 3)) + cast).clip(0, 255).astype(np.uint8)
            for i in range(24)
        ]

    meter = DistanceMeter(crops(1, 0))
    same, some, more = (meter.distance(crops(2, cast)) for cast in (0, 6, 40))
    assert abs(same) < 0.3 * some
    assert some < more
    with pytest.raises(UsageError, match="at least 2 crops"):
        DistanceMeter(crops(1, 0)[:1])
