"""What one survey is: its instruments and questions, its waves, its schools, the policy it is released under."""

import re
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wellbeing.errors import InputError, Problem, UsageError
from wellbeing.instruments import Instrument, Item, Scale, Text, load_instrument
from wellbeing.workspace import Workspace

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
)

#: Files beside the surveys' definitions that are none.
_NOT_SURVEYS = {"policy", "county", "measures"}

#: Background questions by which a result may be told apart (rule R6), one at a time.
SUBGROUPS = ("sex", "age_band", "role")


@dataclass(frozen=True)
class Option:
    """One answer to a question of the survey's own; codes are words."""

    code: str
    label: Text
    also: tuple[str, ...] = ()


@dataclass(frozen=True)
class Question:
    """A question beside the instruments. `also` lists other headers that exports use for it."""

    id: str
    kind: str
    text: Text
    options: tuple[Option, ...] = ()
    also: tuple[str, ...] = ()
    required: bool = False


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
class Policy:
    """The numbers of disclosure control; ``surveys/policy.yaml`` says which rule each belongs to."""

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


@dataclass(frozen=True)
class Survey:
    """One survey definition. `headers`, `labels` and `ignore` say how a county's exports word things."""

    id: str
    title: Text
    clinical: bool
    minutes: float
    parts: tuple[Part, ...]
    questions: tuple[Question, ...]
    policy: Policy
    headers: dict[str, tuple[str, ...]]
    labels: dict[str, dict[str, int]]
    ignore: tuple[str, ...]

    @property
    def items(self) -> tuple[Item, ...]:
        return tuple(item for part in self.parts for item in part.items)

    @property
    def columns(self) -> tuple[str, ...]:
        """Columns of a plain answer file of this survey, in order."""
        return PERSON_COLUMNS + tuple(item.column for item in self.items)

    def question(self, id: str) -> Question:
        """Give one of the survey's own questions; KeyError if there is none."""
        for question in self.questions:
            if question.id == id:
                return question
        raise KeyError(id)


@dataclass(frozen=True)
class County:
    """The county's name on the reports and the contacts it adds to the national ones."""

    name: Text
    bureau: Text
    contacts: tuple[Text, ...]


@dataclass(frozen=True)
class Roster:
    """The schools of the county; never a list of staff.

    ``schools`` has one row per school, indexed by ``school_id``: ``name``, ``town``, ``kind``, ``rural``
    (bool), ``staff`` (int) and ``group`` (str, empty where the roster fixes none).
    """

    schools: "pd.DataFrame"


def check_wave(wave: str) -> str:
    """Return `wave` if it is a wave id: ``2026-autumn``, ``2027-spring`` or ``2026``.

    Raises
    ------
    UsageError
        If it is not; a wave names folders, so nothing else may pass.
    """
    if not re.fullmatch(r"\d{4}(-(spring|autumn))?", wave):
        raise UsageError("bad_wave", wave=wave)
    return wave


def school_year(wave: str) -> str:
    """Give the school year of a wave, ``2026-2027`` for ``2026-autumn`` and ``2027-spring``."""
    year = int(check_wave(wave)[:4])
    first = year - 1 if wave.endswith("spring") else year
    return f"{first}-{first + 1}"


def previous_wave(wave: str) -> str:
    """Give the wave before: the last term's for a term, the last year's for a year."""
    year = int(check_wave(wave)[:4])
    if wave.endswith("autumn"):
        return f"{year}-spring"
    if wave.endswith("spring"):
        return f"{year - 1}-autumn"
    return str(year - 1)


