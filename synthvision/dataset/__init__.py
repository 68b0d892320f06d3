"""A data set on disk: manifest, records, atomic writing, reading."""
