"""What a survey consists of: its types, and the columns and kinds that its files may have."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from wellbeing.instruments import Instrument, Item, Scale, Text

if TYPE_CHECKING:
    import pandas as pd

KINDS = ("kindergarten", "primary", "junior", "senior", "nine-year")

#: What every plain answer file starts with; the items follow.
PERSON_COLUMNS = (
    "school_id",
    "code",
    "submitted",
    "seconds",
    "lang",
    "sex",
    "age_band",
    "role",
    "consent_statistics",
    "consent_contact",
    "consent_version",
)

#: Background questions by which a result may be told apart (rule R6), one at a time.
SUBGROUPS = ("sex", "age_band", "role")


@dataclass(frozen=True)
class Option:
    """One answer to a question of the survey's own; codes are words."""

    code: str
    label: Text
    also: tuple[str, ...] = ()


#: The questions that stand before all others in every form.
PERSON_QUESTIONS = ("school_id", "code", "sex", "age_band", "role", "consent_statistics", "consent_contact")

#: Blocks of questions that are asked only where a survey's definition names them.
SENSITIVE = ("pay", "marriage", "hardship", "women")

#: Kinds of question a survey may ask beside its instruments; the first two are about the respondent only.
QUESTION_KINDS = ("school", "code", "choice", "multiple", "ranking", "number", "text")


@dataclass(frozen=True)
class Condition:
    """When a question is asked: the answers to `columns` add up to `at_least`, or one of `codes` was chosen.

    An answer that is missing adds nothing; where all are missing the question is asked, to be on the safe side.
    """

    columns: tuple[str, ...]
    at_least: int | None = None
    codes: tuple[str, ...] = ()


#: The option of a question with several answers that stands for none of the others.
NOTHING = "none"


@dataclass(frozen=True)
class Question:
    """A question beside the instruments. `also` lists other headers that exports use for it.

    `kind` is one of `QUESTION_KINDS`. In files and frames a ``multiple`` answer is the options' codes in the
    definition's order joined by ``;``, a ``ranking`` the codes from first to last joined by ``>``, a ``number`` a
    float within `low` and `high`, a ``text`` the text with what identifies a person masked. `place` says on which side
    of the instruments the survey's own questions stand, ``before`` or ``after``; a `section` starts a page of its own.

    `row` is the measure of the county's notice that it tells of (``3b``), `sensitive` the block it belongs to. Of its
    options `favourable` and `unfavourable` are codes that speak for and against the school, the others are neutral;
    of a ``multiple`` question the code `NOTHING` is for whoever names no other.
    Whoever chose one of `outside` does not know or is not concerned: they leave the denominator and are counted apart.
    """

    id: str
    kind: str
    text: Text
    options: tuple[Option, ...] = ()
    also: tuple[str, ...] = ()
    required: bool = False
    low: float | None = None
    high: float | None = None
    place: str = "after"
    row: str | None = None
    favourable: tuple[str, ...] = ()
    unfavourable: tuple[str, ...] = ()
    outside: tuple[str, ...] = ()
    sensitive: str | None = None
    section: Text | None = None


@dataclass(frozen=True)
class Part:
    """An instrument as this survey uses it: some of its scales, and the items they need.

    `worklist` says whether its scores alone put a person on the counsellor's list; critical items always do.
    """

    instrument: Instrument
    scales: tuple[Scale, ...]
    worklist: bool = True

    @property
    def items(self) -> tuple[Item, ...]:
        wanted = {column for scale in self.scales for column in scale.items}
        return tuple(item for item in self.instrument.items if item.column in wanted)


@dataclass(frozen=True)
class AnswerMap:
    """How a file codes an instrument otherwise than its definition.

    ``codes`` maps the file's codes to the definition's, for all items; empty where they are the same.
    ``already_reversed`` are numbers of reverse-keyed items that the file holds reversed.
    """

    codes: Mapping[int, int] = field(default_factory=dict)
    already_reversed: tuple[int, ...] = ()


