"""What holds for every test."""

import os

import pytest

from wellbeing.engine.schemas import import_jsonschema

# Two workers on two cores: each keeps to one, where numpy would otherwise have every product of matrices wait for both.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
# Before any test imports nbformat: it takes seconds otherwise, of every worker.
import_jsonschema()

#: The files that take longest, by processor time, the longest first; the others come after them.
LONGEST = (
    "way", "opinion_way", "disclosure_attack", "crashes", "docs", "cluster", "wave_study", "counsellor", "browser",
    "instrument_check", "batch_render", "engine_conformance", "engine", "disclosure_waves", "synthetic", "site",
    "ledger", "reports", "visual", "distribution", "batch_affected", "followup", "keys", "term", "ledger_way",
)  # fmt: skip


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the files that take longest: a worker that meets them last keeps the other waiting.

    A file's tests stay with one worker (``--dist loadfile``), which makes the county they share once.
    """
    place = {f"test_{name}.py": number for number, name in enumerate(LONGEST)}
    items.sort(key=lambda item: place.get(item.path.name, len(place)))
