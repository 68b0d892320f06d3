"""What every other package may use: errors, random streams, plugins, hashing, YAML reading, stage types."""
