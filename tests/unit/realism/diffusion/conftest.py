"""A Stable Diffusion of a few kilobytes with random weights, built without a network, and frames to refine."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from synthvision.annotate.config import LabelPolicy
from synthvision.annotate.frame import annotate_frame
from synthvision.core.frames import CapturedFrame
from synthvision.core.hashing import canonical_json
from synthvision.dataset.records import parse_record
from synthvision.realism.refiner import RefineInput


@pytest.fixture(autouse=True, scope="session")
def _one_thread():
    import torch

    torch.set_num_threads(1)


def make_tokenizer():
    """Every byte is a word: nothing has to be downloaded."""
    from transformers import CLIPTokenizer

    plain = [*range(33, 127), *range(161, 173), *range(174, 256)]
    signs = [chr(byte) for byte in plain] + [chr(256 + place) for place in range(256 - len(plain))]
    words = [*signs, *(f"{sign}</w>" for sign in signs), "<|startoftext|>", "<|endoftext|>"]
    return CLIPTokenizer(vocab={word: number for number, word in enumerate(words)}, merges=[], model_max_length=77)


def make_unet(**changes):
    from diffusers import UNet2DConditionModel

    settings = {
        "block_out_channels": (4, 8),
        "layers_per_block": 1,
        "sample_size": 32,
        "in_channels": 4,
        "out_channels": 4,
        "down_block_types": ("DownBlock2D", "CrossAttnDownBlock2D"),
        "up_block_types": ("CrossAttnUpBlock2D", "UpBlock2D"),
        "cross_attention_dim": 32,
        "norm_num_groups": 1,
    }
    return UNet2DConditionModel(**(settings | changes))


def make_control(seed: int = 0, **changes):
    """Its last convolutions start at zero, so that a new one has no effect: here they do not."""
    import torch
    from diffusers import ControlNetModel

    settings = {
        "block_out_channels": (4, 8),
        "layers_per_block": 1,
        "in_channels": 4,
        "down_block_types": ("DownBlock2D", "CrossAttnDownBlock2D"),
        "cross_attention_dim": 32,
        "conditioning_embedding_out_channels": (16, 32),
        "norm_num_groups": 1,
    }
    torch.manual_seed(seed)
    control = ControlNetModel(**(settings | changes))
    with torch.no_grad():
        for last in [*control.controlnet_down_blocks, control.controlnet_mid_block]:
            torch.nn.init.normal_(last.weight, std=0.5)
            torch.nn.init.normal_(last.bias, std=0.5)
        torch.nn.init.normal_(control.controlnet_cond_embedding.conv_out.weight, std=0.5)
    return control


def make_pipeline(controls=None, unet=None):
    import torch
    from diffusers import (
        AutoencoderKL,
        DDIMScheduler,
        StableDiffusionControlNetImg2ImgPipeline,
        StableDiffusionImg2ImgPipeline,
    )
    from transformers import CLIPTextConfig, CLIPTextModel

    torch.manual_seed(0)
    vae = AutoencoderKL(
        block_out_channels=[4, 8],
        in_channels=3,
        out_channels=3,
        latent_channels=4,
        norm_num_groups=2,
        down_block_types=["DownEncoderBlock2D"] * 2,
        up_block_types=["UpDecoderBlock2D"] * 2,
    )
    text = CLIPTextConfig(
        hidden_size=32,
        intermediate_size=37,
        num_attention_heads=4,
        num_hidden_layers=2,
        vocab_size=514,
        bos_token_id=512,
        eos_token_id=513,
        pad_token_id=513,
    )
    parts = {
        "vae": vae,
        "text_encoder": CLIPTextModel(text),
        "tokenizer": make_tokenizer(),
        "unet": unet if unet is not None else make_unet(),
        "scheduler": DDIMScheduler(
            beta_start=0.00085,
            beta_end=0.012,
            beta_schedule="scaled_linear",
            clip_sample=False,
            set_alpha_to_one=False,
            steps_offset=1,
        ),
        "safety_checker": None,
        "feature_extractor": None,
        "image_encoder": None,
        "requires_safety_checker": False,
    }
    if controls is None:
        return StableDiffusionImg2ImgPipeline(**parts)
    return StableDiffusionControlNetImg2ImgPipeline(**parts, controlnet=controls)


@dataclass(frozen=True)
class TinyModels:
    """Folders that `save_pretrained` wrote.

    Args:
        root: Holds all others: `base`, `two_controls`, `depth`, `edges`.
    """

    root: Path
    make_unet = staticmethod(make_unet)
    make_control = staticmethod(make_control)
    make_pipeline = staticmethod(make_pipeline)


@pytest.fixture(scope="session")
def tiny(tmp_path_factory) -> TinyModels:
    root = tmp_path_factory.mktemp("models")
    make_pipeline().save_pretrained(root / "base")
    (root / "base" / "README.md").write_text("---\nlicense: cc-by-nc-4.0\ntags: [tiny]\n---\n# Tiny\n")
    make_control(1).save_pretrained(root / "depth")
    make_control(2).save_pretrained(root / "edges")
    make_pipeline([make_control(1), make_control(2)]).save_pretrained(root / "two_controls")
    return TinyModels(root)


@pytest.fixture
def frames(flat):
    """Make inputs of a flat world; `size_wh` need not fit any factor."""

    def make(count: int = 1, *, size_wh=(47, 33), first: int = 0, seed: int = 7, cards=None) -> list[RefineInput]:
        inputs = []
        for frame in range(first, first + count):
            things = cards or [flat.Card("card", -0.3, 0.1, 0.25, 0.2), flat.Card("disc", 0.4, -0.1, 0.2, 0.2)]
            world = flat.World(things, size_wh=size_wh, focal=size_wh[0], frame=frame)
            captured: CapturedFrame = world.capture()
            annotated = annotate_frame(world.scene, captured, world.library, LabelPolicy(), flat.classes)
            labels = captured.labels
            class_hw = np.zeros_like(labels.id_hw)
            for label in annotated.instances:
                if label.category is not None:
                    class_hw[labels.id_hw == label.instance_id] = flat.classes.index(label.category) + 1
            inputs.append(
                RefineInput(
                    parse_record(canonical_json(annotated.to_record() | {"files": {}})),
                    captured.rgb_hwc,
                    labels.id_hw,
                    class_hw,
                    labels.depth_m_hw,
                    labels.normal_hwc,
                    seed,
                )
            )
        return inputs

    return make
