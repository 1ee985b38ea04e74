"""A survey with everything that a form may have to carry, and people who fill it in."""

import random
from dataclasses import dataclass, field, replace
from functools import cache

import pandas as pd

from wellbeing.forms import Form
from wellbeing.instruments import Text, load_instrument
from wellbeing.surveys import Condition, Option, Part, Question, Roster, Survey, load_survey
from wellbeing.workspace import Workspace, kit_root

#: Not asked: the survey's own routing left the question out.
NOT_ASKED = "not asked"


class Refusal(str):
    """An answer that was refused, as the export words it."""


#: How a county's form words a refusal; the survey's definition says what it means.
LABELS = {"who5": {"不愿回答": "refused"}}

OWN = (
    Question(
        "support",
        "choice",
        Text("您需要心理支持吗？", "Do you want support?"),
        (Option("yes", Text("需要", "Yes, please")), Option("no", Text("不需要", "No, thanks"))),
        place="before",
    ),
    Question(
        "topics",
        "multiple",
        Text("最让您有压力的是哪些方面？", "What weighs on you most?"),
        (
            Option("hours", Text("工作时间", "Working hours, also at home")),
            Option("pupils", Text("学生管理", "Pupils' conduct")),
            Option("parents", Text("家校沟通", "Talking with parents")),
        ),
    ),
    Question(
        "weekly_hours", "number", Text("您每周工作多少小时？", "How many hours do you work a week?"), low=0, high=100
    ),
    Question(
        "wishes",
        "ranking",
        Text("请按重要程度排序", "Put these in order of importance"),
        (
            Option("rest", Text("休息", "Rest")),
            Option("training", Text("培训", "Training")),
            Option("contact", Text("交流", "Contact with colleagues")),
        ),
    ),
    Question("remark", "text", Text("还有什么想对我们说的？", "Is there anything else to tell us?")),
)
ROUTING = {
    **{f"phq9_{n}": (Condition(("phq9_1", "phq9_2"), at_least=3),) for n in range(3, 10)},
    **{f"gad7_{n}": (Condition(("gad7_1", "gad7_2"), at_least=3),) for n in range(3, 8)},
    "topics": (Condition(("support",), codes=("yes",)),),
}


@cache
def screening() -> Survey:
    """The kit's own screening."""
    return load_survey(Workspace(kit_root()), "screening")


def full_survey(*, ranking: bool = True) -> Survey:
    """Two stages, answers that do not apply, free numbers, and a question of each kind beside the instruments."""
    survey = screening()
    copsoq, ipaq = load_instrument("copsoq3_core"), load_instrument("ipaq_sf")
    scales = tuple(s for s in copsoq.scales if any(copsoq.item(c).not_applicable for c in s.items))[:1]
    parts = (*survey.parts, Part(copsoq, scales), Part(ipaq, ipaq.scales[:1]))
    own = tuple(question for question in OWN if ranking or question.kind != "ranking")
    return replace(survey, parts=parts, questions=(*survey.questions, *own), routing=ROUTING, labels=LABELS)


def roster() -> Roster:
    """Three schools."""
    schools = {
        "name": ["第一小学", "第二中学", "河东幼儿园"],
        "town": ["城关镇"] * 3,
        "kind": ["primary", "junior", "kindergarten"],
        "rural": [False, False, True],
        "staff": [200, 200, 200],
        "group": ["", "", ""],
    }
    return Roster(pd.DataFrame(schools, index=pd.Index(["S001", "S002", "S003"], name="school_id")))


@dataclass
class Filling:
    """One person's answers by column: a code, codes, a number, a text, None where left blank, or `NOT_ASKED`."""

    lang: str
    day: int
    answers: dict[str, object] = field(default_factory=dict)


def is_asked(conditions: tuple[Condition, ...], answers: dict[str, object]) -> bool:
    """Apply the rule as `wellbeing.surveys.Condition` words it; written apart from the kit."""
    for condition in conditions:
        given = [answers[column] for column in condition.columns]
        counted = [value for value in given if value not in (None, NOT_ASKED) and not str(value).startswith("no_")]
        if not counted:
            return True
        if condition.at_least is not None and sum(float(str(value)) for value in counted) >= condition.at_least:
            return True
        chosen = [code for value in given for code in (value if isinstance(value, list) else [value])]
        if any(code in condition.codes for code in chosen):
            return True
    return not conditions


def fillings(form: Form, count: int, seed: int, langs: tuple[str, ...] = ("zh",), refusal: str = "") -> list[Filling]:
    """Let people fill a form in, page by page; about one answer in ten is left blank, or refused, where it may be."""
    draw = random.Random(seed)
    people = []
    for number in range(count):
        person = Filling(langs[number % len(langs)], number)
        for item in form.fields:
            person.answers[item.name] = _answer(item, person.answers, number, draw)
            if refusal and item.name.startswith("who5") and draw.random() < 0.1:
                person.answers[item.name] = Refusal(refusal)
        people.append(person)
    return people


def _answer(item, answers, number, draw):
    if not is_asked(item.asked_if, answers):
        return NOT_ASKED
    if item.name == "code":
        return f"T{number:03d}X{(number * 37) % 97:02d}"
    if item.name == "consent_statistics":
        return "yes"
    if not item.required and draw.random() < 0.1:
        return None
    if item.kind == "single":
        return draw.choice([choice.code for choice in item.choices])
    if item.kind == "multiple":
        return [choice.code for choice in item.choices if draw.random() < 0.5] or [item.choices[0].code]
    if item.kind == "ranking":
        return draw.sample([choice.code for choice in item.choices], len(item.choices))
    if item.kind == "number":
        return float(draw.randint(int(item.low or 0), int(item.high or 100)))
    return (
        draw.choice(["谢谢，没有了", 'He said "fine", more or less', "第一行\n第二行", "=1+1"])
        if item.name == "remark"
        else "S001"
    )


def expected_answers(people: list[Filling], survey: Survey) -> pd.DataFrame:
    """Give what the kit must hold after reading: floats for items and numbers, joined codes for several answers."""
    items = {item.column: item for item in survey.items}
    rows = []
    for person in people:
        row: dict[str, object] = {}
        for name, value in person.answers.items():
            if value in (None, NOT_ASKED) or isinstance(value, Refusal) or str(value).startswith("no_"):
                row[name] = None
            elif name in items:
                row[name] = float(str(value))
            elif isinstance(value, list):
                kind = survey.question(name).kind
                row[name] = (">" if kind == "ranking" else ";").join(value)
            else:
                row[name] = value
        rows.append(row)
    return pd.DataFrame(rows)


def expected_missing(people: list[Filling], survey: Survey) -> pd.DataFrame:
    """Give why there is no answer, for items and the survey's own questions; None where there is one."""
    columns = [item.column for item in survey.items] + [q.id for q in survey.own_questions]
    kinds = []
    for person in people:
        row = {}
        for name in columns:
            value = person.answers[name]
            row[name] = _kind(value)
        kinds.append(row)
    return pd.DataFrame(kinds)


def _kind(value: object) -> str | None:
    if value is None:
        return "not_answered"
    if value == NOT_ASKED:
        return "not_asked"
    if isinstance(value, Refusal):
        return "refused"
    return "not_applicable" if isinstance(value, str) and value.startswith("no_") else None
