"""What a refiner is given for one frame of a data set."""

from __future__ import annotations

from collections.abc import Collection

from synthvision.annotate.rle import decode_id_image
from synthvision.dataset.images import semantic_image
from synthvision.dataset.manifest import LayerName
from synthvision.dataset.reader import DatasetFrame
from synthvision.realism.refiner import RefineInput

__all__ = ["refine_input"]


def refine_input(frame: DatasetFrame, needs: Collection[LayerName], seed: int) -> RefineInput:
    """Return the input of a refiner, or of a chain of them, for one frame.

    Args:
        frame: The frame, as it was rendered.
        needs: Which of its ``depth`` and ``normals`` are wanted.
        seed: Of realism.

    Raises:
        DatasetError: The data set lacks an image that is wanted, or a file is broken.
        UsageError: A mask is broken, or an array is of another size than the picture.
    """
    record = frame.record
    numbers = {name: number for number, name in enumerate(frame.manifest.class_names, start=1)}
    classes = {
        label.instance_id: numbers[label.category]
        for label in record.instances
        if label.category in numbers and label.role in ("thing", "stuff")
    }
    id_hw = decode_id_image(record.instances, record.size_wh)
    return RefineInput(
        record,
        frame.rgb(),
        id_hw,
        semantic_image(id_hw, classes),
        frame.depth() if "depth" in needs else None,
        frame.normals() if "normals" in needs else None,
        seed,
    )
