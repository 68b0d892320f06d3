"""A second raster backend: pyrender, an optional dependency."""
