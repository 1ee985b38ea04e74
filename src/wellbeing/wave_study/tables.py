"""The tables of a study, as they stand in a paper: finished cells, and below them what could not be estimated."""

import math
from typing import TYPE_CHECKING, Any

from wellbeing.effect_sizes import Size
from wellbeing.models.gee import AverageModel
from wellbeing.models.nested import MixedModel
from wellbeing.models.outcome import NotEstimated
from wellbeing.paper_tables import Table
from wellbeing.texts import say
from wellbeing.wave_study.study import Study

if TYPE_CHECKING:
    import pandas as pd


def number(value: float, digits: int = 2) -> str:
    """Write a figure; where there is none, the words for that."""
    return "" if math.isnan(value) else f"{value:z.{digits}f}"


def p_value(p: float) -> str:
    """Write a p value as papers do: three digits, and below a thousandth only that."""
    return "" if math.isnan(p) else "<0.001" if p < 0.0005 else f"{p:.3f}"


def interval(size: Size, digits: int = 2) -> str:
    """Write a figure with its interval."""
    return f"{size.value:z.{digits}f} [{size.low:z.{digits}f}, {size.high:z.{digits}f}]"


def plan_table(study: Study) -> Table:
    """Give the plan as it stood before the data were opened, with its hash."""
    plan = study.log.plan
    notes = (say("research.plan_hash", study.lang, digest=plan.digest, data=study.digest),)
    return _table(study, "plan", ("field", "content"), plan.table(study.lang), notes)


def flow_table(study: Study) -> Table:
    """Count rows, people and schools on the way from the file to the main model."""
    rows, plan = study.rows, study.plan
    missing = int(rows[plan.outcome].isna().sum()) - study.unscorable
    lines = [("rows", len(rows)), ("missing", missing), ("unscorable", study.unscorable)]
    known = study.seen
    lines.append(("scored", len(known)))
    if study.person:
        lines.append(("people", len(known[study.person].dropna().unique())))
    if study.school:
        lines.append(("schools", len(known[study.school].dropna().unique())))
    if isinstance(study.model, MixedModel):
        lines += [("left_out", len(known) - study.model.rows), ("in_model", study.model.rows)]
    cells = [(say(f"research.flow_{key}", study.lang), str(count)) for key, count in lines]
    notes = [study.model.words(study.lang)] if isinstance(study.model, NotEstimated) else []
    return _table(study, "flow", ("step", "n"), cells, tuple(notes))


def descriptive_table(study: Study) -> Table:
    """Describe the scores of each wave: n, mean, sd, quartiles, and cases where there is a cutoff."""
    lines = []
    outcome = study.plan.outcome
    for name, own in _by_wave(study):
        scores = own[outcome].dropna()
        quartiles = scores.quantile([0.25, 0.5, 0.75]).tolist() if len(scores) else [math.nan] * 3
        cells = [name, str(len(scores)), str(int(own[outcome].isna().sum()))]
        mean = float(scores.mean()) if len(scores) else math.nan
        cells += [number(mean), number(float(scores.std(ddof=1)) if len(scores) > 1 else math.nan)]
        cells += [number(quartile) for quartile in quartiles]
        if study.plan.cutoff is not None:
            cases = int((scores >= study.plan.cutoff).sum())
            cells.append(f"{cases} ({100 * cases / len(scores):.1f}%)" if len(scores) else "0")
        lines.append(tuple(cells))
    heads = ["wave", "n", "no_score", "mean", "sd", "q1", "median", "q3"]
    return _table(study, "descriptive", tuple(heads + (["cases"] if study.plan.cutoff is not None else [])), lines)


def mixed_table(study: Study) -> Table:
    """Give the main model: coefficients, variances and intraclass correlations."""
    model = study.model
    if isinstance(model, NotEstimated):
        return _empty(study, "mixed", model)
    lines = [_row(name, line) for name, line in model.fixed.iterrows()]
    for name in ("school", "person", "resid"):
        variance = float(getattr(model, f"var_{name}"))
        if not math.isnan(variance):
            lines.append((say(f"research.var_{name}", study.lang), number(variance, 3), "", "", "", ""))
    for name in ("school", "person"):
        icc = float(getattr(model, f"icc_{name}"))
        if not math.isnan(icc):
            lines.append((say(f"research.icc_{name}", study.lang), number(icc, 3), "", "", "", ""))
    notes = [say("research.mixed_note", study.lang, rows=model.rows, criterion=f"{model.criterion:.2f}")]
    if study.waves:
        notes.append(say("research.wave_note", study.lang, first=study.waves[0]))
    if isinstance(study.by_steps, MixedModel):
        steps = [(name, coefficient(study.by_steps.fixed, f"{study.wave}{place}")) for place, name in _later(study)]
        words = [f"{name} {interval(size)}" for name, size in steps]
        notes.append(say("research.steps_note", study.lang, first=study.waves[0], steps="; ".join(words)))
    notes += [say(f"research.singular_{name}", study.lang) for name in model.singular]
    if study.one_school:
        notes.append(say("research.one_school_note", study.lang))
    return _table(study, "mixed", _COEFFICIENTS, lines, tuple(notes))


