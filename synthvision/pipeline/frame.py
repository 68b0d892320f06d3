"""One frame, from its index to its picture and labels, inside one process.

A `FrameMaker` holds what is dear to make and safe to keep between frames: the asset cache, the GL context, the
renderer. None of it changes a frame: frame k depends on (job, seed, k) alone.
"""

from __future__ import annotations

from collections import Counter, OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import TracebackType

from synthvision.annotate.flow import optical_flow
from synthvision.annotate.frame import AnnotatedFrame, annotate_frame, coverage_ids
from synthvision.annotate.measures import ObjectMeasures, measure_objects
from synthvision.config.job import Job
from synthvision.core.errors import ConstraintError, PlacementError
from synthvision.core.frames import CapturedFrame, LabelImages
from synthvision.core.registry import load_plugin
from synthvision.gpu.context import open_context
from synthvision.imaging.develop import Developer, bare_camera
from synthvision.imaging.lens import LensView, join_labels, lens_views
from synthvision.library.assets import AssetLibrary
from synthvision.pipeline.fingerprint import fingerprint
from synthvision.pipeline.levels import with_levels
from synthvision.pipeline.stages import StageClock
from synthvision.render.renderer import Renderer, Shading
from synthvision.sampling.constraints.config import Constraint, Transmittance
from synthvision.sampling.constraints.judge import describe, needs_pixels, violated
from synthvision.sampling.factors.config import FactorSpec
from synthvision.sampling.factors.levels import row_misses
from synthvision.sampling.factors.plan import PlanRow, constraints_of
from synthvision.sampling.sampler import SceneSampler
from synthvision.scene import Scene

__all__ = ["AcceptedScene", "FinishedFrame", "FrameMaker", "Neighbours", "open_library", "open_sampler"]

#: Loaded assets kept in main memory by each process; what the renderer keeps is bounded by `render.cache_mib`.
ASSET_CACHE_BYTES = 160 << 20
#: First steps of scenes whose accepted attempt is remembered, for the steps after them.
FIRST_STEPS_KEPT = 64
#: A scene that found no place in as many attempts, from the first on, is one that has none.
UNPLACED_ATTEMPTS = 20


@dataclass(frozen=True, slots=True)
class FinishedFrame:
    """One frame with everything that may be written of it.

    Args:
        index: Frame index k.
        scene: What was drawn.
        captured: The 8-bit picture and the label images.
        annotated: Masks, boxes and the verdict of the label policy for every instance.
        seconds: Time spent by stage.
    """

    index: int
    scene: Scene
    captured: CapturedFrame
    annotated: AnnotatedFrame
    seconds: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class AcceptedScene:
    """A scene that holds its constraints.

    Args:
        scene: The scene; `rejections` counts what earlier attempts missed.
        views: From `lens_views`.
        labels: Its label images, None where no constraint needed them.
    """

    scene: Scene
    views: tuple[LensView, ...]
    labels: LabelImages | None


@dataclass(frozen=True, slots=True)
class Neighbours:
    """A scene at other steps.

    Args:
        before: One step earlier; None at the first one.
        after: One step later; None at the last one.
    """

    before: Scene | None = None
    after: Scene | None = None


def open_library(job: Job) -> AssetLibrary:
    """Return the asset library that a job names, unchecked (see `synthvision.config.preflight`).

    Raises:
        AssetError: A pack is missing; the message says how to add it.
    """
    folder = job.folder or Path.cwd()
    roots = [folder / root for root in job.assets.roots]
    return AssetLibrary.open(job.assets.packs, roots, cache_bytes=ASSET_CACHE_BYTES)


def open_sampler(job: Job, library: AssetLibrary) -> SceneSampler:
    """Return the sampler of a job's scenes."""
    size_wh = (job.image.width, job.image.height)
    return SceneSampler(
        job.scene,
        job.classes,
        library,
        job.seed,
        size_wh=size_wh,
        views_per_scene=job.views_per_scene,
        frames_per_scene=job.frames_per_scene,
        frame_interval_s=job.frame_interval_s,
        plan=job.plan,
    )


