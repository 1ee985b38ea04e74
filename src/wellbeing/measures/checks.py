"""What can be wrong with ``surveys/measures.yaml`` beyond its form, each with its line."""

from collections.abc import Iterator, Mapping

from wellbeing.errors import InputError, Problem
from wellbeing.measures import GROUP_ROWS, ROWS, STAFF, Measures, load_measures
from wellbeing.workspace import Workspace
from wellbeing.yaml_files import YamlFile, read_yaml
from wellbeing.yaml_forms import problem_at

#: Which kinds of field a need can be tested on; the other needs are tested on no record.
_TESTED_ON: Mapping[str, tuple[str, ...]] = {
    "held": ("held",),
    "share": ("people",),
    "none": ("number",),
    "some": ("number",),
    "within": ("number",),
    "reference": ("money",),
    "yes": ("choice",),
    "shown": ("number", "people", "money", "date"),
}


def faults(file: YamlFile, measures: Measures) -> Iterator[Problem]:
    """Find every fault of the numbers, the rows, the fields of the record and the evidence."""
    yield from _number_faults(file, measures)
    yield from _row_faults(file, measures)
    yield from _field_faults(file, measures)
    yield from _evidence_faults(file, measures)


def measure_problems(workspace: Workspace, survey: str) -> list[Problem]:
    """Find what is wrong with the measures, and which of their questions a survey does not have, asked or switched off.

    Such a question would read "not asked" for ever.
    """
    try:
        measures = load_measures(workspace)
        questions = read_yaml(workspace.surveys / f"{survey}.yaml").content["questions"]
    except InputError as error:
        return list(error.problems)
    known: set[str] = set()
    for question in questions:
        named = [f"{question['id']}={option['code']}" for option in question.get("options", ())]
        known |= set(named) if question["kind"] == "multiple" else {str(question["id"])}
    file = read_yaml(workspace.surveys / "measures.yaml")
    return [
        problem_at(file, "measure_question", "measures", place, question=asked, survey=survey)
        for place, measure in enumerate(measures.measures)
        for asked in measure.questions
        if asked not in known
    ]


def _number_faults(file: YamlFile, measures: Measures) -> Iterator[Problem]:
    for name in ("sure", "favourable", "margin"):
        if not 0 <= getattr(measures, name) < 1:
            yield problem_at(file, "measure_share", name)
    for term in ("autumn", "spring"):
        try:
            first, last = measures.term_days("2026-2027", term)
        except ValueError:
            yield problem_at(file, "measure_term", "terms", term)
        else:
            if first >= last:
                yield problem_at(file, "measure_term", "terms", term)


def _row_faults(file: YamlFile, measures: Measures) -> Iterator[Problem]:
    rows = [measure.row for measure in measures.measures]
    for row in ROWS:
        if row not in rows:
            yield problem_at(file, "measure_lacking", "measures", measure=row)
    for place, measure in enumerate(measures.measures):
        if measure.row not in ROWS or measure.row in rows[:place]:
            yield problem_at(file, "measure_row", "measures", place, "row")
        if measure.row in GROUP_ROWS and measure.told == "school":
            yield problem_at(file, "measure_told", "measures", place, "told")
        if not measure.evidence:
            yield problem_at(file, "no_entries", "measures", place)


def _field_faults(file: YamlFile, measures: Measures) -> Iterator[Problem]:
    known = {field.id: field for field in measures.fields}
    seen: set[str] = set()
    for place, measure in enumerate(measures.measures):
        for at, field in enumerate(measure.record):
            route = ("measures", place, "record", at)
            if field.id in seen or field.id == STAFF:
                yield problem_at(file, "stands_twice", *route, "id")
            seen.add(field.id)
            whole = known.get(field.of or "")
            if (field.kind == "number") != (field.most is not None):
                yield problem_at(file, "measure_most", *route)
            if (field.kind == "people") != (field.of is not None) and field.kind != "number":
                yield problem_at(file, "measure_people", *route)
            elif field.of is not None and field.of != (STAFF if field.kind == "people" else None):
                fitting = ("people", "number") if field.kind == "people" else ("number",)
                if whole is None or whole.kind not in fitting:
                    yield problem_at(file, "measure_field", *route, "of")
            holds = known.get(field.no_more_than or "")
            if field.no_more_than is not None and (holds is None or {holds.kind, field.kind} != {"people"}):
                yield problem_at(file, "measure_field", *route, "no_more_than")


def _evidence_faults(file: YamlFile, measures: Measures) -> Iterator[Problem]:
    known = {field.id: field for field in measures.fields}
    for place, measure in enumerate(measures.measures):
        ids = [evidence.id for evidence in measure.evidence]
        for at, evidence in enumerate(measure.evidence):
            route = ("measures", place, "evidence", at)
            if evidence.id in ids[:at]:
                yield problem_at(file, "stands_twice", *route, "id")
            for name in ("least", "most"):
                number = getattr(evidence, name)
                if number is not None and not 0 < number <= 1:
                    yield problem_at(file, "measure_share", *route, name)
            kinds = _TESTED_ON.get(evidence.needs, ())
            field = known.get(evidence.record or "")
            if kinds and (field is None or field.kind not in kinds):
                yield problem_at(file, "measure_field", *route)
            if evidence.needs in ("share", "contact") and evidence.least is None:
                yield problem_at(file, "measure_share", *route)
            if evidence.needs == "within" and (evidence.limit not in known or known[evidence.limit].kind != "number"):
                yield problem_at(file, "measure_field", *route)
            if evidence.until is not None and (evidence.until not in known or known[evidence.until].kind != "date"):
                yield problem_at(file, "measure_field", *route, "until")
            one = evidence.needs != "fair" or (len(evidence.questions) == 1 and evidence.told == "county")
            if (evidence.needs in ("questions", "named", "fair")) != bool(evidence.questions) or not one:
                yield problem_at(file, "measure_questions", *route)
        for at, pair in enumerate(measure.against):
            field = known.get(pair.record)
            claimed = field is not None and (field.kind == "people" or pair.claims is not None)
            if not claimed or (pair.claims is not None and not 0 < pair.claims <= 1):
                yield problem_at(file, "measure_field", "measures", place, "against", at)
