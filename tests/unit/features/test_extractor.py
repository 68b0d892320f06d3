from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest

from synthvision.core.errors import MissingExtraError, UsageError
from synthvision.core.streams import rng_for
from synthvision.features.extractor import EXTRACTORS, load_extractor
from synthvision.features.kernel_distance import kernel_distance

torch = pytest.importorskip("torch", reason="needs the extra realism")


@pytest.fixture(autouse=True)
def _one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def picture(number: int) -> np.ndarray:
    rng = rng_for(8, number, "test")
    small = rng.integers(0, 256, (6, 6, 3), dtype=np.uint8)
    return np.asarray(cv2.resize(small, (40 + number % 7, 48), interpolation=cv2.INTER_CUBIC), np.uint8)


@pytest.fixture(scope="module")
def vit(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from transformers import ViTConfig, ViTModel

    torch.manual_seed(0)
    folder = tmp_path_factory.mktemp("tiny_vit")
    config = ViTConfig(
        hidden_size=16, num_hidden_layers=2, num_attention_heads=2, intermediate_size=24, image_size=32, patch_size=8
    )
    # Without its pooling layer, as DINOv2 comes: one made at loading would be random.
    ViTModel(config, add_pooling_layer=False).save_pretrained(folder)
    return folder


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from transformers import CLIPConfig, CLIPModel

    torch.manual_seed(0)
    folder = tmp_path_factory.mktemp("tiny_clip")
    sizes = {"hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 24}
    text = {**sizes, "vocab_size": 50, "bos_token_id": 1, "eos_token_id": 2, "pad_token_id": 0}
    vision = {**sizes, "image_size": 32, "patch_size": 8}
    CLIPModel(CLIPConfig(text_config=text, vision_config=vision, projection_dim=12)).save_pretrained(folder)
    (folder / "preprocessor_config.json").write_text(json.dumps({"crop_size": {"height": 32, "width": 32}}))
    return folder


@pytest.mark.parametrize("name", EXTRACTORS)
def test_a_picture_has_the_same_features_whatever_stands_beside_it(name: str) -> None:
    extractor = load_extractor(name)
    assert extractor.name == name
    assert extractor.comparable is False
    many = extractor.features(picture(k) for k in range(40))
    assert many.dtype == np.float32
    assert many.shape[0] == 40
    assert np.isfinite(many).all()
    np.testing.assert_allclose(extractor.features([picture(37)])[0], many[37], rtol=1e-4, atol=1e-5)
    np.testing.assert_array_equal(load_extractor(name).features([picture(3)]), extractor.features([picture(3)]))
    with pytest.raises(UsageError, match="at least one picture"):
        extractor.features([])


def test_the_random_network_is_the_same_everywhere() -> None:
    """Its first weights, from Philox with the stated seed: another value is another extractor."""
    from synthvision.features.networks.random_network import _WEIGHTS_SEED, _weights

    values = rng_for(_WEIGHTS_SEED, 0, "features.random_network").standard_normal((32, 3, 5, 5))
    expected = values[:8] * np.sqrt(2 / 75)
    weights = _weights()
    np.testing.assert_allclose(weights[0][:8].numpy(), expected, rtol=1e-6)
    np.testing.assert_allclose(weights[0][8:].mean(dim=(2, 3)).numpy(), 0, atol=1e-7)
    for weight in weights[1:]:
        assert float(weight.var()) == pytest.approx(2 / weight[0].numel(), rel=0.05)


@pytest.mark.parametrize("name", EXTRACTORS)
@pytest.mark.parametrize("change", ["colour", "blur", "noise"])
def test_planted_changes_are_seen(name: str, change: str) -> None:
    rng = rng_for(9, 0, "test")
    real = [picture(k) for k in range(40)]
    others = []
    for k in range(40, 80):
        rgb = picture(k).astype(np.float64)
        if change == "colour":
            rgb = rgb * (1.15, 1.0, 0.85)
        elif change == "blur":
            rgb = cv2.GaussianBlur(rgb, (0, 0), 3)
        else:
            rgb = rgb + 12 * rng.standard_normal(rgb.shape)
        others.append(np.clip(np.rint(rgb), 0, 255).astype(np.uint8))
    extractor = load_extractor(name)
    distance = kernel_distance(extractor.features(real), extractor.features(others))
    assert distance.p <= 0.01


def test_the_two_extractors_are_unlike_each_other() -> None:
    """Neither's features are a linear function of the other's: most of their variance stays unexplained."""
    train = [picture(k) for k in range(140)]
    first, second = (load_extractor(name).features(train).astype(np.float64) for name in EXTRACTORS)
    assert first.shape[1] != second.shape[1]
    centred = [(part - part.mean(axis=0)) / (part.std(axis=0) + 1e-9) for part in (first, second)]
    kept = [np.linalg.svd(part[:110], full_matrices=False)[2][:20] for part in centred]
    x, y = centred[0] @ kept[0].T, centred[1] @ kept[1].T
    weights = np.linalg.lstsq(x[:110], y[:110], rcond=None)[0]
    left = ((y[110:] - x[110:] @ weights) ** 2).sum() / (y[110:] ** 2).sum()
    assert left > 0.3


def test_a_local_vision_model_gives_its_class_token(vit: Path) -> None:
    from transformers import ViTModel

    extractor = load_extractor(vit)
    features = extractor.features(picture(k) for k in range(20))
    assert features.shape == (20, 16)
    model = ViTModel.from_pretrained(vit, add_pooling_layer=False, local_files_only=True).eval()
    plain = np.full((32, 32, 3), 100, np.uint8)
    x = (torch.full((1, 3, 32, 32), 100 / 255) - torch.tensor([0.485, 0.456, 0.406]).view(1, 3, 1, 1)) / torch.tensor(
        [0.229, 0.224, 0.225]
    ).view(1, 3, 1, 1)
    with torch.inference_mode():
        expected = model(pixel_values=x).last_hidden_state[:, 0].numpy()
    np.testing.assert_allclose(extractor.features([plain]), expected, rtol=1e-4, atol=1e-5)
    np.testing.assert_array_equal(features, load_extractor(str(vit)).features(picture(k) for k in range(20)))


def test_a_clip_gives_its_image_embedding(clip: Path) -> None:
    assert load_extractor(clip).features([picture(0), picture(1)]).shape == (2, 12)


def test_names_and_folders_that_are_none_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="did you mean 'statistics'"):
        load_extractor("statistic")
    with pytest.raises(UsageError, match="must be a folder with a vision model"):
        load_extractor(tmp_path)


def test_without_torch_the_message_holds_the_command(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for module in [name for name in sys.modules if name.startswith("synthvision.features.networks.")]:
        monkeypatch.delitem(sys.modules, module)
    monkeypatch.setitem(sys.modules, "torch", None)
    for name in ("random", tmp_path):
        with pytest.raises(MissingExtraError, match=r"synthvision\[realism\]"):
            load_extractor(name)
    assert load_extractor("statistics").features([picture(0)]).shape == (1, 133)


def test_the_package_loads_without_torch() -> None:
    code = (
        "import sys, synthvision.features.extractor, synthvision.features.crops, synthvision.features.kernel_distance;"
        "assert 'torch' not in sys.modules and 'transformers' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
