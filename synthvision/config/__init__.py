"""The whole job: load, override, validate, JSON schema."""
