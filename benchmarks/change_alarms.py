"""How often would a counsellor be alarmed about people who did not change, and what does she find of those who did?

PHQ-9-like scores (mean 6, sd 4.8, reliability .85), two terms, one million made-up people. Writes
``benchmarks/results/change_alarms.json`` and the tables of ``docs/change.md``.

    python benchmarks/change_alarms.py
"""

import json
import math
from pathlib import Path

import numpy as np
import pandas as pd

from flag_behaviour import put
from wellbeing.change import reliable_change

ROOT = Path(__file__).parents[1]
RESULTS = ROOT / "benchmarks" / "results" / "change_alarms.json"
PAGE = ROOT / "docs" / "change.md"

SEED, PEOPLE = 20261123, 1_000_000
MEAN, SD, RELIABILITY, CUTOFF = 6.0, 4.8, 0.85, 10
#: Lower ends of the bands of the PHQ-9.
BANDS = (5, 10, 15, 20)
RISES = (3, 5, 6, 8)


def two_terms(rng: np.random.Generator, people: int, rise: float = 0.0) -> tuple[np.ndarray, np.ndarray]:
    """Draw scores of last term and this one: a skewed true score, and the questionnaire's own noise each time."""
    true_sd = SD * math.sqrt(RELIABILITY)
    true = rng.gamma((MEAN / true_sd) ** 2, true_sd**2 / MEAN, people)
    noise = SD * math.sqrt(1 - RELIABILITY)
    before, now = (np.clip(np.round(true + added + rng.normal(0, noise, people)), 0, 27) for added in (0.0, rise))
    return before, now


def false_alarms(rng: np.random.Generator, people: int) -> dict[str, int]:
    """Count, of 1000 people of whom nobody changed, those whom each rule would report."""
    before, now = two_terms(rng, people)
    judged = reliable_change(pd.Series(now), pd.Series(before), SD, RELIABILITY)
    risen = judged["verdict"].eq("rise").to_numpy()
    crossed = (before < CUTOFF) & (now >= CUTOFF)
    rules = {
        "any rise": now > before,
        "moves up a band": np.digitize(now, BANDS) > np.digitize(before, BANDS),
        "crosses 10": crossed,
        "rise of 5 or more": now - before >= 5,
        "RCI > 1.96": risen,
        "RCI > 1.96 and now at 10 or more": risen & (now >= CUTOFF),
        "RCI > 1.96 and crosses 10": risen & crossed,
    }
    return {name: round(1000 * float(alarm.mean())) for name, alarm in rules.items()}


def found_rises(rng: np.random.Generator, people: int) -> dict[str, float]:
    """Give the share of true rises that the reliable change index finds."""
    found = {}
    for rise in RISES:
        before, now = two_terms(rng, people, rise)
        judged = reliable_change(pd.Series(now), pd.Series(before), SD, RELIABILITY)
        found[str(rise)] = round(float(judged["verdict"].eq("rise").mean()), 3)
    return found


def main() -> None:
    """Simulate, and write what was found."""
    rng = np.random.default_rng(SEED)
    data = {
        "seed": SEED,
        "people": PEOPLE,
        "false_alarms": false_alarms(rng, PEOPLE),
        "found": found_rises(rng, PEOPLE),
    }
    RESULTS.write_text(json.dumps(data, indent=1) + "\n", encoding="utf-8")
    page = PAGE.read_text(encoding="utf-8")
    for name, text in tables(data).items():
        page = put(page, name, text)
    PAGE.write_text(page, encoding="utf-8")


def tables(data: dict) -> dict[str, str]:
    """Write both tables."""
    alarms = ["| rule | false alarms, of 1000 |", "|---|---|"]
    alarms += [f"| {name} | {count} |" for name, count in data["false_alarms"].items()]
    found = ["| true rise, points | found by RCI > 1.96 |", "|---|---|"]
    found += [f"| {rise} | {100 * share:.0f} % |" for rise, share in data["found"].items()]
    return {"alarms": "\n".join(alarms), "rises": "\n".join(found)}


if __name__ == "__main__":
    main()
