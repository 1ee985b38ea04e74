"""Who would get what: one row for each school of the roster, made before anything is written or sent."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

from wellbeing.disclosure.release import Release
from wellbeing.distribution.matching import Sending, check_sending
from wellbeing.distribution.packing import Packing, packed_name
from wellbeing.distribution.recipients import Recipient, read_recipients, recipients_file
from wellbeing.distribution.register import Line, Register
from wellbeing.errors import InputError, Problem
from wellbeing.keys import verify_keys
from wellbeing.signoff.let_go import units_of_schools
from wellbeing.signoff.standing import SignOff
from wellbeing.signoff.statements import read_statement, statement_file
from wellbeing.surveys import read_roster
from wellbeing.workspace import Workspace

Way = Literal["folder", "zip", "pdf", "age", "eml", "smtp"]
WAYS: tuple[Way, ...] = ("folder", "zip", "pdf", "age", "eml", "smtp")
#: What a school's row says.
RowState = Literal["ready", "again", "replaces", "done", "unsure", "bounced", "no_report"]
#: Rows that are carried out.
GOES = frozenset({"ready", "again", "replaces"})


@dataclass(frozen=True)
class Row:
    """One school: to whom, what, and whether it goes.

    Attributes
    ----------
    recipient : Recipient
    state : str
        ``ready``; ``again`` (asked for anew); ``replaces`` (it has an earlier file, which this one supersedes);
        ``done`` (it has this file); ``unsure`` (it may have it: a mail broke off); ``bounced``; ``no_report``.
    sending : Sending or None
    before : Line or None
        The last line by which the school has, or may have, a file.
    """

    recipient: Recipient
    state: RowState
    sending: Sending | None = None
    before: Line | None = None

    @property
    def goes(self) -> bool:
        return self.state in GOES


@dataclass(frozen=True)
class Plan:
    """Every school's row, and the release that the files were made from."""

    survey: str
    wave: str
    lang: str
    way: Way
    packing: Packing
    release: Release
    rows: tuple[Row, ...]


def recipients_of(workspace: Workspace, release: Release, way: Way, packing: Packing) -> dict[str, Recipient]:
    """Read the recipients as a way needs them."""
    roster = {str(school): str(name) for school, name in read_roster(workspace.roster).schools["name"].items()}
    released = {str(school): str(name) for school, name in dict(release.county.get("school_names", {})).items()}
    mailed = way in ("eml", "smtp")
    return read_recipients(
        recipients_file(workspace), roster, addresses=mailed, keys=packing == "age", released=released
    )


def make_plan(
    workspace: Workspace,
    survey: str,
    wave: str,
    lang: str,
    way: Way,
    packing: Packing,
    found: SignOff,
    register: Register,
    again: frozenset[str] = frozenset(),
) -> Plan:
    """Plan what each school gets.

    Parameters
    ----------
    workspace : Workspace
    survey, wave, lang : str
    way, packing : str
    found : SignOff
        From `wellbeing.signoff.approval.require_issued`.
    register : Register
    again : frozenset of str
        Schools that get their file once more whatever the register says.

    Raises
    ------
    InputError
        If the recipients, or a signature, are not as they should be.
    ArtefactRefused
        If a file is not the school's that it is meant for.
    """
    keys = verify_keys(workspace)
    release = found.material.cleared
    recipients = recipients_of(workspace, release, way, packing)
    homes = {school: unit for unit, school in units_of_schools(release.units.to_dict("records"))}
    rows: list[Row] = []
    problems: list[Problem] = []
    for school, recipient in recipients.items():
        unit = homes.get(school, "")
        digest = found.material.reports.get(f"{lang}/{unit}_{wave}.pdf")
        if digest is None:
            rows.append(Row(recipient, "no_report", before=register.held(school, lang)))
            continue
        signature = statement_file(workspace, survey, wave, lang, school)
        try:
            statement, _ = read_statement(signature.read_bytes(), signature.name, keys)
        except FileNotFoundError:
            problems.append(Problem("sig_gone", signature.name))
            continue
        except InputError as error:
            problems += error.problems
            continue
        pdf = (workspace.output(survey, wave) / lang / f"{unit}_{wave}.pdf").read_bytes()
        sending = Sending(recipient, unit, statement, pdf, packed_name(school, wave, packing))
        check_sending(sending, register)
        rows.append(_row(sending, register, lang, way, again))
    if problems:
        raise InputError(problems)
    return Plan(survey, wave, lang, way, packing, release, tuple(rows))


def only(plan: Plan, schools: Mapping[str, object] | frozenset[str]) -> Plan:
    """Keep the rows of some schools; all where none is named."""
    return replace(plan, rows=tuple(r for r in plan.rows if r.recipient.school in schools)) if schools else plan


def _row(sending: Sending, register: Register, lang: str, way: Way, again: frozenset[str]) -> Row:
    school = sending.recipient.school
    before = register.held(school, lang)
    state: RowState
    if before is None:
        state = "ready"
    elif school in again:
        state = "again" if before.pdf == sending.statement.sha256 else "replaces"
    elif before.event in ("unsure", "sending"):
        # Also of an earlier file: until somebody asked, nobody knows what the school holds.
        state = "unsure"
    elif before.pdf != sending.statement.sha256:
        state = "replaces"
    elif before.event == "bounced":
        state = "bounced"
    else:
        # What was only made ready in one way may be made in another; what was sent is not sent again.
        state = "ready" if before.event == "made" and before.way != way else "done"
    return Row(sending.recipient, state, sending, before)
