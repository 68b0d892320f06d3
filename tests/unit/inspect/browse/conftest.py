"""Data sets for looking at, with a cache folder of their own."""

import pytest

from synthvision.dataset.reader import open_dataset
from synthvision.inspect.browse.facets import build_facets
from synthvision.inspect.browse.filters import parse_selection, select
from synthvision.inspect.browse.index import IndexBuilder


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    """The user's cache folder of this test."""
    monkeypatch.setenv("SYNTHVISION_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache" / "browse"


@pytest.fixture
def build():
    """Index and facets of a data set, read anew."""

    def make(folder, cache=None):
        dataset = open_dataset(folder)
        builder = IndexBuilder(dataset.layout, dataset.manifest.class_names, cache)
        index = builder.load()
        return index, build_facets(index, dataset.manifest.config), builder

    return make


@pytest.fixture
def choose(build):
    """What passes some filters of a data set."""

    kept = {}

    def make(folder, *pairs):
        if folder not in kept:
            kept[folder] = build(folder)
        index, facets, _ = kept[folder]
        return select(index, facets, parse_selection(pairs, facets))

    return make