def average_table(study: Study, cases: bool = False) -> Table:
    """Give the population average by GEE: of the score, or of being a case as odds ratios."""
    key, model = ("cases", study.cases) if cases else ("average", study.average)
    if isinstance(model, NotEstimated):
        return _empty(study, key, model)
    fixed = model.fixed
    if cases:
        import numpy as np

        fixed = fixed.assign(**{column: np.exp(fixed[column]) for column in ("estimate", "low", "high")})
    lines = [_row(name, line) for name, line in fixed.iterrows()]
    notes = (_gee_note(study, model), *([say("research.cases_note", study.lang)] if cases else []))
    return _table(study, key, _COEFFICIENTS, lines, notes)


def change_table(study: Study) -> Table:
    """Give the change of the same people from the first wave to the last: points first, then sizes."""
    found, ranks = study.change, study.change_in_ranks
    if isinstance(found, NotEstimated):
        return _empty(study, "change", found)
    lines = [
        (say("research.change_points", study.lang), interval(found.change), p_value(found.p)),
        (say("research.change_d_av", study.lang), interval(found.d_av), ""),
    ]
    notes = [say("research.change_note", study.lang, n=found.n, first=study.waves[0], last=study.waves[-1])]
    if isinstance(ranks, NotEstimated):
        notes.append(ranks.words(study.lang))
    else:
        lines.append((say("research.change_ranks", study.lang), interval(ranks), ""))
    return _table(study, "change", ("size", "interval", "p"), lines, tuple(notes))


def reliable_table(study: Study) -> Table:
    """Count who changed by more than the questionnaire's own noise."""
    found = study.reliable
    if isinstance(found, NotEstimated):
        return _empty(study, "reliable", found)
    pairs = int(found.iloc[:3].sum())
    lines = [
        (say(f"research.change_{name}", study.lang), str(count), f"{100 * count / pairs:.1f}%")
        for name, count in found.items()
    ]
    note = say("research.reliable_note", study.lang, n=pairs, reliability=f"{study.plan.reliability:.2f}")
    return _table(study, "reliable", ("size", "n", "percent"), lines, (note,))


def retention_table(study: Study, by_school: bool = False) -> Table:
    """Count who was seen again, wave by wave, or by school too."""
    found = study.retention(by_school)
    key = "retention_by_school" if by_school else "retention"
    if isinstance(found, NotEstimated):
        return _empty(study, key, found)
    names = dict(zip(sorted(study.rows[study.plan.wave].dropna().unique()), study.waves, strict=True))
    lines = []
    for line in found.to_dict("records"):
        own = [str(line["school"])] if by_school else []
        share = f"{100 * line['share']:.1f}% [{100 * line['low']:.1f}, {100 * line['high']:.1f}]"
        came = [] if by_school else [str(line["came"])]
        between = f"{names[line['wave']]} → {names[line['next']]}"
        lines.append((*own, between, str(line["seen"]), str(line["again"]), share, *came))
    heads = ("between", "seen", "again", "share")
    return _table(study, key, ("school", *heads) if by_school else (*heads, "came"), lines)


def leaving_table(study: Study) -> Table:
    """Give who leaves: odds ratios, and leavers against stayers."""
    model, groups = study.leaving, study.leavers
    notes = []
    if not isinstance(groups, NotEstimated):
        notes.append(
            say(
                "research.leavers_note",
                study.lang,
                left=groups.n[0],
                stayed=groups.n[1],
                points=interval(groups.difference),
                g=interval(groups.g),
            )
        )
    if isinstance(model, NotEstimated):
        empty = _empty(study, "leaving", model)
        return Table(empty.title, empty.header, empty.rows, (*empty.notes, *notes))
    lines = []
    for name, line in model.fixed.iterrows():
        size = Size(float(line["odds_ratio"]), float(line["low"]), float(line["high"]))
        lines.append((str(name), interval(size), p_value(float(line["p"]))))
    notes.insert(0, say("research.leaving_note", study.lang, rows=model.rows, cases=model.cases))
    return _table(study, "leaving", ("coefficient", "odds", "p"), lines, tuple(notes))


def sensitivity_table(study: Study) -> Table:
    """Set the wave's coefficient of every analysis side by side."""
    lines, notes = [], []
    for key, size, why in sensitivity(study):
        name = say(f"research.way_{key}", study.lang)
        if size is None:
            lines.append((name, say("research.not_estimated", study.lang)))
            notes.append(f"{name}{say('research.colon', study.lang)}{why}")
        else:
            lines.append((name, interval(size)))
    shifted = study.shifted
    if not isinstance(shifted, NotEstimated):
        if math.isnan(shifted.tipping):
            notes.append(say("research.no_tipping", study.lang))
        else:
            notes.append(say("research.tipping", study.lang, filled=shifted.filled, tipping=f"{shifted.tipping:+.2f}"))
    if not isinstance(study.weights, NotEstimated):
        weights = study.weights
        notes.append(
            say(
                "research.weights_note",
                study.lang,
                largest=number(weights.largest),
                effective=f"{weights.effective:.0f}",
                returned=weights.returned,
            )
        )
    return _table(study, "sensitivity", ("analysis", "interval"), lines, tuple(notes))


