"""What the engines cost, on one notebook with the usual imports: papermill's own, the two warm ones, ploomber-engine.

A table, a reliability coefficient, two charts. Medians of five, in one run; ploomber-engine, where it is installed,
runs notebooks in this process without isolation and is the nearest rival. Writes benchmarks/results/engine.json.

Two notebooks of each engine are run before any is timed, so that what a process imports once (papermill and jsonschema
here, the grammar of IRIs with it) is in no figure; no kernel imports either.
"""

import json
import os
import platform
import statistics
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import nbformat
import papermill
from nbformat import v4

from wellbeing.engine.engines import register

TIMES, BATCH = 5, 8
CELLS = (
    "import numpy as np, pandas as pd, matplotlib.pyplot as plt",
    "answers = pd.DataFrame(np.random.default_rng(seed).integers(0, 4, (200, 9)))",
    "k = answers.shape[1]; k / (k - 1) * (1 - answers.var().sum() / answers.sum(axis=1).var())",
    "answers.describe()",
    "answers.sum(axis=1).hist(); plt.show()",
    "answers.mean().plot.bar(); plt.show()",
)


def source(folder: Path) -> Path:
    """Write the notebook."""
    cells = [v4.new_code_cell("seed = 0", metadata={"tags": ["parameters"]}), *map(v4.new_code_cell, CELLS)]
    made = v4.new_notebook(cells=cells)
    made.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    path = folder / "usual.ipynb"
    nbformat.write(made, path)
    return path


def once(path: Path, engine: str, seed: int) -> None:
    """Run the notebook by an engine."""
    if engine == "ploomber-engine":
        from ploomber_engine import execute_notebook

        execute_notebook(str(path), None, parameters={"seed": seed}, progress_bar=False)
        return
    papermill.execute_notebook(path, None, {"seed": seed}, engine_name=engine, progress_bar=False)


def seconds(work: Callable[[], Any]) -> float:
    """Time it."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def spread(measured: list[float]) -> dict[str, float]:
    """Give the median and the extremes."""
    return {
        "median": round(statistics.median(measured), 3),
        "least": round(min(measured), 3),
        "most": round(max(measured), 3),
    }


def main() -> None:
    """Measure and write the figures down."""
    load = [round(value, 1) for value in os.getloadavg()]
    register()
    engines = ["nbclient", "wellbeing-warm-pool", "wellbeing-warm"]
    packages = ["papermill", "nbclient", "ipykernel", "matplotlib", "pandas"]
    if find_spec("ploomber_engine") is not None:
        engines.append("ploomber-engine")
        packages.append("ploomber-engine")
    found: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as folder:
        path = source(Path(folder))
        for engine in engines:
            for seed in range(2):  # the first starts what is warm, the second is as all after it
                once(path, engine, seed)
            found[engine] = {"one": spread([seconds(lambda e=engine: once(path, e, 0)) for _ in range(TIMES)])}
        with ThreadPoolExecutor(2) as two:

            def batch() -> None:
                list(two.map(lambda seed: once(path, "wellbeing-warm", seed), range(BATCH)))

            batch()
            each = [seconds(batch) / BATCH for _ in range(TIMES)]
        found["wellbeing-warm"]["two_at_once_each"] = spread(each)
    ordinary = found["nbclient"]["one"]["median"]
    result = {
        "seconds": found,
        "times_faster_than_papermill": {
            engine: round(ordinary / found[engine]["one"]["median"], 1) for engine in engines[1:]
        },
        "load_before": load,
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "versions": {name: version(name) for name in packages},
    }
    out = Path(__file__).parent / "results" / "engine.json"
    out.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    print(json.dumps(result, indent=1))


if __name__ == "__main__":
    main()
