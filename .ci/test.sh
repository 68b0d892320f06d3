#!/bin/sh
# What `make test` runs: lint, types, import rules, docs, then every test on the installed wheel, away from the sources.
# SHARED is the folder of models and environment maps that tests marked `shared` read.
set -eu
export HYPOTHESIS_PROFILE="${HYPOTHESIS_PROFILE:-ci}"
step() { printf '\n== %s\n' "$1"; }

step "format and style"
ruff format --check .
ruff check .
step "types"
mypy
step "import rules"
lint-imports
step "generated pages"
python -m synthvision.config.reference --check
python benchmarks/figures.py --check

step "wheel"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python -m build --wheel --outdir "$work/dist" . >"$work/build.log" 2>&1 || { cat "$work/build.log"; exit 1; }
python -m venv "$work/venv"
"$work/venv/bin/python" -m pip install --quiet "$work"/dist/*.whl
# With run-time packages only: a test dependency must not be needed to start.
cd "$work"
venv/bin/synthvision --help >/dev/null
venv/bin/synthvision schema >/dev/null
cd "$OLDPWD"
extras=augment,evaluate,improve,mitsuba,parquet,physics,privacy,pyrender,ray,realism,remote,service,table,tensorboard,words,words-local
"$work/venv/bin/python" -m pip install --quiet "$(ls "$work"/dist/*.whl)[$extras]" "torch==2.13.0"
"$work/venv/bin/python" -m pip install --quiet pytest pytest-xdist hypothesis psutil \
    crc32c datasets tfrecord webdataset playwright schemathesis

step "tests on the installed wheel"
mkdir "$work/elsewhere"
cp -r tests benchmarks deploy Dockerfile .dockerignore README.md pyproject.toml docs "$work/elsewhere/"
cd "$work/elsewhere"
export PATH="$work/venv/bin:$PATH" SYNTHVISION_ASSETS="shared=$SHARED" SYNTHVISION_HOME="$work/home"
python -m pytest -q -n 2 --dist worksteal --durations=40 --durations-min=5 --doctest-modules --pyargs synthvision tests
