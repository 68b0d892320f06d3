"""The whole job: load, override, validate."""
