"""The real refiner on tiny random pipelines of diffusers: loaded from folders, called, padded, batched, refused."""

from __future__ import annotations

import json
import shutil
from types import SimpleNamespace

import numpy as np
import pytest
from pydantic import ValidationError

from synthvision.core.errors import FrameError, UsageError
from synthvision.realism.diffusion.config import PretrainedSpec
from synthvision.realism.diffusion.pretrained import PretrainedRefiner
from synthvision.realism.refiner import RefineInput


def spec(**changes):
    settings = {"kind": "pretrained", "model": "base", "offline": True, "steps": 4, "strength": 0.5, "guidance": 2.0}
    return PretrainedSpec.model_validate(settings | changes)


def refiner(tiny, **changes):
    return PretrainedRefiner(spec(**changes), tiny.root, "cpu")


def controls(*names, **changes):
    return [{"picture": name, "model": name} | changes for name in names]


def difference(one, other):
    return int(np.abs(one.astype(int) - other.astype(int)).max())


def test_a_folder_becomes_a_refiner(tiny, frames):
    made = refiner(tiny)
    given = frames(2)
    pictures = made.refine(given)
    assert [picture.shape for picture in pictures] == [(33, 47, 3)] * 2
    assert all(picture.dtype == np.uint8 for picture in pictures)
    assert difference(pictures[0], given[0].rgb_hwc) > 10
    assert made.needs == frozenset()
    assert made.smallest_px == 4  # the VAE halves once: twice its factor
    (model,) = made.models
    assert (model.kind, model.name, model.licence, model.strength) == ("pretrained", "base", "cc-by-nc-4.0", 0.5)
    assert len(model.sha256) == 64
    assert len(made.notes) == 1
    assert "cc-by-nc-4.0" in made.notes[0]
    made.close()
    with pytest.raises(UsageError, match="after it was closed"):
        made.refine(given)


def test_neither_batch_nor_order_changes_a_picture(tiny, frames):
    given = [*frames(3), *frames(1, size_wh=(32, 24), first=3)]
    made = refiner(tiny, controls=controls("depth", "edges"), batch=3)
    together = made.refine(given)
    alone = [made.refine([one])[0] for one in given]
    backwards = made.refine(given[::-1])[::-1]
    for one, two, three in zip(together, alone, backwards, strict=True):
        assert difference(one, two) <= 1
        assert difference(one, three) <= 1


def test_the_noise_comes_from_seed_and_frame(tiny, frames):
    made = refiner(tiny)
    (first,) = made.refine(frames(seed=7))
    (again,) = refiner(tiny).refine(frames(seed=7))
    (other,) = made.refine(frames(seed=8))
    assert np.array_equal(first, again)
    assert difference(first, other) > 5


@pytest.mark.parametrize("size_wh", [(47, 33), (48, 32), (5, 3), (1, 1)])
@pytest.mark.parametrize("factor", [1, 8, 16])
def test_padding_moves_no_pixel(tiny, frames, size_wh, factor):
    """With a pipeline that gives back its picture, the refiner is the identity; controls have the picture's size."""
    made = refiner(tiny, controls=controls("depth", "edges"))

    class Identity(type(made._pipe)):
        def __call__(self, **arguments):
            image = arguments["image"]
            assert all(side % factor == 0 for side in image.shape[2:])
            assert all(control.shape == image.shape for control in arguments["control_image"])
            return SimpleNamespace(images=image.permute(0, 2, 3, 1).numpy())

    made._pipe = object.__new__(Identity)
    made._factor = factor
    (given,) = frames(size_wh=(64, 48))
    width, height = size_wh
    cut = RefineInput(
        given.record,
        given.rgb_hwc[:height, :width],
        given.id_hw[:height, :width],
        given.class_hw[:height, :width],
        given.depth_m_hw[:height, :width],
        None,
        given.seed,
    )
    assert np.array_equal(made.refine([cut])[0], cut.rgb_hwc)


def test_every_control_has_an_effect_and_names_what_it_needs(tiny, frames):
    given = frames()
    (plain,) = refiner(tiny).refine(given)
    both = refiner(tiny, controls=controls("depth", "edges"))
    one = refiner(tiny, controls=controls("depth"))
    assert both.needs == {"depth"}
    assert [model.name for model in both.models] == ["base", "depth", "edges"]
    (with_both,), (with_one,) = both.refine(given), one.refine(given)
    assert difference(with_one, plain) > 3
    assert difference(with_both, with_one) > 3
    (off,) = refiner(tiny, controls=controls("depth", "edges", scale=0.0)).refine(given)
    assert difference(off, plain) <= 1
    (early,) = refiner(tiny, controls=controls("depth", end=0.6), strength=1.0).refine(given)
    (late,) = refiner(tiny, controls=controls("depth"), strength=1.0).refine(given)
    assert difference(early, late) > 1


