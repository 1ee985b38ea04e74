"""How long does omega's bootstrap take, and does its interval hold what it says?

2,000 draws on 2,000 people and 21 items, against fitting every draw by itself; and how often the 95 per cent interval
covers the true omega. Writes ``benchmarks/results/omega.json`` and the table of ``docs/measurement.md``.

    python benchmarks/omega.py
"""

import json
import os
import time
from pathlib import Path

# Small matrices: a second thread would only wait.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np
import pandas as pd

from flag_behaviour import put
from wellbeing.reliability import bootstrap_omega, omega

ROOT = Path(__file__).parents[1]
RESULTS = ROOT / "benchmarks" / "results" / "omega.json"
PAGE = ROOT / "docs" / "measurement.md"

SEED, PEOPLE, ITEMS, DRAWS = 20261123, 2000, 21, 2000
#: Draws fitted one by one, to say how much longer that takes.
ONE_BY_ONE = 50
#: Runs of which the shortest counts.
RUNS = 5
#: Samples, their sizes and draws for the coverage.
SAMPLES, SIZES, COVERAGE_DRAWS = 200, (60, 200, 1000), 300
LOADINGS = np.array([0.8, 0.7, 0.7, 0.6, 0.5, 0.4])


def sample(rng: np.random.Generator, n: int, loadings: np.ndarray) -> pd.DataFrame:
    """Draw answers of people whom one factor tells apart."""
    noise = rng.normal(size=(n, len(loadings))) * np.sqrt(1 - loadings**2)
    columns = [f"item{place}" for place in range(len(loadings))]
    return pd.DataFrame(rng.normal(size=(n, 1)) * loadings + noise, columns=columns)


def seconds(rng: np.random.Generator) -> dict[str, float]:
    """Time the bootstrap, and the same draws fitted one by one."""
    items = sample(rng, PEOPLE, np.linspace(0.4, 0.9, ITEMS))
    omega(items)
    runs = []
    for _ in range(RUNS):
        began = time.perf_counter()
        found = bootstrap_omega(items, draws=DRAWS)
        runs.append(time.perf_counter() - began)
        if found.failed:
            raise SystemExit("a draw of a clean sample failed")
    # The shortest run is the one that least of the machine's other work was in.
    together = min(runs)
    began = time.perf_counter()
    for times in rng.multinomial(PEOPLE, np.full(PEOPLE, 1 / PEOPLE), size=ONE_BY_ONE):
        omega(items.iloc[np.repeat(np.arange(PEOPLE), times)].reset_index(drop=True))
    alone = (time.perf_counter() - began) * DRAWS / ONE_BY_ONE
    return {"seconds": round(together, 1), "one_by_one": round(alone), "ratio": round(alone / together)}


def coverage(rng: np.random.Generator, n: int) -> tuple[float, float]:
    """Give the share of samples that get an interval, and of these the share whose interval holds the true omega."""
    true = LOADINGS.sum() ** 2 / (LOADINGS.sum() ** 2 + (1 - LOADINGS**2).sum())
    hits = given = 0
    for seed in range(SAMPLES):
        found = bootstrap_omega(sample(rng, n, LOADINGS), draws=COVERAGE_DRAWS, seed=seed)
        given += found.trouble is None
        hits += found.low <= true <= found.high
    return given / SAMPLES, hits / given


def main() -> None:
    """Measure, keep the figures, and put the table into the page."""
    rng = np.random.default_rng(SEED)
    timed = seconds(rng)
    covered = {str(n): [round(share, 3) for share in coverage(rng, n)] for n in SIZES}
    result = {"people": PEOPLE, "items": ITEMS, "draws": DRAWS, **timed, "samples": SAMPLES, "covered": covered}
    RESULTS.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8", newline="\n")
    lines = [
        "| | |",
        "|---|---|",
        f"| {DRAWS:,} draws on {PEOPLE:,} people and {ITEMS} items | {timed['seconds']} s |",
        f"| the same draws fitted one by one | {timed['one_by_one']} s, {timed['ratio']} times longer |",
        *(
            f"| {n} people: samples of {SAMPLES} that get an interval; of these, true omega inside | "
            f"{given * 100:.0f} %; {held * 100:.0f} % |"
            for n, (given, held) in covered.items()
        ),
    ]
    PAGE.write_text(put(PAGE.read_text(encoding="utf-8"), "omega", "\n".join(lines)), encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
