"""What a survey's form holds, whatever carries it: pages, questions, answers and when each question is asked.

`build_form` makes it from the survey's definition; `wellbeing.exporters` writes it for a platform and
`wellbeing.worksheets` for paper. No word of a question is made here: they stand in the definitions.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from wellbeing.errors import InputError, Problem, UsageError
from wellbeing.instruments import Item, Text
from wellbeing.instruments.wording import require_wording
from wellbeing.surveys import Condition, Part, Question, Roster, Survey
from wellbeing.texts import LANGUAGES, say

#: Kinds of field; a school is a choice where the roster is known, else a text, and a respondent's code is a text.
SINGLE, MULTIPLE, RANKING, NUMBER, TEXT = "single", "multiple", "ranking", "number", "text"
#: Where a field belongs, which is also the order of the pages.
CONSENT, PERSON, OWN_BEFORE, INSTRUMENT, OWN_AFTER, HELP = (
    "consent",
    "person",
    "before",
    "instrument",
    "after",
    "help",
)

_CONSENTS = ("consent_statistics", "consent_contact")
#: How definitions say that an instrument asks about no stretch of time.
_TIMELESS = ("none", "not seen", "frequency")


@dataclass(frozen=True)
class Choice:
    """One answer that may be chosen. `absent` marks one that says that the question does not apply."""

    code: str
    label: Text
    absent: bool = False


@dataclass(frozen=True)
class Field:
    """One question of a form; `name` is its column in every file of the kit.

    `asked_if` holds the conditions of which one must hold; empty where everybody is asked. `points` says whether its
    codes are numbers that count, which is so for the items of instruments.
    """

    name: str
    kind: str
    text: Text
    choices: tuple[Choice, ...] = ()
    required: bool = False
    low: float | None = None
    high: float | None = None
    whole: bool = False
    points: bool = False
    asked_if: tuple[Condition, ...] = ()


@dataclass(frozen=True)
class Page:
    """Fields that are shown together, under a `note`: an instruction, the consent text, where help is."""

    id: str
    kind: str
    title: Text
    note: Text
    fields: tuple[Field, ...] = ()


@dataclass(frozen=True)
class Form:
    """A survey as it is put to people: the consent page first, where help is last."""

    id: str
    title: Text
    minutes: float
    langs: tuple[str, ...]
    consent_version: str
    pages: tuple[Page, ...]

    @property
    def fields(self) -> tuple[Field, ...]:
        return tuple(field for page in self.pages for field in page.fields)

    def field(self, name: str) -> Field:
        """Give one field by its name; KeyError if there is none."""
        for field in self.fields:
            if field.name == name:
                return field
        raise KeyError(name)

    @property
    def routed(self) -> tuple[Field, ...]:
        """Fields that not everybody is asked."""
        return tuple(field for field in self.fields if field.asked_if)


def build_form(
    survey: Survey, langs: Sequence[str], roster: Roster | None = None, contacts: Sequence[Text] = ()
) -> Form:
    """Make the form of a survey in the languages wanted.

    Parameters
    ----------
    survey : Survey
    langs : sequence of str
        ``zh``, ``en`` or both; the first is the one that a bilingual form opens in.
    roster : Roster, optional
        Where it is given, the school is chosen from its list; typed in otherwise.
    contacts : sequence of Text
        The county's own contacts, shown on the last page beneath the survey's.

    Raises
    ------
    InputError
        With everything that has no words in one of the languages: an instrument whose licence keeps its wording out
        of the kit, a question, the consent page, the page that says where help is.
    """
    problems = list(_wordless(survey, langs))
    if problems:
        raise InputError(problems)
    consents = tuple(_asked(question, survey, roster) for question in survey.questions if question.id in _CONSENTS)
    person = tuple(
        _asked(question, survey, roster) for question in survey.person_questions if question.id not in _CONSENTS
    )
    own = {
        kind: tuple(_own_pages(kind, [q for q in survey.own_questions if q.place == kind], survey, roster))
        for kind in (OWN_BEFORE, OWN_AFTER)
    }
    parts = tuple(_part_page(part, survey) for part in survey.parts)
    pages = (
        Page("consent", CONSENT, _said("forms.page_consent"), survey.consent, consents),
        Page("person", PERSON, _said("forms.page_person"), Text(), person),
        *own[OWN_BEFORE],
        *parts,
        *own[OWN_AFTER],
        Page("help", HELP, _said("forms.page_help"), _with_contacts(survey.help, contacts)),
    )
    shown = [split for page in pages if page.fields or page.kind in (CONSENT, HELP) for split in _split(page)]
    return Form(
        survey.id,
        survey.title,
        survey.minutes,
        tuple(langs),
        survey.consent_version,
        tuple(_numbered(shown)),
    )


def complete_languages(survey: Survey) -> tuple[str, ...]:
    """Name the languages in which everything that the survey's form shows has its words; Chinese first."""
    return tuple(lang for lang in LANGUAGES if not any(_wordless(survey, (lang,))))


def grids(page: Page) -> Iterator[tuple[Field, ...]]:
    """Give a page's fields in runs that may stand in one grid: the same answers, asked of the same people.

    A field that is no single choice is a run of its own.
    """
    run: list[Field] = []
    for field in page.fields:
        if run and not (
            field.kind == run[0].kind == SINGLE
            and field.choices == run[0].choices
            and field.asked_if == run[0].asked_if
            and field.required == run[0].required
        ):
            yield tuple(run)
            run = []
        run.append(field)
    if run:
        yield tuple(run)