def test_a_pipeline_may_bring_its_own_controls(tiny, frames):
    own = refiner(tiny, model="two_controls", controls=[{"picture": "normals"}, {"picture": "segmentation"}])
    assert own.needs == {"normals"}
    assert own.refine(frames())[0].shape == (33, 47, 3)
    with pytest.raises(UsageError, match=r"holds 2 ControlNets.*got 1"):
        refiner(tiny, model="two_controls", controls=[{"picture": "normals"}])
    with pytest.raises(UsageError, match="brings its own ControlNets"):
        refiner(tiny, model="two_controls", controls=controls("depth"))


def test_a_control_without_its_image_is_refused(tiny, frames):
    (given,) = frames()
    bare = type(given)(given.record, given.rgb_hwc, given.id_hw, given.class_hw, None, None, given.seed)
    with pytest.raises(UsageError, match=r"frame 0: a control by depth must be given depth.*output.depth=true"):
        refiner(tiny, controls=controls("depth")).refine([bare])


@pytest.mark.parametrize(
    ("name", "changes", "scheduler", "spacing"),
    [
        ("ddim", {}, "DDIMScheduler", None),
        ("euler", {}, "EulerDiscreteScheduler", None),
        ("lcm", {"guidance": 1.5}, "LCMScheduler", None),
        ("turbo", {"steps": 2, "guidance": None}, "EulerAncestralDiscreteScheduler", "trailing"),
        ("turbo", {"steps": 1, "strength": 1.0, "guidance": 0.0}, "EulerAncestralDiscreteScheduler", "trailing"),
    ],
)
def test_schedules(tiny, frames, name, changes, scheduler, spacing):
    made = refiner(tiny, scheduler=name, **changes)
    assert type(made._pipe.scheduler).__name__ == scheduler
    if spacing:
        assert made._pipe.scheduler.config.timestep_spacing == spacing
        assert made._constant["guidance_scale"] == 0.0
    given = frames(2)
    one, two = made.refine(given)
    assert difference(one, made.refine(given[:1])[0]) <= 1
    assert difference(two, made.refine(given[1:])[0]) <= 1


def test_no_step_to_take_is_refused_with_the_number_it_takes():
    with pytest.raises(ValidationError, match=r"steps \* strength must be at least 1.*use steps 4 or more"):
        spec(steps=3, strength=0.3)
    assert spec(steps=4, strength=0.3).steps == 4
    with pytest.raises(ValidationError, match="guidance must be 0 or left out with scheduler turbo"):
        spec(scheduler="turbo", guidance=3.0)
    with pytest.raises(ValidationError, match="must all name a model, or none"):
        spec(controls=[{"picture": "depth"}, {"picture": "edges", "model": "edges"}])
    with pytest.raises(ValidationError, match="end must be above start"):
        spec(controls=[{"picture": "depth", "start": 0.5, "end": 0.5}])


def test_prompts_reach_the_picture(tiny, frames):
    given = frames()
    (one,) = refiner(tiny, prompt="{classes} at {time}").refine(given)
    (same,) = refiner(tiny, prompt="card, disc at {time}").refine(given)
    (other,) = refiner(tiny, prompt="zzzzzz").refine(given)
    (negative,) = refiner(tiny, prompt="{classes} at {time}", negative_prompt="{weather}").refine(given)
    assert np.array_equal(one, same)
    assert not np.array_equal(one, other)
    assert not np.array_equal(one, negative)
    with pytest.raises(UsageError, match="no name 'clases' to fill in; did you mean 'classes'"):
        refiner(tiny, prompt="{clases}").refine(given)
    with pytest.raises(UsageError, match="plain names in braces"):
        refiner(tiny, prompt="{classes!r}")


