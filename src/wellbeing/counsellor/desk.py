"""What the counsellor chose and what her key opened. Her notebook asks it for one step after the other."""

from collections.abc import Callable
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from wellbeing.counsellor import acts, choices, plain_errors
from wellbeing.counsellor.county_states import CountyStates, county_states, reads_every_school
from wellbeing.counsellor.data_check import DataCheck, check_data
from wellbeing.counsellor.issued import IssuedReport, issued_report, write_head_page
from wellbeing.counsellor.lines import Line, Week, line_of, share_out
from wellbeing.counsellor.meaning import Meaning, list_meaning
from wellbeing.counsellor.taking_in import take_file
from wellbeing.errors import UsageError
from wellbeing.followup import Case, Register, WaveList, list_wave, open_register
from wellbeing.followup.entries import State
from wellbeing.keys.files import locked_bytes, read_identity
from wellbeing.quality import Quality, assess
from wellbeing.surveys import Roster, Survey, check_wave, load_survey, read_roster
from wellbeing.texts import LANGUAGES
from wellbeing.workspace import Workspace

if TYPE_CHECKING:
    from wellbeing.counsellor.fields import Panel


def open_desk(
    wave: str = "",
    school: str = "",
    file: str = "",
    *,
    survey: str = "screening",
    lang: str = "zh",
    per_week: int = 8,
    workspace: Workspace | None = None,
) -> "Desk":
    """Sit down at the counsellor's desk: what her notebook calls first. Reads definitions and the roster.

    Parameters
    ----------
    wave : str
        Empty for the newest wave that has answers or a register, else this term.
    school : str
        A ``school_id``; empty for all that her key opens.
    file : str
        An export to read into the wave at once; empty to read none.
    survey : str
    lang : str
        ``zh`` or ``en``.
    per_week : int
        First conversations that fit into a week.
    workspace : Workspace, optional
        By default the one around the current folder.

    Raises
    ------
    UsageError, InputError
        If the survey, the roster, the wave, the school or the file cannot be used.
    """
    if lang not in LANGUAGES:
        raise UsageError("no_language", lang=lang)
    plain_errors.install(lang)
    workspace = workspace or Workspace.find()
    desk = Desk(workspace, load_survey(workspace, survey), read_roster(workspace.roster), lang, per_week)
    if wave:
        desk.wave = check_wave(wave)
    desk.choose_school(school)
    if file:
        desk.said = desk.take_in(Path(file))
    return desk


