"""Set every unit's answers beside what is usual in the county and beside last year: what `questions.csv` holds.

From released classes alone. All units are pooled by the flags' model, so who is far from the others only by luck is
drawn in; a difference must be larger than the flags' margin. Between two years a change is told only where the ranges
lie apart by a class or more (rule R9), and where their nearest ends differ by 5 points and more than sampling leaves.
"""

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import ceil, floor, nan
from typing import Any

from wellbeing.disclosure.release import Release
from wellbeing.ledger import Ledger
from wellbeing.ledger.likelihood import OFF, Possible, likelihood
from wellbeing.ledger.questions import BETTER, COLUMNS, HIGHER, LOWER, NO_CLEAR_CHANGE, NUMBERS, UNCLEAR, WORSE
from wellbeing.ledger.staff import Deed
from wellbeing.measures import Evidence, Measures
from wellbeing.opinion_statistics.differences import Share, difference
from wellbeing.opinion_statistics.pooling import interval_of

#: Of fewer units nothing is usual.
_FEWEST = 3
_LEVELS = ("school", "group", "county")


@dataclass(frozen=True)
class Pooling:
    """What is usual in a question, and of each unit how sure it is to lie beyond, and its level drawn in (95 %)."""

    typical: float
    higher: Mapping[str, float]
    lower: Mapping[str, float]
    level: Mapping[str, float]
    least: Mapping[str, float]
    most: Mapping[str, float]


def question_bytes(
    release: Release, measures: Measures, inside: Mapping[str, float], routed: frozenset[str], last: Release | None
) -> bytes:
    """Write ``questions.csv``.

    Parameters
    ----------
    release : Release
        Of the opinion survey.
    measures : Measures
    inside : mapping of str to float
        `wellbeing.ledger.staff.inside_shares`.
    routed : frozenset of str
        Questions that are asked of some only, by an answer before.
    last : Release or None
        Of the wave before.
    """
    out = io.StringIO()
    writer = csv.DictWriter(out, COLUMNS, lineterminator="\n")
    writer.writeheader()
    for line in _lines(release, measures, inside, routed, last):
        numbers = {name: "" if line[name] != line[name] else f"{line[name]:.3f}" for name in NUMBERS}
        writer.writerow({**line, **numbers, "good": int(line["good"])})
    return out.getvalue().encode("utf-8")


def _lines(
    release: Release, measures: Measures, inside: Mapping[str, float], routed: frozenset[str], last: Release | None
) -> Iterator[dict[str, Any]]:
    deed = Deed(release, measures, inside, routed)
    before = None if last is None else Deed(last, measures, {}, routed)
    units = release.units[release.units["level"].isin(_LEVELS)]
    names = [str(unit) for unit, level in zip(units["unit"], units["level"], strict=True) if level != "county"]
    same_units, same_questions = _same(release, last)
    rows = _rows_of(measures)
    uses = dict(zip(release.measures["measure"].astype(str), release.measures["use"], strict=True))
    for question, (row, item, good) in rows.items():
        if question not in deed.asked:
            continue
        direction = 1 if uses[question] == "favourable" else good
        seen = {unit: found for unit in [*names, "county"] if (found := deed.seen(unit, question)) is not None}
        pooled = pool({unit: seen[unit] for unit in names if unit in seen}, deed.about)
        for unit in [*names, "county"]:
            known = seen.get(unit)
            line: dict[str, Any] = {**dict.fromkeys(NUMBERS, nan), "unit": unit, "measure": question, "row": row}
            line |= {"item": item, "good": direction, "change": "", "verdict": ""}
            if known is not None:
                # Outwards, so that a range never says more than the class it comes from.
                line |= {"low": floor(known.low * 1000 + 1e-6) / 1000, "high": ceil(known.high * 1000 - 1e-6) / 1000}
                line["change"] = _change(
                    deed, before, unit, question, unit in same_units and question in same_questions
                )
            if pooled is not None and direction:
                line |= _beside(pooled, unit, direction)
                if line["better"] == line["better"]:
                    line["verdict"] = _verdict(line["better"], line["worse"], measures.sure)
            yield line


def _beside(pooled: Pooling, unit: str, direction: int) -> dict[str, float]:
    """Turn the pooled level of a unit towards what is good."""
    found = {"typical": pooled.typical}
    if unit in pooled.level:
        level = pooled.level[unit]
        better, worse = (pooled.higher, pooled.lower) if direction > 0 else (pooled.lower, pooled.higher)
        found |= {"better": better[unit], "worse": worse[unit], "gap": direction * (pooled.typical - level)}
        ends = (pooled.least[unit], level, pooled.most[unit])
        # Outwards, as all ranges.
        low, found["need"], high = (1 - end for end in reversed(ends)) if direction > 0 else ends
        found |= {"need_low": floor(low * 1000) / 1000, "need_high": ceil(high * 1000) / 1000}
    return found


def _verdict(better: float, worse: float, sure: float) -> str:
    return BETTER if better >= sure else WORSE if worse >= sure else UNCLEAR


