"""Pipelines of diffusers, loaded from local folders: networks, schedules, low-rank changes, adapters, all checked."""

from __future__ import annotations

import json
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from synthvision.core.errors import MissingExtraError, UsageError
from synthvision.dataset.realism import ModelEntry
from synthvision.realism.diffusion.config import ControlSpec, IpAdapterSpec, LoraSpec, PretrainedSpec
from synthvision.realism.diffusion.folders import (
    ModelFolder,
    fetch_files,
    hash_weights,
    resolve_model,
)
from synthvision.realism.licences import is_non_commercial

__all__ = ["LoadedPipeline", "load_pipeline", "quiet", "require_diffusers"]

# Everything that the libraries raise for weights which do not fit, are cut short or of another kind.
_UNFIT = (OSError, ValueError, TypeError, KeyError, RuntimeError, AttributeError, NotImplementedError)


@dataclass(frozen=True, slots=True)
class LoadedPipeline:
    """A pipeline ready to be called.

    Args:
        pipe: An object of one of diffusers' image-to-image pipelines.
        models: Everything whose weights it holds.
        factor: Sides of pictures must be multiples of it.
        vae_factor: How many pixels across one value of the latent picture stands for.
        notes: What the user should know, one sentence each.
    """

    pipe: Any
    models: tuple[ModelEntry, ...]
    factor: int
    vae_factor: int
    notes: tuple[str, ...]


def require_diffusers(feature: str) -> None:
    """Check that torch, diffusers, transformers and safetensors can be imported; none is imported.

    Args:
        feature: What needs them, for the message.

    Raises:
        MissingExtraError: One is not installed; the message holds the pip command.
    """
    if any(find_spec(name) is None for name in ("torch", "diffusers", "transformers", "safetensors")):
        raise MissingExtraError(feature, "realism")


@contextmanager
def quiet() -> Iterator[None]:
    """Keep diffusers and transformers from logging anything but errors inside the block.

    They warn on every call of things that are meant, such as a pipeline without a safety checker. One warning of NumPy
    goes too: some schedules hand it tensors, whose conversion has no argument `copy` in torch.
    """
    from diffusers.utils import logging as diffusers_logging
    from transformers.utils import logging as transformers_logging

    before = diffusers_logging.get_verbosity(), transformers_logging.get_verbosity()
    bars = diffusers_logging.is_progress_bar_enabled(), transformers_logging.is_progress_bar_enabled()
    for library in (diffusers_logging, transformers_logging):
        library.set_verbosity_error()
        library.disable_progress_bar()
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "__array__ implementation", DeprecationWarning)
            yield
    finally:
        for library, level, bar in zip((diffusers_logging, transformers_logging), before, bars, strict=True):
            library.set_verbosity(level)
            if bar:
                library.enable_progress_bar()


def load_pipeline(spec: PretrainedSpec, folder: Path, device: str) -> LoadedPipeline:
    """Return the pipeline of a spec on a device.

    Only safetensors are read. A safety checker is left out: it would turn a render black on a false alarm.

    Args:
        spec: Which models.
        folder: Where relative paths start.
        device: ``cpu`` or a device of torch.

    Raises:
        UsageError: A model is missing, or does not fit the others or the spec.
    """
    base = resolve_model(spec.model, folder, offline=spec.offline, variant=spec.variant, pipeline=True)
    dtype = _dtype(spec, base, device)
    folders = [
        resolve_model(control.model, folder, offline=spec.offline, variant=spec.variant, pipeline=False)
        for control in spec.controls
        if control.model is not None
    ]
    with quiet():
        pipe = _base_pipeline(spec, base, [_control_network(found, spec.variant, dtype) for found in folders], dtype)
        _check_channels(pipe, base.name)
        _check_controls(pipe, spec.controls, base.name)
        models = [_entry(base, spec, strength=spec.strength, pipeline=True)]
        models += [_entry(found, spec) for found in folders]
        models += _add_loras(pipe, spec.loras, folder, offline=spec.offline)
        if spec.ip_adapter is not None:
            models.append(_add_ip_adapter(pipe, spec.ip_adapter, folder, offline=spec.offline))
        _set_schedule(pipe, spec, base.name)
        pipe.to(device)
        if spec.vae_tiling:
            pipe.vae.enable_tiling()
        pipe.set_progress_bar_config(disable=True)
    notes = tuple(
        f"the licence of model {model.name} ({model.licence}) forbids commercial use, of its pictures as well as a rule"
        for model in models
        if is_non_commercial(model.licence)
    )
    vae_factor = 2 ** (len(pipe.vae.config.block_out_channels) - 1)
    processor = getattr(pipe, "image_processor", None)
    factor = max(vae_factor, int(processor.config.vae_scale_factor) if processor is not None else 1)
    return LoadedPipeline(pipe, tuple(models), factor, vae_factor, notes)


