"""How often the flags are wrong, and what they find: simulated counties whose truth is known.

Every county of section 4.4 of the kit's notes on statistics, 200 times each: 60 schools of 8 to 250 staff, about 75 %
of whom answer, two waves of mostly the same people. Three naive rules stand beside the flags. What is found is written
to ``src/wellbeing/flags/behaviour.json``, which the county report quotes, to ``benchmarks/results/flag_behaviour.md``,
and from the same figures into ``docs/flags.md``.

    python benchmarks/flag_behaviour.py
"""

import json
import os
import platform
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

# Two processes share two cores: each keeps to one.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np
from scipy.special import ndtr as norm_cdf
from scipy.special import ndtri

from wellbeing.flags.ranged_rule import Verdict, judge_classes, judge_intervals
from wellbeing.flags.ranges import Classed, Ranged
from wellbeing.flags.rule import judge_means, judge_shares
from wellbeing.proportions import benjamini_hochberg, upper_tail, wilson

ROOT = Path(__file__).parents[1]
DATA = ROOT / "src" / "wellbeing" / "flags" / "behaviour.json"
RESULTS = ROOT / "benchmarks" / "results" / "flag_behaviour.md"
PAGE = ROOT / "docs" / "flags.md"

SEED, COUNTIES, SCHOOLS = 20261123, 200, 60
#: Size bands of the tables, by number of respondents.
BANDS = ((4, 9), (10, 19), (20, 39), (40, 79), (80, 10_000))
#: Fewest respondents of a report of its own (rule R1).
TOLD_FROM = 20


@dataclass(frozen=True)
class Truth:
    """A county's true shares this wave and last, which schools have a problem, and how many answer."""

    base: float
    now: np.ndarray
    before: np.ndarray
    bad: np.ndarray
    response: float = 0.75
    kinds: tuple[str, ...] | None = None
    #: The true share of the schools that each school is compared with, if not `base` for all.
    of_kind: np.ndarray | None = None

    @property
    def cut(self) -> np.ndarray:
        reference = np.full(len(self.now), self.base) if self.of_kind is None else self.of_kind
        return reference + np.maximum(0.05, 0.25 * np.minimum(reference, 1 - reference))


def alike(share: float) -> Callable[[np.random.Generator], Truth]:
    """All schools are the same; nothing is to be found."""

    def make(_: np.random.Generator) -> Truth:
        level = np.full(SCHOOLS, share)
        return Truth(share, level, level, np.zeros(SCHOOLS, bool))

    return make


def different(
    share: float, problem: float = 0.0, bad: int = 0, *, icc: float = 0.02, schools: int = SCHOOLS,
    response: float = 0.75, new: bool = False,
) -> Callable[[np.random.Generator], Truth]:  # fmt: skip
    """Schools differ as schools do (a beta distribution), and `bad` of them have `problem` instead."""

    def make(rng: np.random.Generator) -> Truth:
        precision = 1 / icc - 1
        level = rng.beta(share * precision, (1 - share) * precision, schools)
        chosen = np.zeros(schools, bool)
        chosen[rng.permutation(schools)[:bad]] = True
        now = np.where(chosen, problem, level)
        return Truth(share, now, level if new else now, chosen, response)

    return make


