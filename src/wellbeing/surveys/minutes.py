"""How long a survey takes: seconds for each question by its kind, and for reading the page before the first.

The figure is for whoever is asked everything, so it is an upper bound for those who skip. Seconds by kind:

- a question that stands alone: 900 / 85, about 10.6 s. The Pew Research Center, which times its panel's online
  surveys, holds 15 minutes to 85 points and counts a stand-alone question as one (Pew Research Center, Decoded,
  8 December 2022, "How we keep our online surveys from running too long").
- one more question with the same answers as the one before it, which platforms show as a grid: Pew gives it fewer
  points; the 7.5 s here are this project's proposal, as are the figures for several answers (15 s), for a ranking
  (30 s), for a number (10.6 s), and for a text that may be left blank (45 s).
- reading: 6 characters a second in Chinese, this project's proposal.

A county that has timed its own forms should put its own figures here: the platforms' exports hold seconds.
"""

from collections.abc import Iterable, Iterator, Sequence
from math import ceil

from wellbeing.errors import Problem
from wellbeing.instruments import Item
from wellbeing.surveys.definitions import Part, Question, Survey

ALONE = 900 / 85
SAME_ANSWERS, SEVERAL, RANKED, WRITTEN = 7.5, 15.0, 30.0, 45.0
CHARACTERS_A_SECOND = 6.0

_SECONDS = {"multiple": SEVERAL, "ranking": RANKED, "text": WRITTEN}


def survey_minutes(parts: Iterable[Part], questions: Sequence[Question], consent: str) -> float:
    """Give the minutes that somebody needs who is asked everything.

    Parameters
    ----------
    parts : iterable of Part
    questions : sequence of Question
        Those about the respondent too, in the form's order.
    consent : str
        The page before the first question, in the language that most read.

    Returns
    -------
    float
        Minutes, rounded up to half a minute.
    """
    instruments = sum(second for part in parts for second in _item_seconds(part.items))
    own = sum(question_seconds(questions))
    seconds = instruments + own + len("".join(consent.split())) / CHARACTERS_A_SECOND
    return ceil(seconds / 30) / 2


def budget_problems(survey: Survey) -> Iterator[Problem]:
    """Find what the survey asks beyond its own budget of minutes and of questions."""
    file = f"{survey.id}.yaml"
    if survey.minutes_budget is not None and survey.minutes > survey.minutes_budget:
        fields: dict[str, str | int] = {"minutes": f"{survey.minutes:g}", "budget": f"{survey.minutes_budget:g}"}
        yield Problem("over_minutes", file, None, "minutes_budget", fields)
    count, most = len(survey.own_questions), survey.own_questions_most
    if most is not None and count > most:
        yield Problem("over_own_questions", file, None, "own_questions_most", {"count": count, "most": most})


def question_seconds(questions: Sequence[Question]) -> Iterator[float]:
    """Give the seconds of each question, in their order; one with the answers of the one before it takes fewer."""
    before: Question | None = None
    for question in questions:
        same = question.kind == "choice" and before is not None and question.options == before.options
        yield SAME_ANSWERS if same else _SECONDS.get(question.kind, ALONE)
        before = question


def _item_seconds(items: Sequence[Item]) -> Iterator[float]:
    before: Item | None = None
    for item in items:
        same = bool(item.answers) and before is not None and _answers(item) == _answers(before)
        yield SAME_ANSWERS if same else ALONE
        before = item


def _answers(item: Item) -> tuple[object, ...]:
    return (*item.answers, *item.not_applicable)