class FrameMaker:
    """Makes frames of one job, one after the other, in any order.

    Args:
        job: What to make.
        library: Assets; None opens those that the job names.
        measure: Wait for the driver after each stage, so that `seconds` tells the stages apart.
        device: Index of the EGL device; None for the driver's first choice.

    Raises:
        GpuUnavailableError: No OpenGL context can be opened.
        AssetError: A pack is missing.
    """

    def __init__(
        self, job: Job, library: AssetLibrary | None = None, *, measure: bool = False, device: int | None = None
    ) -> None:
        self.job = job
        self.library = library or open_library(job)
        self.sampler = open_sampler(job, self.library)
        self._measure = measure
        self._first_steps: OrderedDict[int, tuple[PlanRow, int | None, Scene]] = OrderedDict()
        self._context = open_context(device)
        make_renderer = load_plugin("renderers", job.render.backend)
        self._renderer: Renderer = make_renderer(self._context, self.library, job.render)
        self._developer = Developer(self._context, self.library)

    def __enter__(self) -> FrameMaker:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Release the GL context and everything on it."""
        self._renderer.close()
        self._context.close()

    @property
    def fingerprint(self) -> dict[str, str]:
        """What decides the exact bytes of the pictures."""
        return fingerprint(self._renderer.fingerprint())

    def sample(self, index: int, attempt: int = 0, row: PlanRow | None = None) -> Scene:
        """Return the scene of frame `index`.

        Args:
            index: Frame index k.
            attempt: How often the frame was refused before.
            row: What the scene shall be, instead of its row of the job's plan.

        Raises:
            PlacementError: The objects could not be placed within the bounded number of tries.
        """
        return self.sampler.sample(index, attempt, row=row)

    def make(self, index: int) -> FinishedFrame:
        """Return frame `index` with picture and labels: the first attempt that holds the scene's constraints.

        Raises:
            FrameError: The scene could not be placed or drawn, or no attempt held the constraints.
        """
        clock = StageClock()
        accepted = self.accept(index, clock)
        return self._finish(accepted, clock)

    def accept(
        self, index: int, clock: StageClock | None = None, row: PlanRow | None = None, attempts: int | None = None
    ) -> AcceptedScene:
        """Return the scene of frame `index` that holds the constraints, with its labels where these were needed.

        A scene is judged at the first step of each view and camera alone: later steps take the attempt that held then,
        so that a video shows one scene, and they may miss what their first step held.

        Args:
            index: Frame index k.
            clock: Times the stages.
            row: What the scene shall be, instead of its row of the job's plan.
            attempts: How many are made; None for the scene file's `max_attempts`.

        Raises:
            ConstraintError: None of the attempts did; the message counts what was missed.
            PlacementError: The objects could not be placed, in the one attempt of a scene without constraints or in
                the first twenty of another.
        """
        clock, factors = clock or StageClock(), self.job.scene.factors
        if row is None:
            plan = self.job.plan
            row = PlanRow() if plan is None else plan.row_of(self.job.frame_order.place(index).scene)
        first = self.job.frame_order.first_step(index)
        if first != index:
            return self._as_first_step(index, first, clock, row, attempts)
        constraints = self.job.scene.constraints + constraints_of(factors, row.levels)
        missed: Counter[str] = Counter()
        if attempts is None:
            attempts = self.job.scene.max_attempts if constraints or row.levels else 1
        on_pixels = any(needs_pixels(constraint) for constraint in constraints) or any(
            factors[name].measure is not None for name in row.levels
        )
        through_air = any(isinstance(constraint, Transmittance) for constraint in constraints)
        unplaced = 0
        for attempt in range(attempts):
            with clock.stage("sample"):
                try:
                    scene = self.sample(index, row.attempt + attempt, row)
                except PlacementError as error:
                    unplaced += 1
                    if attempts == 1 or unplaced == attempt + 1 == UNPLACED_ATTEMPTS:
                        raise
                    missed[f"placement: a place for {str(error).partition(':')[0]}"] += 1
                    continue
                if missed:
                    scene = replace(scene, rejections={**scene.rejections, **missed})
                failed = _missed(constraints, factors, row, scene, None)
            views, labels = lens_views(scene), None
            if on_pixels and not failed:
                with clock.stage("labels"):
                    labels = self.labels(scene, views)
                failed = _missed(constraints, factors, row, scene, self.measure(scene, labels, through_air=through_air))
            if not failed:
                return AcceptedScene(scene, views, labels)
            missed.update(failed)
        listed = ", ".join(f"{name.partition(': ')[2]} ({count} times)" for name, count in missed.most_common())
        raise ConstraintError(
            f"frame {index} must hold every constraint, but none of {attempts} attempts did; missed: {listed}; widen "
            "the constraint, let the scene propose what it asks for, or raise max_attempts"
        )

    def _as_first_step(
        self, index: int, first: int, clock: StageClock, row: PlanRow, attempts: int | None
    ) -> AcceptedScene:
        """Return a later step of the scene whose first step, seen by the same camera, holds the constraints."""
        kept = self._first_steps.get(first)
        if kept is None or kept[:2] != (row, attempts):
            kept = row, attempts, self.accept(first, clock, row, attempts).scene
            self._first_steps[first] = kept
            if len(self._first_steps) > FIRST_STEPS_KEPT:
                self._first_steps.popitem(last=False)
        with clock.stage("sample"):
            scene = self.sample(index, kept[2].origin.attempt, row)
        scene = replace(scene, rejections=kept[2].rejections)
        return AcceptedScene(scene, lens_views(scene), None)

    def neighbours(self, scene: Scene) -> Neighbours:
        """Return a scene at the steps before and after, as far as the job writes the flow to them.

        Args:
            scene: A scene of this job as it was sampled.

        Raises:
            PlacementError: A step could not be placed.
        """
        output, order, origin = self.job.output, self.job.frame_order, scene.origin
        found: list[Scene | None] = []
        for wanted, steps in ((output.flow_backward, -1), (output.flow_forward, 1)):
            frame = order.neighbour(origin.frame, steps) if wanted else None
            found.append(None if frame is None else self.sample(frame, origin.attempt))
        return Neighbours(*found)

    def measure(self, scene: Scene, labels: LabelImages, *, through_air: bool = True) -> dict[int, ObjectMeasures]:
        """Return what the labels of the finished picture will say about each object of a scene, by instance id.

        Args:
            scene: What the picture shows.
            labels: Its label images, as `labels` returned them.
            through_air: Also work out what the air lets through; else it is taken for clear.
        """
        labels = self._developer.rolled_labels(scene, labels)
        air = self._developer.transmittance(scene, labels) if through_air else None
        return measure_objects(scene, labels, air)

    def make_scene(
        self, scene: Scene, clock: StageClock | None = None, neighbours: Neighbours | None = None
    ) -> FinishedFrame:
        """Return the frame that shows `scene`, sampled here or read from a record; constraints are not judged.

        Args:
            scene: What to draw.
            clock: Times the stages.
            neighbours: The scene at the steps before and after, for flow; None for those of the job.

        Raises:
            FrameError: The scene could not be drawn.
            AssetError: An asset of the scene is missing.
        """
        return self._finish(AcceptedScene(scene, lens_views(scene), None), clock or StageClock(), neighbours)

    def _finish(
        self, accepted: AcceptedScene, clock: StageClock, neighbours: Neighbours | None = None
    ) -> FinishedFrame:
        scene, views, labels = accepted.scene, accepted.views, accepted.labels
        if labels is None:
            with clock.stage("labels"):
                labels = self.labels(scene, views)
        pictures = []
        for view in views:
            with clock.stage("radiance"):
                radiance = self._renderer.render_radiance(view.picture_scene)
                self._wait()
            with clock.stage("air"):
                pictures.append(self._developer.expose(view.picture_scene, radiance, keep=len(views) > 1))
                self._wait()
        with clock.stage("develop"):
            captured = self._developer.develop(scene, views, pictures, labels)
        if self.job.output.flow_forward or self.job.output.flow_backward:
            with clock.stage("annotate"):
                captured = self._with_flow(scene, captured, neighbours or self.neighbours(scene))
        with clock.stage("annotate"):
            annotated = annotate_frame(scene, captured, self.library, self.job.labels, self.job.class_names)
            annotated = with_levels(annotated, self.job.scene.factors, captured)
        return FinishedFrame(scene.origin.frame, scene, captured, annotated, clock.seconds)

    def _with_flow(self, scene: Scene, captured: CapturedFrame, neighbours: Neighbours) -> CapturedFrame:
        output, labels, library = self.job.output, captured.labels, self.library
        return replace(
            captured,
            flow_forward_hwc=optical_flow(scene, labels, neighbours.after, library) if output.flow_forward else None,
            flow_backward_hwc=optical_flow(scene, labels, neighbours.before, library) if output.flow_backward else None,
        )

    def labels(self, scene: Scene, views: Sequence[LensView] | None = None) -> LabelImages:
        """Return the label images of a scene, with the coverage of every object that may be labelled.

        Args:
            scene: What to draw.
            views: From `lens_views`; None works them out.
        """
        views = views if views is not None else lens_views(scene)
        normals, ids = self.job.output.normals, coverage_ids(scene)
        drawn = [
            self._renderer.render_labels(
                view.label_scene,
                normals=normals,
                amodal_ids=ids,
                light_follows=view.label_scene is view.picture_scene,
            )
            for view in views
        ]
        return join_labels(scene, views, drawn)

    def flat_colours(self, scene: Scene) -> CapturedFrame:
        """Return the picture in which every object shows the colour that codes its instance id, with its labels.

        It takes the same path as the real picture, lens included, so decoding it proves that labels and picture agree.
        Air, dirt and sensor are left out: they would mix the codes.
        """
        plain = replace(scene, weather=None, camera=replace(bare_camera(scene.camera), lens=scene.camera.lens))
        views = lens_views(plain)
        labels = self.labels(plain, views)
        shading: Shading = "ids"
        pictures = []
        for view in views:
            radiance = self._renderer.render_radiance(view.picture_scene, shading=shading)
            pictures.append(self._developer.expose(view.picture_scene, radiance, keep=len(views) > 1))
        return self._developer.develop(plain, views, pictures, labels)

    def _wait(self) -> None:
        if self._measure:
            self._context.finish()


def _missed(
    constraints: Sequence[Constraint],
    factors: Mapping[str, FactorSpec],
    row: PlanRow,
    scene: Scene,
    measures: Mapping[int, ObjectMeasures] | None,
) -> list[str]:
    """Return what a scene misses: constraints first, and where it holds these, what a plan's row asks for."""
    failed = [f"constraint: {describe(constraint)}" for constraint in violated(constraints, scene, measures)]
    return failed or [f"plan: {miss}" for miss in row_misses(factors, row.levels, scene, measures)]
