"""Frames are counted so that cameras change fastest, then steps, then views, then scenes."""

from __future__ import annotations

import itertools

import pytest

from synthvision.core.errors import UsageError
from synthvision.core.frame_order import FrameOrder, FramePlace


def test_frames_are_counted_in_the_order_of_the_odometer():
    order = FrameOrder(views=2, steps=3, cameras=2)
    wheels = itertools.product(range(4), range(2), range(3), range(2))
    for frame, place in enumerate(wheels):
        assert order.place(frame) == FramePlace(*place)
    assert order.frames_of_one_scene == 12


def test_neighbours_are_the_same_camera_and_view():
    order = FrameOrder(views=2, steps=3, cameras=2)
    for frame in range(48):
        here = order.place(frame)
        for steps in (-1, 1):
            other = order.neighbour(frame, steps)
            if other is None:
                assert here.step + steps in (-1, 3)
                continue
            assert order.place(other) == FramePlace(here.scene, here.view, here.step + steps, here.camera)
            assert order.video(other) == order.video(frame)
        first = order.place(order.first_step(frame))
        assert first == FramePlace(here.scene, here.view, 0, here.camera)


def test_videos_count_up_without_gaps():
    order = FrameOrder(views=2, steps=3, cameras=2)
    assert {order.video(frame) for frame in range(48)} == set(range(16))


def test_counts_below_one_are_refused():
    with pytest.raises(UsageError, match="must be 1 or more, got 1, 0 and 1"):
        FrameOrder(steps=0)