def pool(seen: Mapping[str, Possible], about: Mapping[str, int]) -> Pooling | None:
    """Fit the county's model to what the classes of a question leave possible; None of fewer than three units.

    References
    ----------
    The kit's notes on statistics, sections 4.2 and 4.8.
    """
    if len(seen) < _FEWEST:
        return None
    return _pooled(tuple(seen.items()), tuple(about[unit] for unit in seen))


@lru_cache(maxsize=256)
def _pooled(told: tuple[tuple[str, Possible], ...], about: tuple[int, ...]) -> Pooling:
    import numpy as np

    from wellbeing.flags.criteria import share_margin, share_reach
    from wellbeing.flags.posterior import SHARES, fit

    seen = dict(told)
    rows = np.stack([likelihood(found) for found in seen.values()])
    weight = np.array(about, dtype=np.float64)
    centre = float(np.array([found.mean for found in seen.values()]) @ weight / weight.sum())
    wide = float(np.mean([found.high - found.low for found in seen.values()]))
    model = fit(SHARES, rows, np.ones(len(seen)), centre, share_reach(centre, float(weight.sum())) + wide / 2)
    margin = share_margin(model.reference)
    cells = model.posterior(rows)
    higher = cells @ SHARES.above(min(model.reference + margin, 1.0))
    lower = 1 - cells @ SHARES.above(max(model.reference - margin, 0.0))
    cells = cells / cells.sum(axis=1, keepdims=True)
    by_unit: list[dict[str, float]] = [
        dict(zip(seen, values.tolist(), strict=True))
        for values in (higher, lower, cells @ SHARES.middles, *interval_of(cells, SHARES.edges))
    ]
    return Pooling(float(model.reference), *by_unit)


def _change(deed: Deed, before: Deed | None, unit: str, question: str, comparable: bool) -> str:
    """Name a change between two years where every pair of counts that the two classes leave agrees on it."""
    if before is None or not comparable:
        return ""
    now, then = deed.seen(unit, question), before.seen(unit, question)
    if now is None or then is None:
        return ""
    width = max(deed.release.policy.class_width / max(each.about[unit] - OFF, 1) for each in (deed, before))
    if now.low - then.high >= width:
        nearest = difference(_end(now, now.low), _end(then, then.high))
    elif then.low - now.high >= width:
        nearest = difference(_end(now, now.high), _end(then, then.low))
    else:
        return NO_CLEAR_CHANGE
    return {"higher": HIGHER, "lower": LOWER}.get(nearest.word, NO_CLEAR_CHANGE)


def _end(seen: Possible, share: float) -> Share:
    """Give an end of a range with the widest interval that any possible number of answers leaves it."""
    cases, n = min(((c, n) for c, n in seen.pairs if abs(c / n - share) < 1e-9), key=lambda pair: pair[1])
    return Share.of(cases, n)


def comparable(ledger: Ledger, release: Release, last: Release) -> Ledger:
    """Keep of the last wave's ledger what is of the same schools: a group of others may have the same name."""
    lines = ledger.lines
    return Ledger(lines[lines["unit"].isin(_same(release, last)[0])].reset_index(drop=True))


def _same(release: Release, last: Release | None) -> tuple[frozenset[str], frozenset[str]]:
    """Name the units that are of the same schools in both waves, and the questions that were asked in the same way."""
    if last is None:
        return frozenset(), frozenset()
    schools, digests = (
        [_pairs(table[columns].astype(str).to_numpy().tolist()) for table in tables]
        for columns, tables in (
            (["unit", "schools"], (release.units, last.units)),
            (["measure", "digest"], (release.measures, last.measures)),
        )
    )
    # Of the whole county the schools are named nowhere else.
    county = {("county", schools[0].get("county", ""))} if "county" in schools[1] else set()
    return (
        frozenset(unit for unit, _ in (set(schools[0].items()) & set(schools[1].items())) | county),
        frozenset(measure for measure, _ in set(digests[0].items()) & set(digests[1].items())),
    )


def _pairs(rows: Sequence[Sequence[str]]) -> dict[str, str]:
    return {row[0]: row[1] for row in rows}


def direction_of(evidence: Evidence) -> int:
    """Say whether a larger share of an evidence on answers is good (1), bad (-1) or neither (0)."""
    return 0 if evidence.needs == "named" else -1 if evidence.most is not None else 1


def _rows_of(measures: Measures) -> dict[str, tuple[str, str, int]]:
    """Give of each question its row, its evidence, and whether naming it is good (1), bad (-1) or neither (0)."""
    found: dict[str, tuple[str, str, int]] = {}
    for measure in measures.measures:
        for evidence in measure.evidence:
            good = direction_of(evidence)
            # Whether kinds of schools are alike is nothing that one of them says.
            for question in evidence.questions if evidence.needs != "fair" else ():
                if question not in found or (good and not found[question][2]):
                    found[question] = (measure.row, evidence.id, good)
    return found