def _read_yaml(path: Path) -> Any:
    import yaml

    try:
        return yaml.safe_load(path.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        mark = getattr(error, "problem_mark", None)
        row = mark.line + 1 if mark else None
        raise InputError([Problem("not_yaml", file=path.name, row=row)]) from None


def _text(value: Any) -> Text:
    return Text(zh=value.get("zh"), en=value.get("en"))


def load_policy(workspace: Workspace, kind: str) -> Policy:
    """Read the numbers for ``clinical`` or ``opinion`` surveys from ``surveys/policy.yaml``."""
    path = workspace.surveys / "policy.yaml"
    values = _read_yaml(path)[kind]
    names = {field.name for field in fields(Policy)}
    problems = [Problem("policy_missing", path.name, column=f"{kind}.{name}") for name in sorted(names - set(values))]
    problems += [Problem("policy_unknown", path.name, column=f"{kind}.{name}") for name in sorted(set(values) - names)]
    if problems:
        raise InputError(problems)
    return Policy(**values)


def load_county(workspace: Workspace) -> County:
    """Read ``surveys/county.yaml``."""
    facts = _read_yaml(workspace.surveys / "county.yaml")
    return County(_text(facts["name"]), _text(facts["bureau"]), tuple(_text(c) for c in facts.get("contacts") or ()))


def load_survey(workspace: Workspace, id: str) -> Survey:
    """Load ``surveys/<id>.yaml`` with its instruments and its policy.

    Raises
    ------
    UsageError
        If there is no such survey in the workspace.
    InputError
        If a definition cannot be used, with every fault.
    """
    path = workspace.surveys / f"{id}.yaml"
    if id in _NOT_SURVEYS or not path.is_file():
        known = sorted({found.stem for found in workspace.surveys.glob("*.yaml")} - _NOT_SURVEYS)
        raise UsageError("no_survey", survey=id, known=", ".join(known))
    facts = _read_yaml(path)
    parts = []
    for entry in facts["instruments"]:
        instrument = load_instrument(entry["id"], workspace.surveys / "instruments")
        scales = tuple(instrument.scale(name) for name in entry["scales"])
        parts.append(Part(instrument, scales, entry.get("worklist", True)))
    questions = tuple(
        Question(
            q["id"],
            q["kind"],
            _text(q),
            tuple(Option(o["code"], _text(o), tuple(o.get("also", ()))) for o in q.get("options", ())),
            tuple(q.get("also", ())),
            q.get("required", False),
        )
        for q in facts["questions"]
    )
    return Survey(
        facts["id"],
        _text(facts["title"]),
        facts["policy"] == "clinical",
        facts["minutes"],
        tuple(parts),
        questions,
        load_policy(workspace, facts["policy"]),
        {key: tuple(value) for key, value in (facts.get("headers") or {}).items()},
        facts.get("labels") or {},
        tuple(facts.get("ignore") or ()),
    )


def read_roster(path: Path) -> Roster:
    """Read ``data/roster.csv`` and check every cell of it.

    Raises
    ------
    UsageError
        If there is no roster yet.
    InputError
        With every fault of the file: a missing or doubled column, a doubled school, a kind that is none of
        `KINDS`, a number of staff that is not a whole number above zero.
    """
    import pandas as pd

    if not path.exists():
        raise UsageError("no_roster", path=str(path))
    try:
        table = pd.read_csv(path, dtype=str, encoding="utf-8-sig", keep_default_na=False, skip_blank_lines=False)
    except UnicodeDecodeError:
        table = pd.read_csv(path, dtype=str, encoding="gb18030", keep_default_na=False, skip_blank_lines=False)
    except (pd.errors.EmptyDataError, pd.errors.ParserError):
        raise InputError([Problem("not_a_table", path.name)]) from None
    needed = ("school_id", "name", "town", "kind", "rural", "staff")
    problems = [Problem("missing_column", path.name, column=c) for c in needed if c not in table.columns]
    if problems:
        raise InputError(problems)
    seen: dict[str, int] = {}
    for place, school in enumerate(table.to_dict("records")):
        row = place + 2
        school_id = str(school["school_id"]).strip()
        if not re.fullmatch(r"[A-Za-z0-9_-]{1,20}", school_id):
            problems.append(Problem("bad_school_id", path.name, row, "school_id"))
        elif school_id in seen:
            problems.append(Problem("repeats_row", path.name, row, "school_id", {"first": seen[school_id]}))
        seen.setdefault(school_id, row)
        if not str(school["name"]).strip():
            problems.append(Problem("empty_cell", path.name, row, "name"))
        if school["kind"] not in KINDS:
            problems.append(Problem("bad_kind", path.name, row, "kind", {"known": ", ".join(KINDS)}))
        if str(school["rural"]).strip().lower() not in {"yes", "no"}:
            problems.append(Problem("bad_rural", path.name, row, "rural"))
        if not re.fullmatch(r"[1-9]\d{0,4}", str(school["staff"]).strip()):
            problems.append(Problem("bad_staff", path.name, row, "staff"))
    names = table["name"].str.strip()
    for place in names.index[names.duplicated() & names.ne("")]:
        first = int(names.index[names == names[place]][0]) + 2
        problems.append(Problem("repeats_row", path.name, int(place) + 2, "name", {"first": first}))
    if table.empty:
        problems.append(Problem("empty_file", path.name))
    if problems:
        raise InputError(problems)
    schools = table.apply(lambda column: column.str.strip()).set_index("school_id")
    schools["rural"] = schools["rural"].str.lower().eq("yes")
    schools["staff"] = schools["staff"].astype(int)
    if "group" not in schools:
        schools["group"] = ""
    return Roster(schools[["name", "town", "kind", "rural", "staff", "group"]])
