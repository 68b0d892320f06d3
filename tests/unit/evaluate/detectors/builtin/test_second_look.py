from __future__ import annotations

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from synthvision.evaluate.detectors.builtin.second_look import SecondLook, box_samples, jittered, mistaken  # noqa: E402


@pytest.mark.parametrize("stride", [1, 4, 8])
def test_samples_lie_evenly_inside_their_box(stride):
    # Features that are their own coordinates: samples between places are exact.
    y, x = torch.meshgrid(torch.arange(24.0), torch.arange(32.0), indexing="ij")
    places = (torch.stack([x, y]) + 0.5) * stride
    features = torch.stack([places, -places])
    boxes = [torch.tensor([[4.0, 6, 20, 22], [10, 10, 13, 18]]) * stride, torch.tensor([[1.0, 2, 17, 10]]) * stride]
    found = box_samples(features, boxes, stride)
    assert found.shape == (3, 2, 16, 16)
    share = (torch.arange(16) + 0.5) / 16
    for samples, box, sign in zip(found, torch.cat(boxes), (1, 1, -1), strict=True):
        x1, y1, x2, y2 = box
        assert torch.allclose(samples[0], sign * (x1 + (x2 - x1) * share)[None].expand(16, 16), atol=1e-3)
        assert torch.allclose(samples[1], sign * (y1 + (y2 - y1) * share)[:, None].expand(16, 16), atol=1e-3)


def test_pictures_without_boxes_have_no_samples():
    found = box_samples(torch.zeros(2, 3, 8, 8), [torch.zeros(0, 4), torch.tensor([[0.0, 0, 8, 8]])], 8)
    assert found.shape == (1, 3, 16, 16)


def test_what_one_box_is_does_not_depend_on_the_others():
    torch.manual_seed(0)
    look = SecondLook(8, 16, 3).eval()
    fine, coarse = torch.rand(2, 8, 16, 16), torch.rand(2, 16, 8, 8)
    boxes = [torch.tensor([[4.0, 4, 40, 30], [0, 0, 64, 64]]), torch.tensor([[8.0, 8, 60, 20]])]
    together = look(fine, 4, coarse, 8, boxes)
    alone = look(fine[1:], 4, coarse[1:], 8, boxes[1:])
    assert torch.allclose(together[2:], alone, atol=1e-6)


def test_jittered_boxes_stay_near():
    torch.manual_seed(0)
    boxes = torch.tensor([[10.0, 20, 50, 40]]).expand(500, 4)
    found = jittered(boxes)
    middle = (found[:, :2] + found[:, 2:]) / 2 - torch.tensor([30.0, 30])
    assert (middle.abs() <= 0.08 * torch.tensor([40.0, 20]) + 1e-4).all()
    side = (found[:, 2:] - found[:, :2]) / torch.tensor([40.0, 20])
    assert side.min() >= 0.88
    assert side.max() <= 1.13
    assert found.std(dim=0).min() > 0.5


def test_mistakes_are_the_surest_peaks_apart_from_all_objects():
    middle = torch.zeros(8, 8)
    # An object, what is next to it, a thing that looks alike, its neighbour, and one that looks less alike.
    for (row, column), value in {(1, 1): 9.0, (1, 3): 8.0, (5, 5): 7.0, (5, 6): 6.0, (1, 6): 5.0}.items():
        middle[row, column] = value
    y, x = torch.meshgrid((torch.arange(8.0) + 0.5) * 8, (torch.arange(8.0) + 0.5) * 8, indexing="ij")
    boxes = torch.stack([x - 8, y - 8, x + 8, y + 8], dim=-1)
    boxes[1, 3] = torch.tensor([6.0, 4, 22, 20])
    found = mistaken(middle, boxes, np.array([[4, 4, 20, 20]], np.float32))
    assert found[:2].tolist() == [[36, 36, 52, 52], [44, 4, 60, 20]]
    assert len(found) <= 4
    assert all((box - torch.tensor([4.0, 4, 20, 20])).abs().max() > 2 for box in found)


def test_a_crop_of_nothing_has_mistakes_too():
    middle = torch.arange(16.0).view(4, 4)
    found = mistaken(middle, torch.zeros(4, 4, 4), np.zeros((0, 4), np.float32))
    assert 1 <= len(found) <= 4
