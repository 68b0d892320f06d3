"""Parquet as Hugging Face's hub stores image data sets: pictures as bytes in a column, labels beside them.

Files are ``data/<part>-00000-of-00003.parquet``, so that ``datasets.load_dataset(FOLDER)`` finds the splits by itself,
and ``load_dataset("parquet", data_files=...)`` decodes the pictures: the types of all columns stand in the files'
metadata, class names included. The column ``image`` is a struct of ``bytes`` (the file as it is) and ``path`` (its
name); `synthvision.export.hub_features` lists the others. Row groups are bounded in rows and bytes, so that writer and
reader hold little in memory. Needs the extra ``parquet``.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, ClassVar

from pydantic import Field

from synthvision.core.errors import MissingExtraError
from synthvision.core.hashing import canonical_json
from synthvision.dataset.manifest import LayerName, Manifest
from synthvision.dataset.reader import Dataset
from synthvision.export.exporter import ExportOptions
from synthvision.export.hub_features import OBJECT_TYPES, HubRows, hub_features
from synthvision.export.imagefolder import check_split_names
from synthvision.export.notes import Notes
from synthvision.export.options import build_options
from synthvision.export.parts import Parts
from synthvision.export.shards import MEBIBYTE, Shards
from synthvision.export.targets import category_numbers, layer_bytes

if TYPE_CHECKING:
    import pyarrow as pa
    import pyarrow.parquet as pq

__all__ = ["ParquetExporter", "ParquetOptions"]


class ParquetOptions(ExportOptions):
    """How Parquet files are written."""

    shard_mib: float = Field(default=500.0, gt=0, description="Size in MiB at which a file takes no further row group.")
    group_rows: int = Field(default=100, ge=1, description="Most pictures in a row group.")
    group_mib: float = Field(default=64.0, gt=0, description="Size of pictures in MiB at which a row group ends.")


class ParquetExporter:
    """Writes Parquet files.

    What the label policy ignores has ``iscrowd`` 1 in ``objects``; a training script that does not look there takes it
    for a target. Lost are keypoints, poses, 3D boxes, amodal masks, attributes, tracks, the images beside the pictures,
    the scenes, and everything without a label: what is dropped, hidden or no target.

    Args:
        options: See `ParquetOptions`.

    Raises:
        MissingExtraError: pyarrow is not installed.
    """

    Options: ClassVar[type[ExportOptions]] = ParquetOptions
    needs: ClassVar[tuple[LayerName, ...]] = ()

    def __init__(self, **options: Any) -> None:
        self._options = build_options(ParquetOptions, options, "parquet")
        self._notes = Notes()
        try:
            import pyarrow.parquet  # noqa: F401  looked for before any work
        except ImportError as error:
            raise MissingExtraError("writing Parquet files", "parquet") from error

    @property
    def notes(self) -> tuple[str, ...]:
        """What the last export could not hold."""
        return self._notes.sentences

    def export(self, dataset: Dataset, out: Path, parts: Parts) -> Path:
        """Write ``data/<part>-00000-of-00001.parquet`` and so on.

        Args:
            dataset: What to read.
            out: Folder of ``data``.
            parts: Which frames go into which files.

        Returns:
            `out`.

        Raises:
            UsageError: The name of a part cannot be that of a split.
            DatasetError: A record is broken, a picture is missing, or a file cannot be written.
        """
        check_split_names(parts.names)
        self._notes = Notes()
        rows = HubRows(category_numbers(dataset.manifest), self._notes)
        schema = _schema(dataset.manifest)
        options = self._options

        def open_sink(stream: BinaryIO) -> _ParquetFile:
            return _ParquetFile(stream, schema, options)

        with Shards[dict[str, Any]](out / "data", open_sink, _shard_name, int(options.shard_mib * MEBIBYTE)) as shards:
            for part, frame in parts.frames_of(dataset):
                image = {"bytes": layer_bytes(frame), "path": frame.path("image").name}
                shards.write(part, {"image": image, **rows.of(part, frame)})
        return out


class _ParquetFile:
    """Gathers rows until a row group is full."""

    def __init__(self, stream: BinaryIO, schema: pa.Schema, options: ParquetOptions) -> None:
        import pyarrow.parquet as pq

        self._writer: pq.ParquetWriter = pq.ParquetWriter(
            stream, schema, compression="zstd", use_dictionary=False, write_statistics=["image_id"]
        )
        self._schema, self._options = schema, options
        self._rows: list[dict[str, Any]] = []
        self._bytes = 0

    def write(self, item: dict[str, Any]) -> None:
        self._rows.append(item)
        self._bytes += len(item["image"]["bytes"])
        if len(self._rows) >= self._options.group_rows or self._bytes >= self._options.group_mib * MEBIBYTE:
            self._flush()

    def close(self) -> None:
        self._flush()
        self._writer.close()

    def _flush(self) -> None:
        import pyarrow as pa

        if self._rows:
            self._writer.write_table(pa.Table.from_pylist(self._rows, self._schema))
            self._rows, self._bytes = [], 0


def _schema(manifest: Manifest) -> pa.Schema:
    import pyarrow as pa

    kinds = {"int64": pa.int64(), "float32": pa.float32(), "float64": pa.float64(), "string": pa.string()}
    lists = {name: pa.list_(kinds[dtype]) for name, dtype in OBJECT_TYPES.items()}
    lists["bbox"] = pa.list_(pa.list_(pa.float32(), 4))
    columns: dict[str, pa.DataType] = {
        "image": pa.struct([("bytes", pa.binary()), ("path", pa.string())]),
        "image_id": pa.int64(),
        "width": pa.int64(),
        "height": pa.int64(),
        # In the order in which the metadata name them, else `datasets` passes the metadata over.
        "objects": pa.struct(sorted(lists.items())),
        "weather": pa.string(),
        "factor_levels": pa.string(),
        "weight": pa.float64(),
    }
    about = canonical_json({"info": {"features": hub_features(manifest)}})
    return pa.schema(list(columns.items()), metadata={"huggingface": about})


def _shard_name(part: str, number: int, count: int) -> str:
    return f"{part}-{number:05d}-of-{count:05d}.parquet"
