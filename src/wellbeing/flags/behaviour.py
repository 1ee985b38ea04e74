"""What simulation found about the flags: one committed file, written by ``benchmarks/flag_behaviour.py``."""

import json
from functools import cache
from importlib.resources import files
from typing import Any

from wellbeing.texts import say


@cache
def behaviour() -> dict[str, Any]:
    """Read what was measured.

    Returns
    -------
    dict
        ``scenarios``: name to ``rules``: rule to its rates, as the tables of docs/flags.md show them; ``schools`` in a
        county, ``counties`` in a scenario, the seed.
    """
    text = files("wellbeing.flags").joinpath("behaviour.json").read_text(encoding="utf-8")
    found: dict[str, Any] = json.loads(text)
    return found


def behaviour_sentence(lang: str) -> str:
    """Say in one sentence how often the printed flags are wrong and what they find."""
    found = behaviour()
    alike, doubled = (found["scenarios"][name] for name in ("alike_20", "six_20_40"))
    by_mean = doubled["rules"]["means"]
    small, middle, large = (round(100 * by_mean[f"red {band}"]) for band in ("20-39", "40-79", "80-10000"))
    return say(
        "flags.county_behaviour",
        lang,
        counties=alike["counties"],
        schools=found["schools"],
        wrong=f"{alike['rules']['means']['wrong_red_per_county']:.2f}",
        small=small,
        middle=middle,
        large=large,
    )