def sensitivity(study: Study) -> list[tuple[str, Size | None, str]]:
    """Give the wave's coefficient of every analysis: its key, the figure, or why there is none."""
    if not study.wave:
        return [("main", None, NotEstimated("one_wave").words(study.lang))]
    found: list[tuple[str, Size | None, str]] = []
    models: dict[str, MixedModel | AverageModel | NotEstimated] = {
        "main": study.model,
        "complete": study.complete_only,
        "exact": study.exact_links,
        "average": study.average,
        "weighted": study.weighted,
    }
    for key, model in models.items():
        if isinstance(model, NotEstimated):
            found.append((key, None, model.words(study.lang)))
        else:
            found.append((key, coefficient(model.fixed, study.wave), ""))
    shifted = study.shifted
    for shift in (0.2, 0.5):
        key = f"shift_{shift:.1f}".replace(".", "_")
        if isinstance(shifted, NotEstimated):
            found.append((key, None, shifted.words(study.lang)))
            continue
        line = next(own for own in shifted.table.to_dict("records") if own["shift"] == shift)
        found.append((key, Size(line["estimate"], line["low"], line["high"]), ""))
    return found


def coefficient(fixed: "pd.DataFrame", name: str) -> Size:
    """Give one coefficient of a model with its interval."""
    line = fixed.T.to_dict()[name]
    return Size(line["estimate"], line["low"], line["high"])


def items_table(study: Study) -> Table:
    """Give each item's odds of a higher answer per wave, p and q within the family."""
    found = study.items
    if isinstance(found, NotEstimated):
        return _empty(study, "items", found)
    lines = []
    for name, line in found.tests.iterrows():
        size = Size(float(line["odds_ratio"]), float(line["low"]), float(line["high"]))
        words = say("research.not_estimated", study.lang) if math.isnan(size.value) else interval(size)
        lines.append((str(name), words, p_value(float(line["p"])), p_value(float(line["q"]))))
    return _table(study, "items", ("item", "odds", "p", "q"), lines, (found.caption(study.lang),))


def deviation_table(study: Study) -> Table:
    """List what was done otherwise than planned."""
    found = [deviation.words(study.lang) for deviation in study.log.deviations()]
    if study.one_school:
        found.append(say("research.one_school_note", study.lang))
    lines = [(str(place), words) for place, words in enumerate(found, start=1)]
    notes = () if found else (say("research.no_deviations", study.lang),)
    return _table(study, "deviations", ("number", "what"), lines, notes)


_COEFFICIENTS = ("coefficient", "estimate", "se", "df", "interval", "p")


def _row(name: Any, line: Any) -> tuple[str, ...]:
    df = float(line["df"])
    return (
        str(name),
        number(float(line["estimate"]), 3),
        number(float(line["se"]), 3),
        "∞" if math.isinf(df) else f"{df:.1f}",
        f"[{float(line['low']):z.3f}, {float(line['high']):z.3f}]",
        p_value(float(line["p"])),
    )


def _gee_note(study: Study, model: AverageModel) -> str:
    key = "gee_few" if model.bias_reduced else "gee_many"
    return say(f"research.{key}", study.lang, groups=model.groups, rows=model.rows, r=f"{model.correlation:.3f}")


def _by_wave(study: Study) -> "list[tuple[str, pd.DataFrame]]":
    if not study.plan.wave:
        return [(say("research.all_rows", study.lang), study.rows)]
    steps = sorted(study.rows[study.plan.wave].dropna().unique())
    return [
        (name, study.rows[study.rows[study.plan.wave] == step]) for step, name in zip(steps, study.waves, strict=True)
    ]


def _later(study: Study) -> list[tuple[str, str]]:
    """Give the steps of the waves after the first as the design writes them, with the waves' names."""
    steps = sorted(study.rows[study.plan.wave].dropna().unique())
    return [(f"{step:g}", name) for step, name in zip(steps, study.waves, strict=True)][1:]


def _empty(study: Study, key: str, why: NotEstimated) -> Table:
    title = say(f"research.title_{key}", study.lang, name=study.plan.name)
    return Table(title, (say("research.not_estimated", study.lang),), (), (why.words(study.lang),))


def _table(study: Study, key: str, heads: tuple[str, ...], rows: Any, notes: tuple[str, ...] = ()) -> Table:
    header = tuple(say(f"research.head_{head}", study.lang) for head in heads)
    title = say(f"research.title_{key}", study.lang, name=study.plan.name)
    return Table(title, header, tuple(tuple(row) for row in rows), notes)
