"""The refiner ``pretrained``: a pipeline of diffusers that noises the render part-way and denoises it, guided by it.

Noising part-way and denoising is SDEdit (Meng et al. 2022); ControlNets (Zhang et al. 2023) hold the picture to depth,
edges, classes or normals of the render.
"""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from synthvision.core.errors import FrameError, UsageError
from synthvision.core.streams import rng_for
from synthvision.dataset.manifest import LayerName
from synthvision.dataset.realism import ModelEntry
from synthvision.realism.diffusion.config import PretrainedSpec
from synthvision.realism.diffusion.controls import control_picture
from synthvision.realism.diffusion.padding import crop_back, pad_to_factor
from synthvision.realism.diffusion.pipelines import load_pipeline, quiet, require_diffusers
from synthvision.realism.diffusion.prompts import check_template, fill_template, prompt_values
from synthvision.realism.refiner import RefineInput, RefinerSpec

if TYPE_CHECKING:
    import torch

__all__ = ["PretrainedRefiner"]

_STREAM = "realism.pretrained"
_LAYER_OF: dict[str, LayerName] = {"depth": "depth", "normals": "normals"}


class PretrainedRefiner:
    """Refines by a pretrained image-to-image pipeline of diffusers; see `Refiner`.

    Pictures are padded by reflection to the factor of the VAE and cropped back. Each has its own noise, drawn on the
    CPU from the seed and its frame, so neither its batch nor the device decides what it is. When a GPU runs out of
    memory the batch is halved, and `notes` says so.

    Args:
        spec: A `PretrainedSpec`.
        folder: Where relative paths of the spec start.
        device: ``cpu``, or a device of torch such as ``cuda:0``.

    Raises:
        MissingExtraError: torch, diffusers, transformers, or peft where there are loras, is not installed.
        UsageError: A model is missing or does not fit the others or the spec.
    """

    Spec: ClassVar[type[RefinerSpec]] = PretrainedSpec

    def __init__(self, spec: RefinerSpec, folder: Path, device: str) -> None:
        if not isinstance(spec, PretrainedSpec):
            raise UsageError(f"PretrainedRefiner must be given a PretrainedSpec, got {type(spec).__name__}")
        for template in (spec.prompt, spec.negative_prompt or ""):
            check_template(template)
        require_diffusers("realism pretrained")
        self._spec = spec
        self._device = device
        self._photo = _photo(spec, folder)
        loaded = load_pipeline(spec, folder, device)
        self._pipe: Any = loaded.pipe
        self._models = loaded.models
        self._factor = loaded.factor
        self._smallest_px = 2 * loaded.vae_factor
        self._batch = spec.batch
        self._constant = self._constant_arguments()
        #: What the user should know: licences that forbid commercial use, batches that had to be halved.
        self.notes: list[str] = list(loaded.notes)

    @property
    def needs(self) -> frozenset[LayerName]:
        """Depth and normals, where a control is made of them."""
        return frozenset(_LAYER_OF[item.picture] for item in self._spec.controls if item.picture in _LAYER_OF)

    @property
    def models(self) -> tuple[ModelEntry, ...]:
        """The pipeline, its ControlNets, its low-rank changes and its adapter."""
        return self._models

    @property
    def smallest_px(self) -> int:
        """Twice the factor of the VAE: what is smaller is less than four values of the latent picture."""
        return self._smallest_px

    def refine(self, batch: Sequence[RefineInput]) -> list[NDArray[np.uint8]]:
        """Return the new pictures, uint8, of the sizes of their inputs, in their order.

        Raises:
            FrameError: The pipeline failed, or gave numbers that are not finite.
            UsageError: A prompt's name is unknown to a record, or a frame comes without depth or normals.
        """
        results: dict[int, NDArray[np.uint8]] = {}
        sizes: dict[tuple[int, ...], list[int]] = {}
        for place, given in enumerate(batch):
            sizes.setdefault(given.rgb_hwc.shape, []).append(place)
        for places in sizes.values():
            start = 0
            while start < len(places):
                some = places[start : start + self._batch]
                pictures = self._one_batch([batch[place] for place in some])
                if pictures is None:
                    continue
                results.update(zip(some, pictures, strict=True))
                start += len(some)
        return [results[place] for place in range(len(batch))]

    def close(self) -> None:
        """Give back memory."""
        self._pipe = None
        if self._device != "cpu":
            import torch

            torch.cuda.empty_cache()

    def _one_batch(self, batch: list[RefineInput]) -> list[NDArray[np.uint8]] | None:
        """Return the pictures, or None when memory ran out and a smaller batch is to be tried."""
        import torch

        if self._pipe is None:
            raise UsageError("a refiner must not be used after it was closed")
        frames = ", ".join(str(given.frame) for given in batch)
        arguments = self._arguments(batch)
        try:
            with quiet(), torch.inference_mode():
                pixels = np.asarray(self._pipe(**arguments).images, np.float32)
        except torch.OutOfMemoryError as error:
            if len(batch) == 1:
                raise FrameError(
                    f"frame {frames}: one picture of {batch[0].rgb_hwc.shape[1]}x{batch[0].rgb_hwc.shape[0]} must fit "
                    "the memory of the GPU, but does not; set vae_tiling, use dtype fp16, or render smaller pictures"
                ) from error
            self._batch = max(len(batch) // 2, 1)
            self.notes.append(
                f"the GPU ran out of memory with {len(batch)} pictures at once: going on with {self._batch}"
            )
        except (ValueError, TypeError, RuntimeError, AttributeError, KeyError, IndexError) as error:
            first = (str(error).strip() or type(error).__name__).splitlines()[0]
            raise FrameError(f"frames {frames}: {type(self._pipe).__name__} failed: {first}") from error
        else:
            if not np.isfinite(pixels).all():
                raise FrameError(
                    f"frames {frames}: the pipeline must give finite pixels, got NaN or infinity; its VAE may need "
                    "more than half precision: use dtype bf16 or fp32"
                )
            return [self._finished(given, one) for given, one in zip(batch, pixels, strict=True)]
        # After the block that caught it, so that the error no longer holds the tensors of the call.
        torch.cuda.empty_cache()
        return None

    def _arguments(self, batch: list[RefineInput]) -> dict[str, Any]:
        arguments = dict(self._constant)
        pictures = self._padded([given.rgb_hwc for given in batch])
        arguments["image"] = pictures
        values = [prompt_values(given.record) for given in batch]
        arguments["prompt"] = [fill_template(self._spec.prompt, own) for own in values]
        if self._spec.negative_prompt is not None:
            arguments["negative_prompt"] = [fill_template(self._spec.negative_prompt, own) for own in values]
        controls = [self._padded([control_picture(item, given) for given in batch]) for item in self._spec.controls]
        if controls:
            arguments["control_image"] = controls[0] if len(controls) == 1 else controls
        if self._takes("height"):
            arguments |= {"height": pictures.shape[2], "width": pictures.shape[3]}
        arguments["generator"] = [_generator(given) for given in batch]
        return arguments

    def _constant_arguments(self) -> dict[str, Any]:
        """Return the arguments that are the same for every batch, after checking that the pipeline takes them."""
        spec, name = self._spec, type(self._pipe).__name__
        arguments: dict[str, Any] = {"num_inference_steps": spec.steps, "output_type": "np"}
        if self._takes("strength"):
            arguments["strength"] = spec.strength
        elif spec.strength < 1.0:
            raise UsageError(
                f"strength must be 1 for {name}, which makes the picture anew, got {spec.strength}; or use a model "
                "that starts from the render"
            )
        guidance = 0.0 if spec.scheduler == "turbo" else spec.guidance
        if guidance is not None:
            arguments["guidance_scale"] = guidance
        if spec.controls:
            own = [(item.scale, item.start, item.end) for item in spec.controls]
            scales, starts, ends = (list(part) for part in zip(*own, strict=True))
            single = len(own) == 1
            arguments["controlnet_conditioning_scale"] = scales[0] if single else scales
            arguments["control_guidance_start"] = starts[0] if single else starts
            arguments["control_guidance_end"] = ends[0] if single else ends
        if self._photo is not None:
            arguments["ip_adapter_image"] = self._photo
        arguments |= spec.arguments
        needed = [*arguments, "prompt", "image", "generator"]
        needed += ["negative_prompt"] * (spec.negative_prompt is not None) + ["control_image"] * bool(spec.controls)
        unknown = [argument for argument in needed if not self._takes(argument)]
        if unknown:
            raise UsageError(f"{name} cannot be called with {', '.join(unknown)}: leave it out, or use another model")
        return arguments

    def _takes(self, argument: str) -> bool:
        # Not `**kwargs`, which many pipelines have and of which they use old names alone.
        return argument in inspect.signature(type(self._pipe).__call__).parameters

    def _padded(self, pictures: list[NDArray[np.uint8]]) -> torch.Tensor:
        import torch

        padded = np.stack([pad_to_factor(picture, self._factor) for picture in pictures])
        return torch.from_numpy(padded.astype(np.float32) / 255.0).permute(0, 3, 1, 2).contiguous()

    def _finished(self, given: RefineInput, pixels_hwc: NDArray[np.float32]) -> NDArray[np.uint8]:
        height, width = given.rgb_hwc.shape[:2]
        eight_bit = np.rint(np.clip(pixels_hwc, 0.0, 1.0) * 255.0).astype(np.uint8)
        return np.ascontiguousarray(crop_back(eight_bit, (width, height)))


def _generator(given: RefineInput) -> torch.Generator:
    import torch

    rng = rng_for(given.seed, given.frame, _STREAM)
    return torch.Generator("cpu").manual_seed(int(rng.integers(2**63)))


def _photo(spec: PretrainedSpec, folder: Path) -> Image.Image | None:
    if spec.ip_adapter is None:
        return None
    path = folder / spec.ip_adapter.image
    try:
        with Image.open(path) as image:
            return image.convert("RGB")
    except OSError as error:
        raise UsageError(f"ip_adapter.image {path} must be a readable photo: {error}") from error
