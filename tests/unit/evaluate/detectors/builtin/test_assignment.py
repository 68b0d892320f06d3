from __future__ import annotations

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from synthvision.evaluate.detectors.builtin.assignment import assign, picture_targets  # noqa: E402  # after the skip
from synthvision.evaluate.detectors.builtin.losses import box_loss, boxes_of, detector_loss, score_loss  # noqa: E402
from synthvision.evaluate.detectors.builtin.network import Answers  # noqa: E402
from synthvision.evaluate.detectors.crops import Crop  # noqa: E402


def _crop(boxes, classes=None, ignored=(), size=64):
    return Crop(
        np.zeros((size, size, 3), np.uint8),
        np.array(boxes, np.float32).reshape(-1, 4),
        np.array(range(len(boxes)) if classes is None else classes, np.int64),
        np.array(ignored, np.float32).reshape(-1, 4),
    )


def _answers(middles, distances, classes):
    return Answers(middles, distances, classes, torch.zeros(0), torch.zeros(0))


def test_the_place_nearest_to_the_middle_is_wanted_most():
    # The middle (27, 21) lies in the cell of column 3 and row 2.
    score, weight, box, number, counted = picture_targets(_crop([(17, 11, 37, 31)], [2]), 8)
    assert score[2, 3] == 1
    assert (score == 1).sum() == 1
    assert weight[2, 3] == 1
    assert number[2, 3] == 2
    assert (number[weight == 0] == 0).all()
    assert box[2, 3].tolist() == [17, 11, 37, 31]
    assert counted.all()
    assert (box[weight == 0] == 0).all()


def test_an_object_smaller_than_a_cell_and_one_at_the_border_have_a_place_each():
    score, _, _, number, _ = picture_targets(_crop([(10, 10, 13, 13), (62, 62, 64, 64)]), 8)
    assert score[1, 1] == score[7, 7] == 1
    assert (number[1, 1], number[7, 7]) == (0, 1)


def test_of_two_with_one_middle_the_smaller_is_told():
    _, _, box, number, _ = picture_targets(_crop([(20, 20, 36, 36), (0, 0, 56, 56)]), 8)
    assert box[3, 3].tolist() == [20, 20, 36, 36]
    assert number[3, 3] == 0
    # Around it the larger one is wanted more.
    assert box[2, 3].tolist() == [0, 0, 56, 56]
    assert number[2, 3] == 1


def test_ignored_places_do_not_count_but_objects_in_them_do():
    *_, counted = picture_targets(_crop([(36, 36, 44, 44)], [0], [(32, 32, 64, 64)]), 8)
    assert counted[5, 5]
    assert not counted[6, 6]
    assert counted[:4].all()
    assert counted[:, :4].all()


def test_no_objects_is_a_loss_of_background_alone():
    targets = assign([_crop([])], 8)
    middles = torch.full((1, 8, 8), -2.0, requires_grad=True)
    losses = detector_loss(_answers(middles, torch.ones(1, 4, 8, 8), torch.zeros(1, 2, 8, 8)), targets, 8)
    assert losses["boxes"].item() == losses["classes"].item() == 0
    sum(losses.values()).backward()
    assert (middles.grad > 0).all()


@pytest.mark.parametrize("stride", [4, 8, 16])
def test_encoded_boxes_are_decoded_within_half_a_pixel(stride):
    rng = np.random.Generator(np.random.Philox(3))
    for _ in range(20):
        low = rng.uniform(0, 40, 2)
        corners = np.concatenate([low, low + rng.uniform(4, 24, 2)]).astype(np.float32)
        _, weight, box, _, _ = picture_targets(_crop([corners]), stride)
        ys, xs = np.nonzero(weight)
        middle_x, middle_y = (xs + 0.5) * stride, (ys + 0.5) * stride
        distances = torch.zeros(1, 4, *weight.shape)
        sides = box[ys, xs]
        wanted = np.stack(
            [middle_x - sides[:, 0], middle_y - sides[:, 1], sides[:, 2] - middle_x, sides[:, 3] - middle_y]
        )
        distances[0][:, ys, xs] = torch.from_numpy(wanted.astype(np.float32))
        found = boxes_of(distances, stride)[0].numpy()[ys, xs]
        assert found == pytest.approx(np.tile(corners, (len(xs), 1)), abs=0.5)


def test_right_answers_lose_nothing_and_wrong_ones_more():
    targets = assign([_crop([(16, 16, 48, 48)], [1])], 8)
    right = torch.logit(targets.score_nhw.clamp(1e-6, 1 - 1e-6))
    kinds = torch.tensor([-9.0, 9]).view(1, 2, 1, 1).expand(1, 2, 8, 8)
    y = (torch.arange(8) + 0.5) * 8
    sides = torch.stack(
        [(y - 16).expand(8, 8), (y[:, None] - 16).expand(8, 8), (48 - y).expand(8, 8), (48 - y[:, None]).expand(8, 8)]
    )[None]
    best = detector_loss(_answers(right, sides, kinds), targets, 8)
    assert all(term.item() == pytest.approx(0, abs=1e-4) for term in best.values())
    assert detector_loss(_answers(right - 1, sides, kinds), targets, 8)["middles"] > best["middles"]
    assert detector_loss(_answers(right, sides + 3, kinds), targets, 8)["boxes"] > 0.1
    # Nothing known of the classes: twice the logarithm of their number.
    unsure = detector_loss(_answers(right, sides, 0 * kinds), targets, 8)["classes"]
    assert unsure.item() == pytest.approx(2 * np.log(2), abs=1e-4)


def test_the_box_loss_has_its_known_values():
    one = torch.tensor([[0.0, 0, 10, 10]])
    assert box_loss(one, one).item() == pytest.approx(0, abs=1e-6)
    # Half overlap: intersection 50, union 150, hull 150.
    assert box_loss(one, one + torch.tensor([5.0, 0, 5, 0])).item() == pytest.approx(1 - 1 / 3)
    # Apart by one side: hull 300, union 200.
    assert box_loss(one, one + torch.tensor([20.0, 0, 20, 0])).item() == pytest.approx(1 + 1 / 3)


def test_the_score_loss_is_least_at_the_wanted_score():
    logits = torch.linspace(-4, 4, 161, requires_grad=True)
    losses = score_loss(logits, torch.full((161,), 0.7))
    assert logits[losses.argmin()].sigmoid().item() == pytest.approx(0.7, abs=0.01)
