"""The paragraphs of a study, every number in them from a model."""

from dataclasses import dataclass

from wellbeing.models.nested import MixedModel
from wellbeing.models.outcome import NotEstimated
from wellbeing.texts import say
from wellbeing.wave_study.study import Study
from wellbeing.wave_study.tables import coefficient, interval, p_value, sensitivity


@dataclass(frozen=True)
class Paragraph:
    """A paragraph ready to paste."""

    text: str

    def _repr_html_(self) -> str:
        from html import escape

        return f"<p>{escape(self.text)}</p>"


def methods(study: Study) -> Paragraph:
    """Write the methods: data, main model, population average, who left, corrections, plan and versions."""
    from wellbeing import __version__

    lang, plan, model = study.lang, study.plan, study.model
    parts = [say("research.m_data", lang, rows=len(study.rows), scored=len(study.seen), waves=max(len(study.waves), 1))]
    if isinstance(model, MixedModel):
        parts.append(say("research.m_mixed", lang, terms=_listed(study.terms, lang), groups=_groups(model, lang)))
    else:
        parts.append(model.words(lang))
    if not isinstance(study.average, NotEstimated):
        key = "m_gee_few" if study.average.bias_reduced else "m_gee_many"
        parts.append(say(f"research.{key}", lang, groups=study.average.groups))
    if not isinstance(study.weights, NotEstimated):
        parts.append(say("research.m_leaving", lang))
    if not isinstance(study.items, NotEstimated):
        parts.append(say("research.m_items", lang, items=len(study.items.tests)))
    if plan.exclusions:
        parts.append(say("research.m_exclusions", lang, exclusions=plan.exclusions))
    parts.append(say("research.m_plan", lang, digest=study.log.plan.digest[:12], version=__version__))
    return Paragraph(say("research.space", lang).replace("|", "").join(parts))


def results(study: Study) -> Paragraph:
    """Write the results: change, differences between schools, who left, what the sensitivity analyses say."""
    lang, model = study.lang, study.model
    space = say("research.space", lang).replace("|", "")
    if isinstance(model, NotEstimated):
        return Paragraph(model.words(lang))
    parts = []
    if study.wave:
        main = coefficient(model.fixed, study.wave)
        p = p_value(float(model.fixed["p"].to_dict()[study.wave]))
        p = f"p{p}" if p.startswith("<") else f"p={p}"
        parts.append(say("research.r_wave", lang, name=study.plan.name, change=interval(main), p=p))
        parts.append(say(f"research.r_{_verdict(main.low, main.high, study.plan.higher_is)}", lang))
    if not isinstance(study.change, NotEstimated):
        found = study.change
        parts.append(say("research.r_same", lang, n=found.n, points=interval(found.change), d_av=interval(found.d_av)))
    if study.school:
        parts.append(say("research.r_school", lang, schools=model.schools, icc=f"{model.icc_school:.3f}"))
        parts += [say("research.singular_school", lang)] if "school" in model.singular else []
    retained = study.retention()
    if not isinstance(retained, NotEstimated):
        share = float(retained["again"].sum()) / float(retained["seen"].sum())
        parts.append(say("research.r_retained", lang, share=f"{100 * share:.1f}"))
    if study.wave:
        verdicts = [
            _verdict(size.low, size.high, study.plan.higher_is) for _, size, _ in sensitivity(study) if size is not None
        ]
        same = sum(verdict == verdicts[0] for verdict in verdicts[1:])
        parts.append(say("research.r_sensitivity", lang, same=same, all=len(verdicts) - 1))
    return Paragraph(space.join(parts))


def _verdict(low: float, high: float, higher_is: str) -> str:
    if low <= 0 <= high:
        return "no_change"
    return "worse" if (low > 0) == (higher_is == "worse") else "better"


def _groups(model: MixedModel, lang: str | None) -> str:
    key = "both" if model.schools and model.people else "schools" if model.schools else "people"
    return say(f"research.groups_{key}", lang, schools=model.schools, people=model.people)


def _listed(terms: list[str], lang: str | None) -> str:
    return say("research.comma", lang).replace("|", "").join(terms) or say("research.no_terms", lang)