def test_lora_from_a_file_changes_the_picture_by_its_scale(tiny, frames, tmp_path):
    import torch
    from diffusers import StableDiffusionImg2ImgPipeline
    from diffusers.utils import convert_state_dict_to_diffusers
    from peft import LoraConfig, get_peft_model_state_dict

    unet = tiny.make_unet()
    torch.manual_seed(3)
    unet.add_adapter(LoraConfig(r=2, lora_alpha=2, target_modules=["to_q", "to_v"], init_lora_weights=False))
    layers = convert_state_dict_to_diffusers(get_peft_model_state_dict(unet))
    layers = {name: 20 * tensor for name, tensor in layers.items()}
    StableDiffusionImg2ImgPipeline.save_lora_weights(tmp_path / "lora", unet_lora_layers=layers)

    given = frames()
    (plain,) = refiner(tiny).refine(given)
    strong = refiner(tiny, loras=[{"weights": str(tmp_path / "lora")}])
    (changed,) = strong.refine(given)
    (off,) = refiner(tiny, loras=[{"weights": str(tmp_path / "lora"), "scale": 0.0}]).refine(given)
    assert difference(changed, plain) > 3
    assert difference(off, plain) <= 1
    assert [(model.name, model.strength) for model in strong.models] == [("base", 0.5), ("lora", 1.0)]

    file = next((tmp_path / "lora").glob("*.safetensors"))
    (by_file,) = refiner(tiny, loras=[{"weights": str(file)}]).refine(given)
    assert np.array_equal(by_file, changed)
    with pytest.raises(UsageError, match=r"must be one \.safetensors file.*pytorch_lora_weights"):
        refiner(tiny, loras=[{"weights": str(tmp_path / "lora"), "file": "other.safetensors"}])


def test_ip_adapter_takes_the_look_of_a_photo(tiny, frames, tmp_path):
    import torch
    from PIL import Image
    from safetensors.torch import save_file
    from transformers import CLIPVisionConfig, CLIPVisionModelWithProjection

    torch.manual_seed(0)
    vision = CLIPVisionConfig(
        hidden_size=16, projection_dim=32, num_hidden_layers=1, num_attention_heads=2, image_size=32, patch_size=8,
        intermediate_size=16,
    )  # fmt: skip
    CLIPVisionModelWithProjection(vision).save_pretrained(tmp_path / "models" / "image_encoder")
    weights = {
        "image_proj.proj.weight": torch.randn(4 * 32, 32),
        "image_proj.proj.bias": torch.randn(4 * 32),
        "image_proj.norm.weight": torch.randn(32),
        "image_proj.norm.bias": torch.randn(32),
    }
    crossing = [name for name in tiny.make_unet().attn_processors if name.endswith("attn2.processor")]
    for place in range(len(crossing)):
        for part in ("k", "v"):
            weights[f"ip_adapter.{2 * place + 1}.to_{part}_ip.weight"] = torch.randn(8, 32)
    save_file(weights, tmp_path / "models" / "tiny.safetensors")
    rng = np.random.Generator(np.random.Philox(key=1))
    for name, level in (("dark", 40), ("light", 220)):
        pixels = np.clip(rng.normal(level, 20, (50, 40, 3)), 0, 255).astype(np.uint8)
        Image.fromarray(pixels).save(tmp_path / f"{name}.png")

    def adapter(name, scale=1.0):
        return {
            "model": str(tmp_path), "subfolder": "models", "file": "tiny.safetensors", "scale": scale,
            "image": str(tmp_path / f"{name}.png"),
        }  # fmt: skip

    given = frames(2)
    plain = refiner(tiny).refine(given)
    dark = refiner(tiny, ip_adapter=adapter("dark"))
    light = refiner(tiny, ip_adapter=adapter("light"))
    pictures = dark.refine(given)
    assert difference(pictures[1], dark.refine(given[1:])[0]) <= 1
    assert difference(pictures[0], light.refine(given)[0]) > 1
    assert difference(pictures[0], plain[0]) > 1
    (off, _) = refiner(tiny, ip_adapter=adapter("dark", 0.0)).refine(given)
    assert difference(off, plain[0]) <= 1
    with pytest.raises(UsageError, match=r"ip_adapter.image .* must be a readable photo"):
        refiner(tiny, ip_adapter=adapter("none"))
    with pytest.raises(ValidationError, match="safetensors"):
        spec(ip_adapter=adapter("dark") | {"file": "tiny.bin"})


def test_out_of_memory_halves_the_batch_and_says_so(tiny, frames):
    import torch

    made = refiner(tiny, batch=8)
    given = frames(5)
    whole = made.refine(given)
    pipe, sizes = made._pipe, []

    class SmallGpu(type(pipe)):
        def __call__(self, **arguments):
            sizes.append(len(arguments["prompt"]))
            if sizes[-1] > limit:
                raise torch.OutOfMemoryError("CUDA out of memory")
            return pipe(**arguments)

    made._pipe = object.__new__(SmallGpu)
    limit = 2
    halved = made.refine(given)
    assert sizes == [5, 2, 2, 1]
    assert made.notes[-1] == "the GPU ran out of memory with 5 pictures at once: going on with 2"
    assert all(difference(one, two) <= 1 for one, two in zip(whole, halved, strict=True))
    limit = 0
    with pytest.raises(FrameError, match=r"one picture of 47x33 must fit the memory.*vae_tiling"):
        made.refine(given)


