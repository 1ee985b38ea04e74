"""What holds for every test."""

import os
from collections import Counter

import pytest

from wellbeing.engine.schemas import import_jsonschema

# Two workers on two cores: each keeps to one, where numpy would otherwise have every product of matrices wait for both.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
# Before any test imports nbformat: it takes seconds otherwise, of every worker.
import_jsonschema()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the files that take longest: a worker that meets them last keeps the other waiting.

    A file's tests stay with one worker (``--dist loadfile``), which makes the county they share once.
    """
    slow = Counter(item.path for item in items if item.get_closest_marker("slow"))
    items.sort(key=lambda item: -slow[item.path])
