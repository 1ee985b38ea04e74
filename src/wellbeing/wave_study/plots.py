"""The figures of a study: each a plot, or the name of what it lacks."""

import math

from wellbeing.models.outcome import NotEstimated
from wellbeing.research_figures import (
    CountyFunnel,
    Forest,
    LikertBars,
    Line,
    Raincloud,
    Trajectories,
    all_schools_funnel,
    forest,
    likert_bars,
    raincloud,
    trajectories,
)
from wellbeing.texts import say
from wellbeing.wave_study.study import Study
from wellbeing.wave_study.tables import sensitivity


def trajectory_plot(study: Study) -> Trajectories | NotEstimated:
    """People's lines and means over waves."""
    if not study.wave:
        return NotEstimated("one_wave")
    named = study.seen.assign(**{study.wave: study.seen[study.wave].map(_names(study))})
    return trajectories(named, study.plan.outcome, study.wave, study.person, study.plan.name, study.lang)


def raincloud_plot(study: Study) -> Raincloud:
    """The whole distribution of scores in each wave."""
    if not study.plan.wave:
        everybody = study.seen.assign(all_rows_=say("research.all_rows", study.lang))
        return raincloud(everybody, study.plan.outcome, "all_rows_", study.plan.name, study.lang)
    named = study.seen.assign(**{study.plan.wave: study.seen[study.plan.wave].map(_names(study))})
    return raincloud(named, study.plan.outcome, study.plan.wave, study.plan.name, study.lang)


def forest_plot(study: Study) -> Forest | NotEstimated:
    """The coefficient of the wave by every analysis; with one wave, the covariates' by the main model."""
    unit = say("research.forest_unit", study.lang, name=study.plan.name)
    if study.wave:
        lines = [
            Line(say(f"research.way_{key}", study.lang), *((s.value, s.low, s.high) if s else (math.nan,) * 3))
            for key, s, _ in sensitivity(study)
        ]
        return forest(lines, unit, lang=study.lang)
    if isinstance(study.model, NotEstimated):
        return study.model
    fixed = study.model.fixed.drop(index="(Intercept)").T.to_dict()
    lines = [Line(str(name), line["estimate"], line["low"], line["high"]) for name, line in fixed.items()]
    return forest(lines, unit, lang=study.lang)


def funnel_plot(study: Study) -> CountyFunnel | NotEstimated:
    """Every school's share at or above the cutoff in the last wave, around the county's."""
    if study.plan.cutoff is None:
        return NotEstimated("no_cutoff")
    if not study.school:
        return NotEstimated("one_group" if study.one_school else "no_schools")
    last = study.seen
    if study.plan.wave:
        last = last[last[study.plan.wave] == last[study.plan.wave].max()]
    case = (last[study.plan.outcome] >= study.plan.cutoff).groupby(last[study.school])
    label = say("research.funnel_label", study.lang, name=study.plan.name, cutoff=f"{study.plan.cutoff:g}")
    return all_schools_funnel(label, case.sum().tolist(), case.size().tolist(), study.lang)


def likert_plot(study: Study) -> LikertBars | NotEstimated:
    """Each item's answers in the last wave, diverging from the middle one."""
    if not study.plan.items:
        return NotEstimated("no_items")
    last = study.rows
    if study.plan.wave:
        last = last[last[study.plan.wave] == last[study.plan.wave].max()]
    codes = sorted({float(code) for item in study.plan.items for code in study.rows[item].dropna().unique()})
    if not 2 <= len(codes) <= 7:
        return NotEstimated("few_categories")
    answers = {code: f"{code:g}" for code in codes}
    return likert_bars(last, {item: item for item in study.plan.items}, answers, study.lang)


def _names(study: Study) -> dict[float, str]:
    steps = sorted(study.rows[study.plan.wave].dropna().unique())
    # A number before each name keeps the waves in order where plots sort by name.
    return dict(zip(steps, study.waves, strict=True))