def test_a_pipeline_that_fails_or_gives_nan_fails_its_frames_only(tiny, frames):
    import torch

    made = refiner(tiny)
    with torch.no_grad():
        made._pipe.vae.decoder.conv_out.bias.fill_(float("nan"))
    with pytest.raises(FrameError, match="frames 0: the pipeline must give finite pixels"):
        made.refine(frames())


def test_models_that_are_missing_or_do_not_fit(tiny, tmp_path):
    with pytest.raises(UsageError, match=r"model nobody/nothing must be on this machine.*offline is set.*hf download"):
        refiner(tiny, model="nobody/nothing")
    with pytest.raises(UsageError, match="must be an existing folder or an id on the hub"):
        refiner(tiny, model="./no/such/folder")
    with pytest.raises(UsageError, match=r"model depth must be a pipeline of diffusers with its model_index.json"):
        refiner(tiny, model="depth")
    with pytest.raises(UsageError, match=r"control model nobody/control must|model nobody/control must"):
        refiner(tiny, controls=[{"picture": "depth", "model": "nobody/control"}])

    tiny.make_control(4, conditioning_channels=1).save_pretrained(tmp_path / "one_channel")
    with pytest.raises(UsageError, match="one_channel must take pictures of 3 channels, got 1"):
        refiner(tiny, controls=[{"picture": "depth", "model": str(tmp_path / "one_channel")}])
    tiny.make_control(4, cross_attention_dim=16).save_pretrained(tmp_path / "sdxl")
    with pytest.raises(UsageError, match="width 32, got 16"):
        refiner(tiny, controls=[{"picture": "depth", "model": str(tmp_path / "sdxl")}])
    tiny.make_unet(in_channels=9).save_pretrained(tmp_path / "unet9")
    with pytest.raises(UsageError, match="must be a ControlNet of diffusers, got 'UNet2DConditionModel'"):
        refiner(tiny, controls=[{"picture": "depth", "model": str(tmp_path / "unet9")}])
    tiny.make_pipeline(unet=tiny.make_unet(in_channels=9)).save_pretrained(tmp_path / "inpainting")
    with pytest.raises(UsageError, match=r"latent pictures of 4 channels .*got 9"):
        refiner(tiny, model=str(tmp_path / "inpainting"))

    shutil.copytree(tiny.root / "base", tmp_path / "cut")
    weights = tmp_path / "cut" / "unet" / "diffusion_pytorch_model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-100])
    with pytest.raises(UsageError, match="model cut must be a pipeline"):
        refiner(tiny, model=str(tmp_path / "cut"))
    for file in list((tmp_path / "cut").rglob("*.safetensors")):
        file.rename(file.with_suffix(".bin"))
    with pytest.raises(UsageError, match=r"must hold its weights as .safetensors files"):
        refiner(tiny, model=str(tmp_path / "cut"))


def test_settings_that_the_pipeline_cannot_take(tiny, frames):
    with pytest.raises(UsageError, match="dtype fp16 needs a GPU"):
        refiner(tiny, dtype="fp16")
    with pytest.raises(UsageError, match="cannot be called with control_mode"):
        refiner(tiny, arguments={"control_mode": 0})
    (plain,) = refiner(tiny).refine(frames())
    (random_steps,) = refiner(tiny, arguments={"eta": 1.0}).refine(frames())
    assert difference(plain, random_steps) > 3
    (half,) = refiner(tiny, dtype="bf16").refine(frames())
    assert np.abs(half.astype(float) - plain).mean() < 8


def test_the_hash_follows_the_weights_and_not_the_card(tiny, tmp_path):
    from safetensors.numpy import load_file, save_file

    shutil.copytree(tiny.root / "base", tmp_path / "copy")
    (tmp_path / "copy" / "README.md").write_text("---\nlicense: mit\n---\n")
    (same,) = refiner(tiny, model=str(tmp_path / "copy")).models
    (original,) = refiner(tiny).models
    assert same.sha256 == original.sha256
    assert same.licence == "mit"
    file = tmp_path / "copy" / "vae" / "diffusion_pytorch_model.safetensors"
    weights = load_file(file)
    weights["decoder.conv_out.bias"] = weights["decoder.conv_out.bias"] + np.float32(0.5)
    save_file(weights, file, metadata={"format": "pt"})
    (other,) = refiner(tiny, model=str(tmp_path / "copy")).models
    assert other.sha256 != original.sha256
    assert json.loads(original.model_dump_json())["name"] == "base"