class Desk:
    """One sitting: a wave and a school, and the register while it is open. Nothing of it is written anywhere by itself.

    Attributes
    ----------
    wave, school : str
    said : tuple of str
        What became of the file that was read last.
    register : Register or None
        None while the list is locked.
    """

    def __init__(self, workspace: Workspace, survey: Survey, roster: Roster, lang: str, per_week: int) -> None:
        self.workspace, self.survey, self.roster = workspace, survey, roster
        self.lang, self.per_week = lang, per_week
        waves = choices.waves_found(workspace, survey)
        self.wave = waves[0] if waves else term_of(date.today())
        self.school = ""
        self.said: tuple[str, ...] = ()
        self.register: Register | None = None
        self._listed: tuple[str, WaveList, Quality] | None = None
        self._watchers: list[Callable[[], None]] = []

    # Choosing.

    @property
    def today(self) -> str:
        return date.today().isoformat()

    @property
    def waves(self) -> tuple[str, ...]:
        """The waves to choose from, newest first: those there are, this term, and the one chosen."""
        there = {*choices.waves_found(self.workspace, self.survey, self.wave), term_of(date.today())}
        return tuple(sorted(there, key=lambda wave: (wave[:4], wave.endswith("autumn")), reverse=True))

    def choose_wave(self, wave: str) -> None:
        """Take another wave; the list is locked until the key opens that one."""
        self.wave = check_wave(wave)
        self.register = None
        self.changed()

    def choose_school(self, school: str) -> None:
        """Take another school; empty for all.

        Raises
        ------
        UsageError
            If the roster does not know it.
        """
        if school and school not in self.roster.schools.index:
            raise UsageError("no_school", schools=school[:40])
        self.school = school
        self.changed()

    def take_in(self, file: Path) -> tuple[str, ...]:
        """Read an export into the wave, and write the wave's lists; says what became of it."""
        said = take_file(self.workspace, self.survey, self.wave, self.roster, file, self.today, self.lang)
        self._listed = None
        if self.register is not None:
            self.register = acts.reopened(self.register)
        self.said = said
        self.changed()
        return said

    def watch(self, watcher: Callable[[], None]) -> None:
        """Have something drawn anew whenever the choice or the register changes."""
        self._watchers.append(watcher)

    def changed(self) -> None:
        """Tell everything that shows something."""
        for watcher in self._watchers:
            watcher()

    # What each step shows, as plain values.

    def check_of_data(self) -> DataCheck:
        """Count who was invited, who answered, what is incomplete, and why."""
        listed, quality = self._wave_list()
        return check_data(self.workspace, self.survey, self.roster, listed, quality, self.school, self.lang)

    def meaning_of_list(self) -> Meaning:
        """Reckon what the list means, from the whole county's figures."""
        return list_meaning(self.survey, self._wave_list()[0], self.lang)

    def beyond_the_list(self) -> tuple[int, int]:
        """Count who would be on the list but agreed to no contact, and who left no code."""
        table = self._wave_list()[0].not_reachable
        mine = table[table["school_id"] == self.school] if self.school else table
        counts = mine.drop(columns=["school_id", "why"]).sum(axis=1)
        return int(counts[mine["why"] == "no_consent"].sum()), int(counts[mine["why"] == "no_code"].sum())

    def week(self) -> Week:
        """Share the list out by what fits into this week; needs the register open."""
        return share_out(self.opened().cases(self.school), self.per_week)

    def line(self, case: Case) -> Line:
        """Say one person's line."""
        return line_of(case, self.survey, self.roster, self.lang, self._alike(case.entry.code))

    def report(self) -> IssuedReport:
        """Find the school's report as it was issued."""
        return issued_report(self.workspace, self.survey, self.wave, self.school, self.lang)

    def all_schools(self) -> CountyStates:
        """Judge every school; refused unless the open key reads every school's list.

        Raises
        ------
        UsageError
            If the register is locked, or the key is not the county lead's.
        """
        if not reads_every_school(self.opened()):
            raise UsageError("not_the_lead")
        return county_states(self.workspace, self.survey, self.roster, self.wave, self.lang)

    # What her key opens.

    @property
    def may_show_persons(self) -> bool:
        """Whether the notebook lies in the confidential zone."""
        return choices.in_confidential_zone(self.workspace)

    def unlock(self, key_file: Path, passphrase: str) -> None:
        """Open the wave's register with her own key; the passphrase is not kept.

        Raises
        ------
        UsageError
            If the notebook lies outside the confidential zone, or there is no such file or register.
        InputError
            If the passphrase is wrong, or the key opens nothing.
        """
        if not self.may_show_persons:
            raise UsageError("outside_confidential")
        locked_bytes(key_file)
        identity = read_identity(key_file, passphrase)
        self.register = open_register(self.workspace, self.survey, self.wave, [identity])
        self.changed()

    def lock(self) -> None:
        """Forget the key and everything it opened."""
        self.register = None
        self.changed()

    def opened(self) -> Register:
        """Give the register; refused while it is locked."""
        if self.register is None:
            raise UsageError("register_locked")
        return self.register

    def record(self, code: str, state: State, day: str) -> bool:
        """Record what became of a person; says whether a printed page was destroyed with it."""
        register = self.opened()
        try:
            _, destroyed = acts.record(register, code, state, day, self.today)
        finally:
            self.register = acts.reopened(register)
        self.changed()
        return destroyed

    def make_page(self, code: str) -> Path:
        """Print one person's page into the confidential zone."""
        register = self.opened()
        path = acts.make_page(register, code, self.roster, self.today, self.lang)
        self.register = acts.reopened(register)
        self.changed()
        return path

    def make_head_page(self) -> Path:
        """Write the page for heads of schools."""
        return write_head_page(self.workspace, self.lang, self.today)

    # The notebook's steps, as it shows them.

    @cached_property
    def steps(self) -> "dict[str, Panel]":
        """Draw all steps; once, so that a cell that runs again shows the same fields."""
        from wellbeing.counsellor.fields import panels

        return panels(self)

    def choose(self) -> "Panel":
        """Step 1: file, wave, school."""
        return self.steps["choose"]

    def data_check(self) -> "Panel":
        """Step 2: is the data complete?"""
        return self.steps["check"]

    def worklist(self) -> "Panel":
        """Step 3: whom to see first, once the key opens it."""
        return self.steps["list"]

    def meaning(self) -> "Panel":
        """Step 4: what the list means in numbers."""
        return self.steps["meaning"]

    def record_contact(self) -> "Panel":
        """Step 5: what became of somebody."""
        return self.steps["record"]

    def school_report(self) -> "Panel":
        """Step 6: the school's issued report, and the page for its head."""
        return self.steps["report"]

    def county_view(self) -> "Panel":
        """Step 7, for the county's lead: every school's state."""
        return self.steps["county"]

    def _wave_list(self) -> tuple[WaveList, Quality]:
        if self._listed is None or self._listed[0] != self.wave:
            listed = list_wave(self.workspace, self.survey, self.wave)
            self._listed = (self.wave, listed, assess(listed.responses, self.survey))
        return self._listed[1], self._listed[2]

    def _alike(self, code: str) -> str:
        """Note that somebody's answers look uniform; never a reason to move anybody (statistics rules, 3.6)."""
        from wellbeing.quality import note_for

        try:
            _, quality = self._wave_list()
        except UsageError as error:
            if error.key != "no_answers":
                raise
            return ""  # her machine need not hold the answers
        return note_for(quality, code, self.lang)


def term_of(day: date) -> str:
    """Give the term that a day lies in: from February the spring term, from August the autumn term, January with it."""
    if day.month == 1:
        return f"{day.year - 1}-autumn"
    return f"{day.year}-{'spring' if day.month < 8 else 'autumn'}"
