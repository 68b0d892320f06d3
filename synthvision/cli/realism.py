"""Commands of realism: train refiners, apply them, and prove that no label moved."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast, get_args

import typer

from synthvision.cli.options import EPILOG
from synthvision.cli.progress import count_frames, format_labels

if TYPE_CHECKING:
    from synthvision.realism.refiner import Refiner
    from synthvision.realism.run import RealismCounts
    from synthvision.realism.training.config import TrainingMethod

__all__ = ["app", "apply", "calibrate", "check", "distil", "mask", "measure", "privacy", "train"]

app = typer.Typer(help="Move renders towards real photos without moving a label.", rich_markup_mode=None)

_FAILURES_SHOWN = 5

DatasetArgument = Annotated[Path, typer.Argument(metavar="DATASET", help="Folder of a data set of renders.")]
ChangeOption = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="KEY=VALUE", help="Change a setting, e.g. steps=2000; may be given many times."),
]
DeviceOption = Annotated[
    str, typer.Option(metavar="DEVICE", help="auto, cpu, or a device of torch such as cuda:0.", show_default=True)
]


@app.command("apply", epilog=EPILOG)
def apply(
    dataset: DatasetArgument,
    config: Annotated[
        Path, typer.Option("--with", metavar="REALISM.yaml", help="Refiners and guard, as a job's realism section.")
    ],
    out: Annotated[Path, typer.Option(metavar="DIR", help="Folder of the new data set.")],
    device: DeviceOption = "auto",
    resume: Annotated[bool, typer.Option("--resume", help="Keep what is whole in DIR and make the rest.")] = False,
    workers: Annotated[
        int | None, typer.Option(metavar="N", min=1, help="Threads beside the model; one per core if left out.")
    ] = None,
) -> int:
    """Refine a finished data set into a new one.

    Its folder is printed on standard output. Exit code 1 where frames failed: they stand in failures.jsonl, the others
    are whole.
    """
    from synthvision.config.settings_file import load_realism
    from synthvision.pipeline.preview import preview_folder
    from synthvision.realism.run import apply_realism

    count = count_frames("refined")
    summary = apply_realism(
        dataset, load_realism(config), out, base=config.parent, device=device, resume=resume, workers=workers,
        progress=lambda done, _: count(done),
    )  # fmt: skip
    if summary.done or summary.there:
        preview_folder(summary.folder)
    for index, reason in list(summary.failures.items())[:_FAILURES_SHOWN]:
        print(f"frame {index} failed: {reason}", file=sys.stderr)
    if len(summary.failures) > _FAILURES_SHOWN:
        more = len(summary.failures) - _FAILURES_SHOWN
        print(f"{more} more frames failed, all listed in {summary.folder / 'failures.jsonl'}", file=sys.stderr)
    for note in summary.notes:
        print(note, file=sys.stderr)
    print(f"{summary.done} images; labels: {format_labels(dict(summary.counts.labels))}", file=sys.stderr)
    print(_decisions(summary.counts), file=sys.stderr)
    print(summary.folder)
    return summary.exit_code


@app.command("train", epilog=EPILOG)
def train(
    synthetic: Annotated[
        Path, typer.Option("--synthetic", metavar="DIR", help="Renders: a data set, or a folder of pictures.")
    ],
    real: Annotated[
        Path, typer.Option("--real", metavar="DIR", help="Photos: a folder, or a COCO file that lies with its photos.")
    ],
    out: Annotated[Path, typer.Option(metavar="DIR", help="Folder of the training; the model is in DIR/model.")],
    method: Annotated[
        str, typer.Option(metavar="M", help="cyclegan, cut, fastcut or diffusion; the file's if left out.")
    ] = "",
    size: Annotated[int, typer.Option(metavar="PX", help="Defaults for pictures of 256 or 512 pixels.")] = 256,
    config: Annotated[
        Path | None, typer.Option("--config", metavar="TRAINING.yaml", help="Settings; the defaults if left out.")
    ] = None,
    sets: ChangeOption = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with the training in DIR.")] = False,
    validation: Annotated[
        Path | None,
        typer.Option(
            "--validation", metavar="DIR", help="Photos that progress is measured on; a share of --real if left out."
        ),
    ] = None,
) -> int:
    """Train a refiner on renders and real photos.

    The folder of the model is printed on standard output: what a realism section takes as `weights`.
    """
    from synthvision.config.settings_file import load_settings
    from synthvision.core.errors import UsageError
    from synthvision.realism.training.config import TrainingSpec, preset
    from synthvision.realism.training.progress import progress_line
    from synthvision.realism.training.run import train as train_refiner

    if size not in (256, 512):
        raise UsageError(f"--size must be 256 or 512, got {size}; other sizes: --set crop={size}")
    chosen = [("method", method)] if method else []
    base = {} if config is not None or size == 256 else preset(_method(method), 512).model_dump(exclude={"method"})
    changed = {name: value for name, value in base.items() if value != TrainingSpec.model_fields[name].default}
    spec = load_settings(TrainingSpec, config, [*chosen, *changed.items(), *(sets or [])])
    result = train_refiner(
        spec, synthetic, real, out, resume=resume, validation=validation, base=config.parent if config else None,
        progress=lambda state: print(progress_line(state), file=sys.stderr, flush=True),
    )  # fmt: skip
    for note in result.notes:
        print(note, file=sys.stderr)
    why = "nothing got better any more" if result.stopped_early else "all steps are done"
    print(f"{result.steps} steps on {result.real_photos} photos; {why}; kept step {result.best_step}", file=sys.stderr)
    if result.distance is not None and result.render_distance is not None:
        fall = f"{result.render_distance:.4f} of the renders, {result.distance:.4f} refined"
        print(f"kernel distance to photos that were kept back: {fall}", file=sys.stderr)
    print(result.folder)
    return 0


@app.command("distil", epilog=EPILOG)
def distil(
    dataset: DatasetArgument,
    out: Annotated[Path, typer.Option(metavar="DIR", help="Folder; the model is in DIR/model.")],
    config: Annotated[
        Path | None,
        typer.Option("--with", metavar="REALISM.yaml", help="The slow refiner: a realism section with one refiner."),
    ] = None,
    pairs: Annotated[
        Path | None,
        typer.Option("--pairs", metavar="DIR", help="Or what it made before: a refined data set or folder."),
    ] = None,
    real: Annotated[Path | None, typer.Option("--real", metavar="DIR", help="Photos for the report.")] = None,
    settings: Annotated[
        Path | None, typer.Option("--config", metavar="DISTIL.yaml", help="Settings; the defaults if left out.")
    ] = None,
    sets: ChangeOption = None,
    device: DeviceOption = "auto",
    resume: Annotated[bool, typer.Option("--resume", help="Go on with the distillation in DIR.")] = False,
) -> int:
    """Train a small generator to do what a slow refiner does, and report how much is lost.

    The report is printed on standard output as JSON.
    """
    import json
    from dataclasses import asdict

    from synthvision.config.settings_file import load_realism, load_settings
    from synthvision.core.errors import UsageError
    from synthvision.realism.distil.config import DistilSpec
    from synthvision.realism.distil.run import distil as distil_refiner
    from synthvision.realism.stage import open_refiner
    from synthvision.realism.training.progress import progress_line

    if (config is None) == (pairs is None):
        raise UsageError("distil takes either --with REALISM.yaml or --pairs DIR")
    spec = load_settings(DistilSpec, settings, sets or [])
    if pairs is not None:
        teacher: Refiner | Path = pairs
    else:
        refiners = load_realism(config).refiners if config is not None else ()
        if len(refiners) != 1:
            raise UsageError(f"{config} must have one refiner to be distilled, got {len(refiners)}")
        teacher = open_refiner(refiners[0], config.parent if config is not None else Path.cwd(), device)
    result = distil_refiner(
        teacher, dataset, out, spec, real=real, resume=resume,
        progress=lambda state: print(progress_line(state), file=sys.stderr, flush=True),
    )  # fmt: skip
    print(f"the small generator is in {result.folder}", file=sys.stderr)
    print(json.dumps(asdict(result.report), indent=2))
    return 0


@app.command("check", epilog=EPILOG)
def check(
    dataset: DatasetArgument,
    pictures: Annotated[
        Path,
        typer.Option(
            "--pictures",
            metavar="DIR",
            help="What any program made of them: images/ of a data set, or "
            "a folder of pictures named by frame, such as 00000017.png.",
        ),
    ],
    config: Annotated[
        Path | None,
        typer.Option("--guard", metavar="GUARD.yaml", help="Settings of the guard; the defaults if left out."),
    ] = None,
    smallest_px: Annotated[
        int, typer.Option(metavar="PX", min=0, help="Objects below this are not judged: the model cannot keep them.")
    ] = 0,
    device: DeviceOption = "auto",
) -> int:
    """Judge refined pictures by the labels of their renders; nothing is changed.

    Each object or picture whose label is no longer true is a line on standard output. Exit code 1 where there is any.
    """
    from synthvision.config.settings_file import load_settings
    from synthvision.realism.guard.config import GuardSpec
    from synthvision.realism.judging import judge_pictures

    spec = load_settings(GuardSpec, config)
    base = config.parent if config else Path.cwd()
    judged = judge_pictures(
        dataset, pictures, spec, base, device, smallest_px=smallest_px, progress=count_frames("judged")
    )
    for line in judged.findings:
        print(line)
    print(_decisions(judged.counts), file=sys.stderr)
    return 1 if judged.findings else 0


@app.command("calibrate", epilog=EPILOG)
def calibrate(
    datasets: Annotated[list[Path], typer.Argument(metavar="DATASET...", help="Renders to plant faults into.")],
    config: Annotated[
        Path | None,
        typer.Option("--guard", metavar="GUARD.yaml", help="Settings of the guard; the defaults if left out."),
    ] = None,
    frames: Annotated[int, typer.Option(metavar="N", min=1, help="Frames of each data set.")] = 40,
    false_alarms: Annotated[
        float, typer.Option(metavar="SHARE", min=0, max=0.5, help="Share of true objects that may alarm.")
    ] = 0.05,
    seed: Annotated[int, typer.Option(metavar="S", min=0, help="Of what is planted where.")] = 0,
    json_out: Annotated[Path | None, typer.Option("--json", metavar="FILE", help="Also write the tables.")] = None,
) -> int:
    """Set the guard's limits by faults that are planted on purpose: warped, shifted, erased, inserted objects.

    Detection and false alarms by fault and size, and the limits as a guard section takes them, are printed on standard
    output.
    """
    import json
    from itertools import chain, islice

    from synthvision.config.settings_file import load_settings
    from synthvision.dataset.atomic import write_text
    from synthvision.dataset.reader import open_dataset
    from synthvision.realism.guard.calibration import calibrate as calibrate_guard
    from synthvision.realism.guard.calibration import examples_of
    from synthvision.realism.guard.config import GuardSpec

    spec = load_settings(GuardSpec, config)
    opened = [islice(open_dataset(folder), frames) for folder in datasets]
    examples = chain.from_iterable(examples_of(chosen, first=number * frames) for number, chosen in enumerate(opened))
    report = calibrate_guard(examples, spec, seed, false_alarms=false_alarms, progress=count_frames("examples tried"))
    print(report.to_text())
    if json_out is not None:
        write_text(json_out, json.dumps(report.to_json(), indent=2) + "\n")
    return 0


@app.command("measure", epilog=EPILOG)
def measure(
    real: Annotated[Path, typer.Argument(metavar="REAL", help="Photos: a folder, or a COCO file.")],
    longer_side_px: Annotated[
        int | None, typer.Option(metavar="PX", min=16, help="Bring the photos to this size first: that of the renders.")
    ] = None,
) -> int:
    """Measure the camera of real photos: blur, noise, compression, white balance.

    What is found is printed on standard output as the keys of a scene file, which is better than changing the picture.
    """
    from synthvision.core.yaml_file import dump_yaml
    from synthvision.features.photos import open_photos
    from synthvision.realism.cheap.measure import camera_settings

    found = camera_settings(open_photos(real), longer_side_px=longer_side_px)
    # As a job takes them beside the name of its scene.
    print(dump_yaml({"set": found}), end="")
    return 0


@app.command("privacy", epilog=EPILOG)
def privacy(
    outputs: Annotated[Path, typer.Argument(metavar="OUTPUTS", help="Refined pictures: a folder, or a COCO file.")],
    training: Annotated[Path, typer.Option("--training", metavar="PHOTOS", help="Photos that were trained on.")],
    held_out: Annotated[
        Path | None,
        typer.Option("--held-out", metavar="PHOTOS", help="Photos of the same source that were not trained on."),
    ] = None,
    diffusion: Annotated[
        Path | None,
        typer.Option(
            "--diffusion",
            metavar="MODEL",
            help="Instead of --held-out: a diffusion model trained here on --training; "
            "it knows which photos it kept back, and its losses are tried too.",
        ),
    ] = None,
    extractor: Annotated[
        str, typer.Option(metavar="NAME|DIR", help="statistics, random, or a local folder of a vision model.")
    ] = "statistics",
    sheet: Annotated[
        Path | None, typer.Option(metavar="FILE.png", help="Write the listed pairs side by side; it shows real photos.")
    ] = None,
    device: DeviceOption = "cpu",
) -> int:
    """Tell whether refined pictures give away the real photos that a refiner learned from.

    Exit code 1 where something leaks.
    """
    from synthvision.core.errors import UsageError
    from synthvision.features.extractor import load_extractor
    from synthvision.features.photos import open_photos
    from synthvision.realism.privacy.report import privacy_report, save_pairs

    if (held_out is None) == (diffusion is None):
        raise UsageError("privacy takes either --held-out PHOTOS or --diffusion MODEL")
    losses = None
    if diffusion is not None:
        from synthvision.realism.diffusion.model import load_model
        from synthvision.realism.diffusion.training import split_of
        from synthvision.realism.privacy.membership import diffusion_losses

        card, _ = load_model(diffusion, device)
        known, unknown = split_of(card, training)
        losses = diffusion_losses(diffusion, known, device=device), diffusion_losses(diffusion, unknown, device=device)
    else:
        known, unknown = open_photos(training), open_photos(held_out or training)
    made = open_photos(outputs)
    report = privacy_report(made, known, unknown, load_extractor(extractor, device), losses=losses)
    for line in report.lines():
        print(line)
    if sheet is not None and report.pairs:
        save_pairs(sheet, report, made, known)
    return 1 if report.leaks else 0


@app.command("mask", epilog=EPILOG)
def mask(
    photos: Annotated[Path, typer.Argument(metavar="PHOTOS", help="Photos: a folder, or a COCO file.")],
    out: Annotated[Path, typer.Option(metavar="DIR", help="Folder of the masked copies.")],
    categories: Annotated[
        list[str] | None,
        typer.Option("--category", metavar="NAME", help="Mask the boxes of this category; may be given many times."),
    ] = None,
    cascades: Annotated[
        bool, typer.Option("--cascades", help="Look for faces and plates with OpenCV 4's cascades; they miss much.")
    ] = False,
    blur: Annotated[bool, typer.Option("--blur", help="Blur beyond recognition instead of filling.")] = False,
) -> int:
    """Mask faces, number plates or other things in real photos before anything is trained on them."""
    from synthvision.features.photos import open_photos
    from synthvision.realism.privacy.detectors import CascadeFinder
    from synthvision.realism.privacy.masking import mask_photos

    report = mask_photos(
        open_photos(photos),
        out,
        categories=categories or [],
        finder=CascadeFinder() if cascades else None,
        style="blur" if blur else "fill",
    )
    boxes = ", ".join(f"{count} {name}" for name, count in sorted(report.boxes.items())) or "nothing"
    print(f"{report.masked} of {report.photos} photos masked: {boxes}; look at them before training", file=sys.stderr)
    print(out)
    return 0


def _method(name: str) -> TrainingMethod:
    """Return the method whose defaults are taken; a wrong name is refused where the settings are checked."""
    from synthvision.realism.training.config import TrainingMethod

    return cast(TrainingMethod, name) if name in get_args(TrainingMethod) else "cut"


def _decisions(counts: RealismCounts) -> str:
    pictures = ", ".join(f"{number} {name}" for name, number in sorted(counts.pictures.items()))
    instances = ", ".join(f"{number} {name}" for name, number in sorted(counts.instances.items()))
    return f"guard: pictures {pictures or 'none'}; objects {instances or 'none'}; {counts.passed_share:.0%} passed"