def _dtype(spec: PretrainedSpec, base: ModelFolder, device: str) -> Any:
    import torch

    on_gpu = device != "cpu"
    if spec.dtype == "fp16" and not on_gpu:
        raise UsageError("dtype fp16 needs a GPU, got the CPU; use auto, fp32 or bf16")
    if spec.dtype == "auto":
        if not on_gpu:
            return torch.float32
        return torch.bfloat16 if (base.path / "transformer").is_dir() else torch.float16
    return {"fp16": torch.float16, "bf16": torch.bfloat16, "fp32": torch.float32}[spec.dtype]


def _control_network(found: ModelFolder, variant: str | None, dtype: Any) -> Any:
    import diffusers

    config = _settings(found, "config.json")
    name = str(config.get("_class_name", ""))
    kind = getattr(diffusers, name, None) if "ControlNet" in name and name.endswith("Model") else None
    if kind is None:
        raise UsageError(f"control model {found.name} must be a ControlNet of diffusers, got {name or 'no class'!r}")
    channels = config.get("conditioning_channels", 3)
    if channels != 3:
        raise UsageError(
            f"control model {found.name} must take pictures of 3 channels, got {channels}; use one that was trained on "
            "colour or grey pictures"
        )
    try:
        return kind.from_pretrained(
            found.path, local_files_only=True, use_safetensors=True, variant=variant, dtype=dtype
        )
    except _UNFIT as error:
        raise UsageError(f"control model {found.name} must be loadable by diffusers: {_first_line(error)}") from error


def _base_pipeline(spec: PretrainedSpec, base: ModelFolder, controls: list[Any], dtype: Any) -> Any:
    import diffusers

    config = _settings(base, "model_index.json")
    own = "controlnet" in config
    if own and controls:
        raise UsageError(
            f"pipeline {base.name} brings its own ControlNets, so controls must name no model; or use a plain pipeline"
        )
    loader: Any = diffusers.AutoPipelineForImage2Image
    arguments: dict[str, Any] = {}
    if controls:
        arguments["controlnet"] = controls[0] if len(controls) == 1 else controls
    if "safety_checker" in config:
        arguments |= {"safety_checker": None, "requires_safety_checker": False}
    try:
        pipe = loader.from_pretrained(
            base.path,
            local_files_only=True,
            use_safetensors=True,
            variant=spec.variant,
            dtype=dtype,
            **arguments,
        )
    except _UNFIT as error:
        raise UsageError(
            f"model {base.name} must be a pipeline that diffusers has an image-to-image form of"
            f"{' with ControlNets' if controls else ''}: {_first_line(error)}"
        ) from error
    if getattr(pipe, "vae", None) is None:
        raise UsageError(f"model {base.name} must have a VAE, got {type(pipe).__name__} without one")
    return pipe


def _check_channels(pipe: Any, name: str) -> None:
    unet = getattr(pipe, "unet", None)
    if unet is not None and unet.config.in_channels != pipe.vae.config.latent_channels:
        raise UsageError(
            f"model {name} must take latent pictures of {pipe.vae.config.latent_channels} channels as its VAE gives "
            f"them, got {unet.config.in_channels}; models for inpainting or depth alone cannot be used"
        )


def _check_controls(pipe: Any, specs: tuple[ControlSpec, ...], name: str) -> None:
    network = getattr(pipe, "controlnet", None)
    networks = [] if network is None else list(getattr(network, "nets", [network]))
    if len(networks) != len(specs):
        raise UsageError(
            f"pipeline {name} holds {len(networks)} ControlNets, so controls must list as many pictures, "
            f"got {len(specs)}"
        )
    width = getattr(getattr(pipe, "unet", None), "config", {}).get("cross_attention_dim")
    for number, one in enumerate(networks):
        channels = one.config.get("conditioning_channels", 3)
        if channels != 3:
            raise UsageError(f"ControlNet {number} of {name} must take pictures of 3 channels, got {channels}")
        own = one.config.get("cross_attention_dim")
        if width is not None and own is not None and own != width:
            raise UsageError(
                f"ControlNet {number} must be made for the same kind of model as {name}, whose text has width {width}, "
                f"got {own}; e.g. one for SD 1.5 does not fit SDXL"
            )