def split(kinds: bool) -> Callable[[np.random.Generator], Truth]:
    """Half of the schools at 15 %, half at 25 %; the flags are told which is which, or not."""

    def make(rng: np.random.Generator) -> Truth:
        base = np.where(np.arange(SCHOOLS) < SCHOOLS // 2, 0.15, 0.25)
        level = rng.beta(base * 49, (1 - base) * 49)
        names = tuple(np.where(base < 0.2, "primary", "secondary").tolist())
        return Truth(0.2, level, level, np.zeros(SCHOOLS, bool), kinds=names if kinds else None, of_kind=base)

    return make


SCENARIOS: dict[str, tuple[str, Callable[[np.random.Generator], Truth]]] = {
    "alike_10": ("all alike, 10 %", alike(0.10)),
    "alike_20": ("all alike, 20 %", alike(0.20)),
    "alike_35": ("all alike, 35 %", alike(0.35)),
    "ordinary_10": ("ordinary differences (ICC .02), 10 %", different(0.10)),
    "ordinary_20": ("same, 20 %", different(0.20)),
    "ordinary_35": ("same, 35 %", different(0.35)),
    "six_20_35": ("six of sixty at 20 + 15 points", different(0.20, 0.35, 6)),
    "six_20_40": ("six at 20 + 20 points", different(0.20, 0.40, 6)),
    "six_20_50": ("six at 20 + 30 points", different(0.20, 0.50, 6)),
    "six_10_30": ("six at 10 + 20 points", different(0.10, 0.30, 6)),
    "six_35_65": ("six at 35 + 30 points", different(0.35, 0.65, 6)),
    "six_5_20": ("six at 5 + 15 points", different(0.05, 0.20, 6)),
    "two_20_50": ("two at 50 % among near-identical ones", different(0.20, 0.50, 2, icc=0.001)),
    "twelve": ("twelve at 20 + 20 points", different(0.20, 0.40, 12)),
    "icc_05": ("six at 20 + 20, larger differences (ICC .05)", different(0.20, 0.40, 6, icc=0.05)),
    "response_50": ("six at 20 + 20, half of the staff answer", different(0.20, 0.40, 6, response=0.50)),
    "county_20": ("two of twenty schools at 20 + 20", different(0.20, 0.40, 2, schools=20)),
    "new": ("six at 20 + 20, new this wave", different(0.20, 0.40, 6, new=True)),
    "split": ("half at 15 %, half at 25 %, not told apart", split(kinds=False)),
    "split_kinds": ("the same, compared within kinds", split(kinds=True)),
}


@dataclass(frozen=True)
class Answers:
    """What a county answered: cases, respondents, mean and sum of squares of a score, this wave and last."""

    cases: np.ndarray
    n: np.ndarray
    mean: np.ndarray
    sd: float


def answers(truth: Truth, rng: np.random.Generator) -> tuple[Answers, Answers]:
    """Draw both waves: 70 % of staff answer both times (at 75 % response), and agree with themselves (r .6)."""
    schools = len(truth.now)
    staff = np.clip(np.round(np.exp(rng.normal(np.log(45), 0.8, schools))), 8, 250)
    share = np.clip(rng.normal(truth.response, 0.10, (2, schools)), 0.2, 1)
    n_before, n = np.maximum(np.round(share * staff), 1).astype(int)
    both = np.minimum(np.round(0.7 / 0.75 * truth.response * staff), np.minimum(n, n_before)).astype(int)
    first = rng.normal(size=n_before.sum())
    second = rng.normal(size=n.sum())
    starts, starts_before = np.cumsum(n) - n, np.cumsum(n_before) - n_before
    repeated = np.concatenate([np.arange(k) for k in both])
    here, there = np.repeat(starts, both) + repeated, np.repeat(starts_before, both) + repeated
    second[here] = 0.6 * first[there] + 0.8 * second[here]
    return _counted(second, n, starts, truth.now), _counted(first, n_before, starts_before, truth.before)


def _counted(latent: np.ndarray, n: np.ndarray, starts: np.ndarray, level: np.ndarray) -> Answers:
    strain = latent + np.repeat(ndtri(level), n)
    # Whole numbers, 0 to 21, skewed; 10 and more is a case.
    score = np.clip(np.floor(10 * np.exp(0.55 * strain)), 0, 21)
    total = np.add.reduceat(score, starts)
    return Answers(np.add.reduceat(score >= 10, starts).astype(int), n, total / n, float(score.std(ddof=1)))


def true_mean(level: np.ndarray) -> np.ndarray:
    """Give the mean score of a school with so large a share of cases."""
    quantiles = ndtri((np.arange(4000) + 0.5) / 4000)
    return np.clip(np.floor(10 * np.exp(0.55 * (quantiles + ndtri(level)[:, None]))), 0, 21).mean(axis=1)


def share_class(cases: int, n: int, width: int = 5) -> Classed:
    """Give a count as it is released (rule R5), written here apart from the kit's own."""
    top = n // 2 // width * width
    if n - 2 * top + 1 < width:
        top -= width
    start = min(min(cases, n - cases) // width * width, top)
    about = (n + 2) // 5 * 5
    if start == top:
        return Classed(start, n // 2, "untold", about)
    return Classed(start, start + width - 1, "few" if cases <= n - cases else "many", about)


def mean_range(mean: float, n: int) -> Ranged:
    """Give a mean as it is released (rule R7)."""
    width = next(width for width in (0.1, 0.2, 0.5, 1.0) if width >= 5 / n)
    low = np.floor(mean / width + 1e-9) * width
    return Ranged(float(low), float(low + width), (n + 2) // 5 * 5)


def states(truth: Truth, now: Answers, before: Answers, one_wave: bool = False) -> dict[str, np.ndarray]:
    """Give every rule's state of every school; a naive rule knows red and nothing else. Empty where nothing is told."""
    kinds = None if truth.kinds is None else list(truth.kinds)
    rate = now.cases / now.n
    county = now.cases.sum() / now.n.sum()
    low = np.array([wilson(int(y), int(n))[0] for y, n in zip(now.cases, now.n, strict=True)])
    q = benjamini_hochberg(upper_tail(now.cases, now.n, county))
    found = {
        "county_mean": np.where(rate > county, "red", "green"),
        "interval": np.where(low > county, "red", "green"),
        "bh": np.where(q <= 0.10, "red", "green"),
        "counts": judge_shares(now.cases, now.n, before.cases, before.n, kinds=kinds).states,
        "mean_counts": judge_means(now.mean, now.n, now.sd, before.mean, before.n, before.sd, kinds=kinds).states,
    }
    told = np.flatnonzero(now.n >= TOLD_FROM)
    own_kinds = None if kinds is None else [kinds[school] for school in told]
    classes, ranges = _released(now, told), _released_means(now, told)
    earlier, earlier_ranges = _released(before, told), _released_means(before, told)
    sd, sd_before = (_released_sd(wave.sd) for wave in (now, before))

    def by_mean(last_wave: list[Ranged | None]) -> list[Verdict]:
        return judge_intervals(ranges, sd, last_wave, sd_before, higher_is="worse", scale=(0.0, 21.0), kinds=own_kinds)

    printed = {"classes": judge_classes(classes, earlier, own_kinds)[0], "means": by_mean(earlier_ranges)}
    if one_wave:
        nothing = [None] * len(told)
        printed |= {
            "classes_one_wave": judge_classes(classes, nothing, own_kinds)[0],
            "means_one_wave": by_mean(nothing),
        }
        found["counts_one_wave"] = judge_shares(now.cases, now.n, kinds=kinds).states
    for name, verdicts in printed.items():
        found[name] = np.full(len(now.n), "", dtype=object)
        found[name][told] = [verdict.state for verdict in verdicts]
    return {name: np.asarray(of, dtype=object) for name, of in found.items()}


def _released(wave: Answers, schools: np.ndarray) -> list[Classed | None]:
    """Give the schools' classes; None where fewer answered than are told."""
    pairs = zip(wave.cases[schools].tolist(), wave.n[schools].tolist(), strict=True)
    return [share_class(cases, n) if n >= TOLD_FROM else None for cases, n in pairs]


def _released_means(wave: Answers, schools: np.ndarray) -> list[Ranged | None]:
    pairs = zip(wave.mean[schools].tolist(), wave.n[schools].tolist(), strict=True)
    return [mean_range(mean, n) if n >= TOLD_FROM else None for mean, n in pairs]


def _released_sd(sd: float) -> tuple[float, float]:
    told = np.floor(sd / 0.5 + 0.5) * 0.5
    return float(told - 0.25), float(told + 0.25)


#: What one county adds up to: rule, then what is counted, to a number.
Tally = dict[str, dict[str, float]]

#: A printed state says more than the other where this pair (counts, printed) is found.
_RANK = {"grey": 0, "green": 0, "amber": 1, "red": 2}


def one_county(name: str, seed: int) -> Tally:
    """Draw one county and count what each rule says of its schools."""
    rng = np.random.default_rng([SEED, list(SCENARIOS).index(name), seed])
    truth = SCENARIOS[name][1](rng)
    now, before = answers(truth, rng)
    found = states(truth, now, before, one_wave=name == "six_20_40")
    ordinary = truth.now <= truth.cut
    # The same margin for means: 0.2 sd above the county that has no problem schools.
    ordinary_mean = true_mean(truth.now) <= true_mean(np.array([truth.base]))[0] + 0.2 * now.sd
    gross = truth.now <= truth.base
    tally: Tally = {}
    for rule, state in found.items():
        innocent = ordinary_mean if rule.startswith("mean") else ordinary
        told = state != ""
        red, flagged, green = state == "red", np.isin(state, ["red", "amber"]), state == "green"
        counts = {
            "told": told.sum(),
            "ordinary": (told & innocent).sum(),
            "red": red.sum(),
            "flagged": flagged.sum(),
            "green": green.sum(),
            "wrong_red": (red & innocent).sum(),
            "wrong_flagged": (flagged & innocent).sum(),
            "gross_red": (red & gross).sum(),
        }
        for low, high in (*BANDS, (1, 10_000)):
            here = truth.bad & told & (now.n >= low) & (now.n <= high)
            band = f"{low}-{high}"
            counts |= {
                f"bad {band}": here.sum(),
                f"red {band}": (here & red).sum(),
                f"flagged {band}": (here & flagged).sum(),
                f"green {band}": (here & green).sum(),
            }
        tally[rule] = {key: float(value) for key, value in counts.items()}
    for printed, full in (("classes", "counts"), ("means", "mean_counts")):
        pairs = [(a, b) for a, b in zip(found[full], found[printed], strict=True) if b]
        more = [_RANK[b] > _RANK[a] or (b == "green" and a != "green") for a, b in pairs]
        tally[printed]["says_more"] = float(sum(more))
        tally[printed]["says_less"] = float(sum(a != b for a, b in pairs) - sum(more))
    return tally


def one_scenario(name: str, counties: int = COUNTIES) -> Tally:
    """Add up the counties of one scenario."""
    whole: Tally = {}
    for seed in range(counties):
        for rule, counts in one_county(name, seed).items():
            into = whole.setdefault(rule, dict.fromkeys(counts, 0.0))
            for key, value in counts.items():
                into[key] += value
    return whole


def rates(tally: Tally, counties: int) -> dict[str, dict[str, float | None]]:
    """Turn counts into what the tables show: wrong flags per county, shares of wrong ones, shares found."""
    out: dict[str, dict[str, float | None]] = {}
    for rule, counts in tally.items():
        out[rule] = {
            "wrong_red_per_county": round(counts["wrong_red"] / counties, 3),
            "wrong_flagged_per_county": round(counts["wrong_flagged"] / counties, 3),
            "gross_red_per_county": round(counts["gross_red"] / counties, 3),
            "wrong_red_of_ordinary": _part(counts["wrong_red"], counts["ordinary"]),
            "wrong_flagged_of_ordinary": _part(counts["wrong_flagged"], counts["ordinary"]),
            "wrong_of_red": _part(counts["wrong_red"], counts["red"]),
            "wrong_of_flagged": _part(counts["wrong_flagged"], counts["flagged"]),
            "green": _part(counts["green"], counts["told"]),
        }
        for low, high in (*BANDS, (1, 10_000)):
            band = f"{low}-{high}"
            if counts[f"bad {band}"]:
                for what in ("red", "flagged", "green"):
                    out[rule][f"{what} {band}"] = _part(counts[f"{what} {band}"], counts[f"bad {band}"])
        for key in ("says_more", "says_less"):
            if key in counts:
                out[rule][key] = _part(counts[key], counts["told"])
    return out


def _part(some: float, of: float) -> float | None:
    return round(some / of, 4) if of else None


def twelve_indicators(differ: bool, counties: int) -> dict[str, dict[str, float]]:
    """Twelve indicators of the same people (r .4), school effects r .5: wrong flags, and who gets at least one."""
    rules = ("county_mean", "interval", "bh", "red", "flagged")
    wrong, hit, ordinary_schools = dict.fromkeys(rules, 0), dict.fromkeys(rules, 0), 0
    spread = 0.057 / 0.28 if differ else 0.0  # sd of 5.7 points at 20 %, where the normal density is .28
    for seed in range(counties):
        rng = np.random.default_rng([SEED, 99, int(differ), seed])
        staff = np.clip(np.round(np.exp(rng.normal(np.log(45), 0.8, SCHOOLS))), 8, 250)
        effect = spread * (np.sqrt(0.5) * rng.normal(size=(SCHOOLS, 1)) + np.sqrt(0.5) * rng.normal(size=(SCHOOLS, 12)))
        level = norm_cdf(ndtri(0.2) + effect)
        ordinary = level <= 0.25
        n_before, n = np.maximum(np.round(np.clip(rng.normal(0.75, 0.1, (2, SCHOOLS)), 0.2, 1) * staff), 1).astype(int)
        both = np.minimum(np.round(0.7 * staff), np.minimum(n, n_before)).astype(int)
        first, second = (_latent(rng, size.sum()) for size in (n_before, n))
        starts, starts_before = np.cumsum(n) - n, np.cumsum(n_before) - n_before
        repeated = np.concatenate([np.arange(k) for k in both])
        here, there = np.repeat(starts, both) + repeated, np.repeat(starts_before, both) + repeated
        second[here] = 0.6 * first[there] + 0.8 * second[here]
        cases, cases_before = (
            np.add.reduceat(latent + np.repeat(ndtri(level), size, axis=0) >= 0, start)
            for latent, size, start in ((second, n, starts), (first, n_before, starts_before))
        )
        county = cases.sum(axis=0) / n.sum()
        tails = np.stack([upper_tail(cases[:, k], n, county[k]) for k in range(12)], axis=1)
        low = np.array([[wilson(int(y), int(size))[0] for y in row] for row, size in zip(cases, n, strict=True)])
        state = np.stack([judge_shares(cases[:, k], n, cases_before[:, k], n_before).states for k in range(12)], axis=1)
        said = {
            "county_mean": cases / n[:, None] > county,
            "interval": low > county,
            "bh": (benjamini_hochberg(tails.ravel()) <= 0.10).reshape(tails.shape),
            "red": state == "red",
            "flagged": (state == "red") | (state == "amber"),
        }
        innocent = ordinary.all(axis=1)
        ordinary_schools += int(innocent.sum())
        for rule, flags in said.items():
            wrong[rule] += int((flags & ordinary).sum())
            hit[rule] += int(flags[innocent].any(axis=1).sum())
    return {
        rule: {
            "wrong_per_county": round(wrong[rule] / counties, 2),
            "schools_hit": round(hit[rule] / ordinary_schools, 4),
        }
        for rule in rules
    }


def _latent(rng: np.random.Generator, people: int) -> np.ndarray:
    return np.sqrt(0.4) * rng.normal(size=(people, 1)) + np.sqrt(0.6) * rng.normal(size=(people, 12))


def large_county_seconds() -> dict[str, float]:
    """Time ten thousand schools and twelve indicators, by share and by mean, two waves."""
    rng = np.random.default_rng(SEED)
    n, n_before = rng.integers(8, 250, (2, 10_000))
    level = rng.beta(0.2 * 49, 0.8 * 49, 10_000)
    seconds = {}
    started = time.perf_counter()
    for _ in range(12):
        judge_shares(rng.binomial(n, level), n, rng.binomial(n_before, level), n_before)
    seconds["shares"] = round(time.perf_counter() - started, 1)
    started = time.perf_counter()
    for _ in range(12):
        means, means_before = (
            7 + 5 * (level - 0.2) + rng.normal(size=10_000) * 4.5 / np.sqrt(size) for size in (n, n_before)
        )
        judge_means(means, n, 4.5, means_before, n_before, 4.5)
    seconds["means"] = round(time.perf_counter() - started, 1)
    return seconds


# The pages


def _figure(value: float | None, per_cent: bool = False) -> str:
    if value is None:
        return ""
    return f"{100 * value:.1f} %" if per_cent else f"{value:.2f}"


def wrong_table(data: dict) -> str:
    """Wrong flags in each scenario, beside those of the naive rules."""
    rows = [
        "| scenario | county mean | 95 % interval | BH .10 | red | amber or red | red, gross "
        "| printed red by class | by mean |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for name, found in data["scenarios"].items():
        rules = found["rules"]
        cells = [rules[rule]["wrong_red_per_county"] for rule in ("county_mean", "interval", "bh", "counts")]
        cells += [rules["counts"]["wrong_flagged_per_county"], rules["counts"]["gross_red_per_county"]]
        cells += [rules[rule]["wrong_red_per_county"] for rule in ("classes", "means")]
        rows.append(f"| {SCENARIOS[name][0]} | " + " | ".join(map(_figure, cells)) + " |")
    return "\n".join(rows)


_NAMES = {
    "interval": "95 % interval",
    "bh": "BH .10",
    "counts": "red",
    "mean_counts": "red, by the mean",
    "classes": "printed red, by class",
    "means": "printed red, by mean",
    "counts_one_wave": "red, one wave",
    "classes_one_wave": "printed red by class, one wave",
    "means_one_wave": "printed red by mean, one wave",
}


def found_table(data: dict) -> str:
    """Problems found, by the number of respondents."""
    head = [f"{low}-{high}" if high < 1000 else f"{low}+" for low, high in BANDS]
    rows = ["| scenario | rule | " + " | ".join(head) + " |", "|---|---|" + "---|" * len(BANDS)]
    for name, found in data["scenarios"].items():
        label = SCENARIOS[name][0]
        for rule, words in _NAMES.items():
            figures = found["rules"].get(rule, {})
            if not any(f"red {low}-{high}" in figures for low, high in BANDS):
                continue
            lines = [("red", words)] + ([("flagged", "amber or red")] if rule == "counts" else [])
            for what, title in lines:
                cells = [_figure(figures.get(f"{what} {low}-{high}")) for low, high in BANDS]
                rows.append(f"| {label} | {title} | " + " | ".join(cells) + " |")
            label = ""
    return "\n".join(rows)


def price_table(data: dict) -> str:
    """What it costs in power that only classes and intervals are printed."""
    rules = data["scenarios"]["six_20_40"]["rules"]
    rows = [
        "| from | waves | red found, n 20-39 / 40-79 / 80+ | wrong among reds | says more / less than the counts |",
        "|---|---|---|---|---|",
    ]
    for rule, words, waves in (
        ("counts", "counts", "two"),
        ("classes", "share classes of five", "two"),
        ("classes_one_wave", "share classes of five", "one"),
        ("mean_counts", "means", "two"),
        ("means", "mean intervals, step 5/n", "two"),
        ("means_one_wave", "mean intervals, step 5/n", "one"),
    ):
        figures = rules[rule]
        found = " / ".join(_figure(figures[f"red {low}-{high}"]) for low, high in BANDS[2:])
        apart = ""
        if "says_more" in figures:
            apart = f"{_figure(figures['says_more'], True)} / {_figure(figures['says_less'], True)} of schools"
        rows.append(f"| {words} | {waves} | {found} | {_figure(figures['wrong_of_red'], True)} | {apart} |")
    return "\n".join(rows)


def green_table(data: dict) -> str:
    """False reassurance: schools with a problem that are called green, and how many of all schools are green."""
    rows = ["| scenario | green though a problem | n 10-19 | n 20-39 | green of all schools |", "|---|---|---|---|---|"]
    for name, found in data["scenarios"].items():
        figures = found["rules"]["counts"]
        cells = [_figure(figures.get(f"green {band}"), True) for band in ("1-10000", "10-19", "20-39")]
        rows.append(f"| {SCENARIOS[name][0]} | " + " | ".join(cells) + f" | {_figure(figures['green'], True)} |")
    return "\n".join(rows)


def twelve_table(data: dict) -> str:
    """Twelve indicators at once."""
    rows = [
        "| rule | nothing differs: wrong flags; ordinary schools with one at least | ordinary differences (ICC .02) |",
        "|---|---|---|",
    ]
    names = {"county_mean": "county mean", "interval": "95 % interval", "bh": "BH .10 over 720 exact tests",
             "red": "red", "flagged": "amber or red"}  # fmt: skip
    for rule, words in names.items():
        cells = [
            f"{found[rule]['wrong_per_county']:.2f}; {100 * found[rule]['schools_hit']:.1f} %"
            for found in (data["twelve"]["alike"], data["twelve"]["ordinary"])
        ]
        rows.append(f"| {words} | {cells[0]} | {cells[1]} |")
    return "\n".join(rows)


TABLES = {
    "wrong": wrong_table,
    "found": found_table,
    "price": price_table,
    "green": green_table,
    "twelve": twelve_table,
}


def put(page: str, name: str, text: str) -> str:
    """Put a table between its marks, ``<!-- name -->`` and ``<!-- /name -->``."""
    start, end = f"<!-- {name} -->", f"<!-- /{name} -->"
    before, _, rest = page.partition(start)
    _, found, after = rest.partition(end)
    if not found:
        raise SystemExit(f"the page has no place for {name}")
    return f"{before}{start}\n{text}\n{end}{after}"


def main() -> None:
    """Simulate, and write what was found."""
    started = time.perf_counter()
    scenarios = {}
    with ProcessPoolExecutor(2) as pool:
        for name, tally in zip(SCENARIOS, pool.map(one_scenario, SCENARIOS), strict=True):
            scenarios[name] = {"counties": COUNTIES, "rules": rates(tally, COUNTIES)}
            print(f"{time.perf_counter() - started:6.0f} s  {SCENARIOS[name][0]}")
        alike_counts, ordinary_counts = pool.map(twelve_indicators, (False, True), (40, 40))
    data = {
        "seed": SEED,
        "schools": SCHOOLS,
        "scenarios": scenarios,
        "twelve": {"alike": alike_counts, "ordinary": ordinary_counts},
        "seconds_10000_schools_12_indicators": large_county_seconds(),
    }
    DATA.write_text(json.dumps(data, indent=1) + "\n", encoding="utf-8")
    PAGE.write_text(with_tables(PAGE.read_text(encoding="utf-8"), data), encoding="utf-8")
    took = time.perf_counter() - started
    times = os.times()
    busy = times.user + times.system + times.children_user + times.children_system
    machine = f"{platform.machine()}, two processes, Python {platform.python_version()}, numpy {np.__version__}"
    seconds = data["seconds_10000_schools_12_indicators"]
    lines = [
        "# How the flags behave",
        f"{COUNTIES} counties of {SCHOOLS} schools for each scenario, seed {SEED}; {took:.0f} s, "
        f"{busy:.0f} s of processor time, on {machine}.",
        f"Ten thousand schools, twelve indicators, two waves: {seconds['shares']} s by share, {seconds['means']} s by "
        "mean.",
        "What the columns mean stands in docs/flags.md.",
        *(f"## {name}\n\n{table(data)}" for name, table in TABLES.items()),
    ]
    RESULTS.write_text("\n\n".join(lines) + "\n", encoding="utf-8")


def with_tables(page: str, data: dict) -> str:
    """Put all tables of `data` into the documentation's page."""
    for name, table in TABLES.items():
        page = put(page, name, table(data))
    return page


if __name__ == "__main__":
    main()
