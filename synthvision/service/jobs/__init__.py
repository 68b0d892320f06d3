"""The service that runs jobs: a queue in SQLite, a REST API, and a page to submit, watch, stop, resume and fetch."""
