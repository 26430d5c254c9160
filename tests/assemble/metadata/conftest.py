"""Releases of both examples, each made once; no test changes a file of them."""

from __future__ import annotations

import functools
from collections.abc import Callable

import pytest

from support.catalogues import DATASETS, Example

Examples = Callable[[str], Example]


@pytest.fixture(scope="session")
def examples(tmp_path_factory: pytest.TempPathFactory) -> Examples:
    """The release of an example, by its name."""
    return functools.cache(lambda name: Example(name, tmp_path_factory.mktemp(name)))


@pytest.fixture(params=sorted(DATASETS))
def made(request: pytest.FixtureRequest, examples: Examples) -> Example:
    """The release of each example."""
    return examples(str(request.param))


@pytest.fixture
def city(examples: Examples) -> Example:
    """The release of the complete example."""
    return examples("musterstadt")