def _set_schedule(pipe: Any, spec: PretrainedSpec, name: str) -> None:
    import diffusers

    if spec.scheduler == "default":
        return
    given = type(pipe.scheduler).__name__
    if "FlowMatch" in given:
        raise UsageError(f"scheduler must be default for {name}, which flows ({given}), got {spec.scheduler}")
    kind, changes = {
        "ddim": (diffusers.DDIMScheduler, {}),
        "euler": (diffusers.EulerDiscreteScheduler, {}),
        "lcm": (diffusers.LCMScheduler, {}),
        # Models distilled to one step know the very end of the schedule, which other spacings leave out.
        "turbo": (diffusers.EulerAncestralDiscreteScheduler, {"timestep_spacing": "trailing"}),
    }[spec.scheduler]
    pipe.scheduler = kind.from_config(pipe.scheduler.config, **changes)


def _add_loras(pipe: Any, loras: tuple[LoraSpec, ...], folder: Path, *, offline: bool) -> list[ModelEntry]:
    if not loras:
        return []
    if find_spec("peft") is None:
        raise MissingExtraError("realism pretrained with loras", "realism")
    entries, names = [], []
    for number, lora in enumerate(loras):
        found, file = _lora_file(lora, folder, offline=offline)
        name = f"lora_{number}"
        try:
            pipe.load_lora_weights(file.parent, weight_name=file.name, adapter_name=name, local_files_only=True)
        except _UNFIT as error:
            raise UsageError(f"lora {found.name} must fit the pipeline: {_first_line(error)}") from error
        if not any(name in adapters for adapters in pipe.get_list_adapters().values()):
            raise UsageError(f"lora {found.name} must fit the pipeline, but changes none of its layers")
        names.append(name)
        entries.append(_file_entry(found, file, lora.scale))
    pipe.set_adapters(names, adapter_weights=[lora.scale for lora in loras])
    return entries


def _lora_file(lora: LoraSpec, folder: Path, *, offline: bool) -> tuple[ModelFolder, Path]:
    path = folder / lora.weights
    if path.is_file():
        found = ModelFolder(path.stem, path.parent, None)
        files = [path]
    else:
        found = fetch_files(lora.weights, folder, offline=offline)
        files = sorted(found.path.glob("*.safetensors")) if lora.file is None else [found.path / lora.file]
    if len(files) != 1 or not files[0].is_file() or files[0].suffix != ".safetensors":
        there = ", ".join(file.name for file in sorted(found.path.rglob("*.safetensors"))) or "none"
        raise UsageError(
            f"lora {lora.weights} must be one .safetensors file, named by file where there are more: {there}"
        )
    return found, files[0]


def _add_ip_adapter(pipe: Any, spec: IpAdapterSpec, folder: Path, *, offline: bool) -> ModelEntry:
    found = fetch_files(spec.model, folder, offline=offline)
    file = found.path / spec.subfolder / spec.file
    if not file.is_file():
        raise UsageError(f"ip_adapter {found.name} must hold {spec.subfolder}/{spec.file}, but there is no such file")
    if not hasattr(pipe, "load_ip_adapter"):
        raise UsageError(f"ip_adapter cannot be used with {type(pipe).__name__}, which has no place for it")
    try:
        pipe.load_ip_adapter(
            str(found.path),
            subfolder=spec.subfolder,
            weight_name=spec.file,
            image_encoder_folder=spec.encoder,
            local_files_only=True,
        )
        pipe.set_ip_adapter_scale(spec.scale)
    except _UNFIT as error:
        raise UsageError(f"ip_adapter {found.name} must fit the pipeline: {_first_line(error)}") from error
    return _file_entry(found, file, spec.scale)


def _entry(
    found: ModelFolder, spec: PretrainedSpec, *, strength: float | None = None, pipeline: bool = False
) -> ModelEntry:
    digest = hash_weights(found.path, variant=spec.variant, pipeline=pipeline)
    return ModelEntry(kind=spec.kind, name=found.name, sha256=digest, licence=found.licence, strength=strength)


def _file_entry(found: ModelFolder, file: Path, scale: float) -> ModelEntry:
    return ModelEntry(
        kind="pretrained", name=found.name, sha256=hash_weights(file), licence=found.licence, strength=scale
    )


def _settings(found: ModelFolder, name: str) -> dict[str, Any]:
    try:
        settings = json.loads((found.path / name).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise UsageError(f"{name} of model {found.name} must be whole JSON: {_first_line(error)}") from error
    if not isinstance(settings, dict):
        raise UsageError(f"{name} of model {found.name} must be a JSON object, got {type(settings).__name__}")
    return settings


def _first_line(error: BaseException) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0]
