"""Run a job: frame loop, workers, bench."""
