"""How fast is the nested mixed model, beside statsmodels' MixedLM on the same rows, and do they agree?

A made-up county of 60 schools with about 7,000 rows over three waves. Writes ``benchmarks/results/mixed_model.json``
and the table of ``docs/research_models.md``.

    python benchmarks/mixed_model.py
"""

import json
import time
import warnings
from pathlib import Path

import numpy as np
import pandas as pd

from flag_behaviour import put
from wellbeing.models.nested import mixed_model

ROOT = Path(__file__).parents[1]
RESULTS = ROOT / "benchmarks" / "results" / "mixed_model.json"
PAGE = ROOT / "docs" / "research_models.md"

SEED, SCHOOLS, PEOPLE, TIMES = 20261123, 60, 2912, 3
#: How often the fast one is run; its median counts.
RUNS = 9


def county() -> pd.DataFrame:
    """Draw people of schools over waves; one in five leaves after each wave."""
    rng = np.random.default_rng(SEED)
    school = rng.integers(0, SCHOOLS, PEOPLE)
    stays = rng.random((PEOPLE, TIMES)) < 0.8
    seen = np.cumprod(np.column_stack([np.ones(PEOPLE), stays[:, 1:]]), axis=1).astype(bool)
    person, wave = np.nonzero(seen)
    score = 9 + 0.4 * wave + rng.normal(0, 0.8, SCHOOLS)[school[person]]
    score += rng.normal(0, 3.2, PEOPLE)[person] + rng.normal(0, 2.5, len(person))
    return pd.DataFrame(
        {
            "school": [f"S{place:02d}" for place in school[person]],
            "code": [f"P{place:04d}" for place in person],
            "wave": wave,
            "male": (person % 2).astype(float),
            "score": score,
        }
    )


def theirs(rows: pd.DataFrame) -> tuple[float, dict[str, float]]:
    """Fit it by statsmodels: schools as groups, persons as a variance component within them."""
    import statsmodels.formula.api as smf

    begun = time.perf_counter()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = smf.mixedlm(
            "score ~ wave + male", rows, groups="school", re_formula="1", vc_formula={"code": "0 + C(code)"}
        )
        fitted = model.fit(reml=True)
    seconds = time.perf_counter() - begun
    found = {name: float(fitted.fe_params[name]) for name in ("Intercept", "wave", "male")}
    found |= {"se_wave": float(fitted.bse_fe["wave"]), "var_school": float(fitted.cov_re.iloc[0, 0])}
    return seconds, found | {"var_person": float(fitted.vcomp[0]), "var_resid": float(fitted.scale)}


def ours(rows: pd.DataFrame) -> tuple[float, dict[str, float]]:
    """Fit it in closed form; the median of several runs after a first one."""
    times = []
    for _ in range(RUNS + 1):
        begun = time.perf_counter()
        fitted = mixed_model(rows, "score", ["wave", "male"], "school", "code")
        times.append(time.perf_counter() - begun)
    estimate, se = fitted.fixed["estimate"], fitted.fixed["se"]
    found = {"Intercept": float(estimate["(Intercept)"]), "wave": float(estimate["wave"])}
    found |= {"male": float(estimate["male"]), "se_wave": float(se["wave"]), "var_school": fitted.var_school}
    return float(np.median(times[1:])), found | {"var_person": fitted.var_person, "var_resid": fitted.var_resid}


def main() -> None:
    """Measure both, compare, and write both places."""
    rows = county()
    own_time, own = ours(rows)
    their_time, their = theirs(rows)
    result = {
        "rows": len(rows),
        "seconds": {"own": round(own_time, 4), "statsmodels": round(their_time, 2)},
        "ratio": round(their_time / own_time),
        "largest_difference": max(abs(own[name] - their[name]) for name in own),
        "own": own,
        "statsmodels": their,
    }
    RESULTS.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    table = [
        f"| {len(rows)} rows, {rows['code'].nunique()} people, {SCHOOLS} schools | seconds |",
        "|---|---|",
        f"| own, in closed form | {own_time:.3f} |",
        f"| statsmodels MixedLM, person in school | {their_time:.1f} |",
        f"| ratio | {result['ratio']} |",
        f"| largest difference of coefficients, standard error and variances | {result['largest_difference']:.1e} |",
    ]
    text = "\n".join(table)
    PAGE.write_text(put(PAGE.read_text(encoding="utf-8"), "speed", text), encoding="utf-8", newline="\n")
    print(text)
    if result["ratio"] < 100:
        raise SystemExit("slower than a hundredth of MixedLM's time")
    if result["largest_difference"] > 5e-3:
        raise SystemExit("the two do not agree")


if __name__ == "__main__":
    main()