def paper_numbers(form: Form) -> dict[str, int]:
    """Number the questions as they stand on paper, where nothing about the person is asked."""
    asked = (field.name for page in form.pages if page.kind != PERSON for field in page.fields)
    return {name: number for number, name in enumerate(asked, 1)}


def _split(page: Page) -> Iterator[Page]:
    """Start a new page before a question that depends on an answer given on this one.

    Where nothing is answered yet everything is asked, so on one page questions would come and go while it is filled.
    """
    rest = list(page.fields)
    number = 1
    while True:
        here: list[Field] = []
        while rest and not any(
            column in {field.name for field in here} for condition in rest[0].asked_if for column in condition.columns
        ):
            here.append(rest.pop(0))
        name = page.id if number == 1 else f"{page.id}_page{number}"
        # An instruction is needed beside its questions; what the survey says of its own ones, once.
        note = Text() if number > 1 and page.kind in (OWN_BEFORE, OWN_AFTER) else page.note
        yield replace(page, id=name, note=note, fields=tuple(here))
        if not rest:
            return
        number += 1


def _numbered(pages: Sequence[Page]) -> Iterator[Page]:
    """Call the pages that have no name of their own part 1, part 2 ...; an instrument's name would say what it is."""
    number = 0
    for page in pages:
        if page.title.zh:
            yield page
        else:
            number += 1
            yield replace(page, title=_said("forms.page_part", number=number))


def _own_pages(kind: str, questions: Sequence[Question], survey: Survey, roster: Roster | None) -> Iterator[Page]:
    """Put the survey's own questions on pages, a new one where a section starts."""
    starts = [place for place, question in enumerate(questions) if question.section is not None and place]
    for number, (start, end) in enumerate(pairwise([0, *starts, len(questions)]), 1):
        here = questions[start:end]
        name = kind if number == 1 else f"{kind}_section{number}"
        title = here[0].section if here and here[0].section is not None else Text()
        told_of = any(question.row for question in here) and not survey.own_validated
        note = _said("opinion_survey.not_validated") if told_of else Text()
        yield Page(name, kind, title, note, tuple(_asked(question, survey, roster) for question in here))


def _asked(question: Question, survey: Survey, roster: Roster | None) -> Field:
    kinds = {"school": SINGLE if roster else TEXT, "code": TEXT, "choice": SINGLE}
    choices = tuple(Choice(option.code, option.label) for option in question.options)
    if question.kind == "school" and roster:
        names = roster.schools["name"].items()
        choices = tuple(Choice(str(school), Text(str(name), str(name))) for school, name in names)
    return Field(
        question.id,
        kinds.get(question.kind, question.kind),
        question.text,
        choices,
        # A record that says nothing of consent cannot be used; both answers are free.
        question.required or question.id in _CONSENTS,
        question.low,
        question.high,
        asked_if=survey.routing.get(question.id, ()),
    )


def _part_page(part: Part, survey: Survey) -> Page:
    fields = tuple(_item_field(item, survey) for item in part.items)
    return Page(part.instrument.id, INSTRUMENT, Text(), _instruction(part), fields)


def _item_field(item: Item, survey: Survey) -> Field:
    choices = tuple(Choice(str(answer.code), answer.label) for answer in item.answers)
    choices += tuple(Choice(absent.code, absent.label, True) for absent in item.not_applicable)
    asked_if = survey.routing.get(item.column, ())
    if item.answers:
        return Field(item.column, SINGLE, item.text, choices, points=True, asked_if=asked_if)
    low, high = item.limits if item.limits else (None, None)
    return Field(item.column, NUMBER, item.text, (), False, low, high, True, True, asked_if)


def _instruction(part: Part) -> Text:
    """Give an instrument's instruction; where it has none in a language, the time that it asks about."""
    instrument = part.instrument
    timeless = (instrument.recall.en or "").startswith(_TIMELESS)
    words: dict[str, str | None] = {}
    for lang in LANGUAGES:
        recall = getattr(instrument.recall, lang)
        framed = say("forms.time_frame", lang, recall=recall) if recall and not timeless else None
        words[lang] = getattr(instrument.instructions, lang) or framed
    return Text(**words)


def _with_contacts(help: Text, contacts: Sequence[Text]) -> Text:
    return Text(
        zh="\n".join([help.zh or "", *(contact.in_("zh") for contact in contacts)]),
        en="\n".join([help.en or "", *(contact.in_("en") for contact in contacts)]),
    )


def _said(key: str, **fields: int) -> Text:
    return Text(zh=say(key, "zh", **fields), en=say(key, "en", **fields))


def _wordless(survey: Survey, langs: Sequence[str]) -> Iterator[Problem]:
    """Find everything that the form would show without words in one of its languages."""
    file = f"{survey.id}.yaml"
    for lang in langs:
        for part in survey.parts:
            absent = [answer.label for item in part.items for answer in item.not_applicable]
            try:
                require_wording(part.instrument, lang, part.items)
            except UsageError as refusal:
                yield Problem("form_no_wording", file, None, None, refusal.fields | {"lang": lang})
            else:
                if not all(getattr(label, lang) for label in absent):
                    yield Problem("form_no_text", file, None, part.instrument.id, {"lang": lang})
        named = [("title", survey.title), ("consent", survey.consent), ("help", survey.help)]
        named += [(question.id, question.text) for question in survey.questions]
        named += [(f"{q.id}.section", q.section) for q in survey.questions if q.section is not None]
        named += [(f"{q.id}.{option.code}", option.label) for q in survey.questions for option in q.options]
        for name, text in named:
            if not (getattr(text, lang) or "").strip():
                yield Problem("form_no_text", file, None, name, {"lang": lang})
