"""What the counsellor's notebook shows: data check, scores, worklist, what is waiting, where the report lies."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from wellbeing.errors import UsageError
from wellbeing.followup.lists import WaveList, list_wave
from wellbeing.followup.triage import URGENCIES
from wellbeing.followup.words import band_name, describe, measure_name, points, scale_of, what_the_list_means
from wellbeing.responses import consenting
from wellbeing.surveys import Roster, Survey, load_survey, read_roster
from wellbeing.texts import current_language, say
from wellbeing.workspace import Workspace

if TYPE_CHECKING:
    from pandas.io.formats.style import Styler

#: The score and the cutoff whose published accuracy `what_the_list_means` knows.
_KNOWN, _CUTOFF = "phq9_total", 10


def screen(
    wave: str, school: str = "", survey: str = "screening", workspace: Workspace | None = None, lang: str | None = None
) -> "Screening":
    """Open one wave for the counsellor; reads and shows, writes nothing.

    Parameters
    ----------
    wave : str
    school : str
        A ``school_id``; empty for all schools.
    survey : str
    workspace : Workspace, optional
        By default the one around the current folder.
    lang : str, optional
        ``zh`` or ``en``; by default the user's.

    Raises
    ------
    UsageError
        If there is no such survey or school, or the wave has no answers yet.
    """
    workspace = workspace or Workspace.find()
    definition = load_survey(workspace, survey)
    roster = read_roster(workspace.roster)
    if school and school not in roster.schools.index:
        raise UsageError("no_school", schools=school)
    listed = list_wave(workspace, definition, wave)
    return Screening(workspace, definition, wave, school, lang or current_language(), roster, listed)


@dataclass(frozen=True, eq=False)
class Screening:
    """One wave, of one school or of all, in words. Its tables are confidential; they show no one else's school."""

    workspace: Workspace
    survey: Survey
    wave: str
    school: str
    lang: str
    roster: Roster
    listed: WaveList

    @property
    def check(self) -> pd.DataFrame:
        """Staff, answers, consent, blanks and what could not be scored: a line each, with what it means."""
        answers = self._own(self.listed.responses.answers)
        scores = self.listed.scores.loc[answers.index]
        schools = self.roster.schools
        staff = int((schools.loc[[self.school]] if self.school else schools)["staff"].sum())
        contact = answers["consent_contact"].eq("yes")
        items = answers[[item.column for item in self.survey.items]]
        share = round(100 * len(answers) / staff)
        lines = [
            (self._say("staff"), staff, ""),
            (self._say("answered"), len(answers), say("followup.answered_note", self.lang, share=share)),
            *self._line("statistics", answers["consent_statistics"].eq("yes")),
            *self._line("contact", contact & answers["code"].notna()),
            *self._line("no_code", contact & answers["code"].isna()),
            *self._line("incomplete", items.isna().any(axis=1)),
        ]
        for measure, items_asked, least in self._measures():
            name = say("followup.unscorable", self.lang, measure=measure_name(self.survey, measure, self.lang))
            note = say("followup.unscorable_note", self.lang, items=items_asked, least=least)
            lines.append((name, int(scores[measure].isna().sum()), note))
        return pd.DataFrame(lines, columns=[self._say(f"col_{column}") for column in ("what", "count", "note")])

    @property
    def scores(self) -> pd.DataFrame:
        """Each score with its band, by code, of those who agreed to be contacted and have a code."""
        reachable, _ = consenting(self.listed.responses, "contact")
        people = self._own(reachable.answers)
        people = people[people["code"].notna()].sort_values(["school_id", "code"])
        scores = self.listed.scores.loc[people.index]
        table = self._head(people) | self._score_cells(scores) | self._critical_cells(scores)
        return pd.DataFrame(table).reset_index(drop=True)

    @property
    def worklist(self) -> pd.DataFrame:
        """Who needs somebody, most urgent first, with every reason on the line."""
        mine = self._own(self.listed.worklist)
        table = {
            self._say("col_order"): range(1, len(mine) + 1),
            self._say("col_when"): [self._say(when) for when in mine["when"]],
            **self._head(mine),
            self._say("col_reasons"): [describe(reasons, self.survey, self.lang) for reasons in mine["reasons"]],
        }
        return pd.DataFrame(table)

    @property
    def waiting(self) -> pd.DataFrame:
        """How many wait for each urgency, and how many more cannot be reached: counts only."""
        mine, beyond = self._own(self.listed.worklist), self._own(self.listed.not_reachable)
        reached = mine["when"].value_counts()
        table = {
            self._say("col_when"): [self._say(when) for when in URGENCIES],
            self._say("col_on_list"): [int(reached.get(when, 0)) for when in URGENCIES],
        }
        for why in ("no_consent", "no_code"):
            counts = beyond.loc[beyond["why"] == why, list(URGENCIES)].sum()
            table[self._say(f"col_{why}")] = [int(counts[when]) for when in URGENCIES]
        return pd.DataFrame(table)

    @property
    def meaning(self) -> str:
        """What a place on the list means, reckoned from all schools: one school is too few to tell."""
        counted = consenting(self.listed.responses, "statistics")[0].answers.index
        scores = self.listed.scores.loc[counted]
        if _KNOWN not in scores or scores[_KNOWN].notna().sum() == 0:
            return self._say("list_means_nothing")
        share = float((scores[_KNOWN].dropna() >= _CUTOFF).mean())
        return what_the_list_means(share).sentence(self.lang)

    @property
    def school_summary(self) -> str:
        """Say where the school's issued report lies; it is never made here."""
        folder = self.workspace.output(self.survey.id, self.wave) / self.lang
        files = ", ".join(path.name for path in sorted(folder.glob(f"{self._unit()}_{self.wave}.pdf")))
        shown = folder.relative_to(self.workspace.root).as_posix()
        key = "report_there" if files else "report_missing"
        return say(f"followup.{key}", self.lang, folder=shown, files=files)

    @staticmethod
    def show(table: pd.DataFrame) -> "Styler":
        """Lay one of the tables out for reading: whole sentences, to the left, no row numbers."""
        return table.style.hide(axis="index").set_properties(None, **{"text-align": "left", "white-space": "normal"})

    def _unit(self) -> str:
        """Give the unit that reports for the school, its own or its group; ``*`` for all schools."""
        units = self.workspace.released(self.survey.id, self.wave) / "units.csv"
        if not self.school or not units.is_file():
            return self.school or "*"
        table = pd.read_csv(units, dtype=str, encoding="utf-8", keep_default_na=False)
        reporting = table[table["level"].isin(["school", "group"])]
        mine = reporting[[self.school in schools.split() for schools in reporting["schools"]]]
        return str(mine["unit"].iloc[0]) if len(mine) else self.school

    def _own(self, rows: pd.DataFrame) -> pd.DataFrame:
        return rows[rows["school_id"] == self.school] if self.school else rows

    def _say(self, entry: str) -> str:
        return say(f"followup.{entry}", self.lang)

    def _line(self, entry: str, persons: pd.Series) -> list[tuple[str, int, str]]:
        return [(self._say(entry), int(persons.sum()), self._say(f"{entry}_note"))]

    def _measures(self) -> list[tuple[str, int, int]]:
        return [
            (f"{part.instrument.id}_{scale.id}", len(scale.items), scale.min_answered)
            for part in self.survey.parts
            for scale in part.scales
        ]

    def _head(self, people: pd.DataFrame) -> dict[str, list[str]]:
        head = {}
        if not self.school:
            names = self.roster.schools["name"]
            head[self._say("col_school")] = [str(names.get(school, school)) for school in people["school_id"]]
        # In fours, as on the code card.
        head[self._say("col_code")] = ["-".join(c[i : i + 4] for i in range(0, len(c), 4)) for c in people["code"]]
        return head

    def _score_cells(self, scores: pd.DataFrame) -> dict[str, list[str]]:
        return {
            measure_name(self.survey, measure, self.lang): [
                self._cell(measure, items, *row)
                for row in zip(
                    *(scores[measure + end].astype(object) for end in ("", "_band", "_answered", "_prorated")),
                    strict=True,
                )
            ]
            for measure, items, _ in self._measures()
        }

    def _cell(self, measure: str, items: int, score: float, band: str, answered: int, prorated: bool) -> str:
        if pd.isna(score):
            return say("followup.cell_unscorable", self.lang, answered=answered, items=items)
        _, scale = scale_of(self.survey, measure)
        return say(
            "followup.cell_prorated" if prorated else "followup.cell",
            self.lang,
            score=points(score),
            band=band_name(scale, band, self.lang),
            answered=answered,
            items=items,
        )

    def _critical_cells(self, scores: pd.DataFrame) -> dict[str, list[str]]:
        cells = {}
        for part in self.survey.parts:
            for critical in part.instrument.critical:
                number = critical.column.rsplit("_", 1)[1]
                column = f"{part.instrument.id}_critical_{number}"
                if column in scores:
                    heading = say("followup.col_critical", self.lang, acronym=part.instrument.acronym, item=number)
                    cells[heading] = [self._say(f"answer_{answer}") for answer in scores[column].astype(object)]
        return cells