@dataclass(frozen=True)
class Policy:
    """The numbers of disclosure control; ``surveys/policy.yaml`` says which rule each belongs to.

    ``weaker`` names those that protect less than the kit's, each as ``name value agreed``; ``approved`` who agreed to
    them, and when.
    """

    min_respondents: int
    min_response: float
    group_below_staff: int
    group_min_schools: int
    group_pair_min_staff: int
    group_max_share: float
    compare_min_schools: int
    compare_min_respondents: int
    severe_min_respondents: int
    class_width: int
    subgroup_min: int
    mean_min_respondents: int
    mean_values: int
    sd_min_respondents: int
    sd_step: float
    response_step: int
    rest_min_respondents: int
    rest_min_units: int
    weaker: tuple[str, ...] = ()
    approved: tuple[str, ...] = ()


@dataclass(frozen=True)
class Survey:
    """One survey definition.

    `minutes` are those of the definition, or worked out from what is asked (`wellbeing.surveys.minutes`).
    `headers`, `labels` and `ignore` say how a county's exports word things, `recode` how they code an instrument. A
    label stands for a code, or for one of the kinds of missing answer (``refused``, ``unreadable`` ...). `headers` and
    `ignore` hold what was confirmed in ``surveys/mappings/`` too.
    """

    id: str
    title: Text
    clinical: bool
    minutes: float
    parts: tuple[Part, ...]
    questions: tuple[Question, ...]
    policy: Policy
    headers: dict[str, tuple[str, ...]]
    labels: Mapping[str, Mapping[str, int | str]]
    ignore: tuple[str, ...]
    recode: Mapping[str, AnswerMap] = field(default_factory=dict)
    #: Column to the conditions of which one must hold for it to be asked; a column that is not there is always asked.
    routing: Mapping[str, tuple[Condition, ...]] = field(default_factory=dict)
    #: The page before the first question (privacy rules, 7.7), its version, and the page after the last one: where
    #: help is, for everybody.
    consent: Text = field(default_factory=Text)
    consent_version: str = ""
    help: Text = field(default_factory=Text)
    #: Sensitive blocks that are asked; the questions of others are no part of the survey.
    sensitive: tuple[str, ...] = ()
    #: The most minutes that it may take, where the definition says so.
    minutes_budget: float | None = None
    #: The most questions of its own that it may ask, where the definition says so.
    own_questions_most: int | None = None
    #: The survey's own questions were never validated, and everything that shows them says so.
    own_validated: bool = False

    @property
    def items(self) -> tuple[Item, ...]:
        return tuple(item for part in self.parts for item in part.items)

    @property
    def columns(self) -> tuple[str, ...]:
        """Columns of a plain answer file of this survey, in order."""
        return PERSON_COLUMNS + tuple(item.column for item in self.items) + tuple(q.id for q in self.own_questions)

    @property
    def person_questions(self) -> tuple[Question, ...]:
        """Questions about the respondent and the consents, which stand before all others, in order."""
        return tuple(question for question in self.questions if question.id in PERSON_COLUMNS)

    @property
    def own_questions(self) -> tuple[Question, ...]:
        """Questions beside the instruments and beside those about the respondent, in order."""
        return tuple(question for question in self.questions if question.id not in PERSON_COLUMNS)

    def question(self, id: str) -> Question:
        """Give one of the survey's own questions; KeyError if there is none."""
        for question in self.questions:
            if question.id == id:
                return question
        raise KeyError(id)


@dataclass(frozen=True)
class Responder:
    """Who answers the same day when somebody reports thoughts of self-harm."""

    name: str
    phone: str
    hours: str


@dataclass(frozen=True)
class County:
    """The county's name on the reports, the contacts it adds to the national ones, who answers the same day."""

    name: Text
    bureau: Text
    contacts: tuple[Text, ...]
    responder: Responder | None = None


@dataclass(frozen=True)
class Roster:
    """The schools of the county; never a list of staff.

    ``schools`` has one row per school, indexed by ``school_id``: ``name``, ``town``, ``kind``, ``rural``
    (bool), ``staff`` (int) and ``group`` (str, empty where the roster fixes none).
    """

    schools: "pd.DataFrame"
