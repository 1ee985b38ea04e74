"""Carry a plan out: write or send each school's file, and enter in the register what became of it, school by school."""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Protocol

from wellbeing import audit_log
from wellbeing.distribution.letters import Sender, fill, letter_fields, make_mail, read_template
from wellbeing.distribution.mailing import Ending
from wellbeing.distribution.matching import Sending, check_message, check_sending
from wellbeing.distribution.packing import pack, packed_name
from wellbeing.distribution.plan import Plan, Row
from wellbeing.distribution.register import Event, Line, enter, read_register, stamp
from wellbeing.errors import UsageError
from wellbeing.keys import verify_keys
from wellbeing.keys.holders import to_compare
from wellbeing.signoff.statements import distribution_folder, statement_file
from wellbeing.whole_files import write_whole
from wellbeing.workspace import Workspace


class Box(Protocol):
    """What sends a mail and says how that ended."""

    def send(self, to: str, mail: bytes) -> Ending: ...


@dataclass(frozen=True)
class Means:
    """What a way needs: passwords for ``zip`` and ``pdf``, a sender for mails, a box for those that are sent."""

    passwords: Mapping[str, str] = field(default_factory=dict)
    sender: Sender | None = None
    box: Box | None = None


@dataclass(frozen=True)
class Carried:
    """What was done: each school of the plan that went, and how it ended; ``stopped`` if not all were tried."""

    endings: dict[str, Event]
    stopped: UsageError | None = None

    @property
    def well(self) -> int:
        return sum(event in ("made", "sent") for event in self.endings.values())


def handed_out_folder(workspace: Workspace, plan: Plan) -> Path:
    """Say where the files of a plan are written."""
    return distribution_folder(workspace, plan.survey, plan.wave) / plan.lang / plan.way


def carry_out(
    workspace: Workspace,
    plan: Plan,
    register: Path,
    means: Means,
    now: datetime | None = None,
    told: Callable[[str, Event], None] = lambda school, event: None,
) -> Carried:
    """Carry out the rows that go, one school after the other.

    Parameters
    ----------
    workspace : Workspace
    plan : Plan
    register : Path
        Held by `register.register_held`.
    means : Means
    now : datetime, optional
    told : callable
        Called after each school.

    Returns
    -------
    Carried

    Raises
    ------
    ArtefactRefused
        If a file turns out not to be its school's; those before it stay done.
    OSError
        If the disk is full; what is in the register is what was done.
    """
    endings: dict[str, Event] = {}
    stopped: UsageError | None = None
    for row in plan.rows:
        if not row.goes or row.sending is None:
            continue
        check_sending(row.sending, read_register(register))
        try:
            event = _carry(workspace, plan, row, row.sending, register, means, now)
        except UsageError as error:  # no server: the others would fare no better
            stopped = error
            break
        endings[row.recipient.school] = event
        told(row.recipient.school, event)
    if done := sum(event in ("made", "sent") for event in endings.values()):
        audit_log.append(workspace, "reports_sent", "officer", survey=plan.survey, wave=plan.wave, files=done)
    return Carried(endings, stopped)


def _carry(
    workspace: Workspace,
    plan: Plan,
    row: Row,
    sending: Sending,
    register: Path,
    means: Means,
    now: datetime | None,
) -> Event:
    school = row.recipient.school
    content = pack(sending.pdf, row.recipient, plan.wave, plan.packing, means.passwords)
    signature = statement_file(workspace, plan.survey, plan.wave, plan.lang, school).read_bytes()
    folder = handed_out_folder(workspace, plan)
    digest = hashlib.sha256(content).hexdigest()

    def line(event: Event) -> Line:
        address = row.recipient.email if plan.way in ("eml", "smtp") else ""
        return Line(stamp(now), event, school, plan.lang, sending.statement.sha256, digest, plan.way, address)

    if plan.way not in ("eml", "smtp"):
        for name, part in _parts(plan, sending, content, signature).items():
            write_whole(folder / school / name, part)
        enter(register, line("made"))
        return "made"
    mail = _mail(workspace, plan, row, sending, content, signature, means)
    if plan.way == "eml":
        write_whole(folder / f"{school}_{plan.wave}.eml", mail)
        enter(register, line("made"))
        return "made"
    if means.box is None:
        raise UsageError("mail_no_settings")
    # Before, so that whatever happens to this process nobody is sent the same thing twice.
    enter(register, line("sending"))
    try:
        ending = means.box.send(row.recipient.email, mail)
    except UsageError:
        enter(register, line("failed"))
        raise
    enter(register, line(ending))
    return ending


def _mail(
    workspace: Workspace, plan: Plan, row: Row, sending: Sending, content: bytes, signature: bytes, means: Means
) -> bytes:
    if means.sender is None:
        raise UsageError("mail_no_settings")
    lang = row.recipient.lang or plan.lang
    replaces = row.before.pdf if row.state == "replaces" and row.before is not None else ""
    keys = verify_keys(workspace)
    mark = to_compare(keys[-1].public_bytes_raw().hex()) if keys else ""
    fields = letter_fields(sending, plan.release.county, plan.packing, replaces, mark, lang)
    letter = fill(read_template(workspace, "letter", lang), fields)
    parts = _parts(plan, sending, content, signature)
    mail = make_mail(sending, letter, means.sender, parts)
    check_message(mail, sending, parts)
    return mail


def _parts(plan: Plan, sending: Sending, content: bytes, signature: bytes) -> dict[str, bytes]:
    """Give what a school is handed, by name: its file, and the signature where that fits the file once unpacked."""
    if plan.packing == "pdf":
        return {sending.file_name: content}
    return {sending.file_name: content, f"{packed_name(sending.recipient.school, plan.wave, 'plain')}.sig": signature}
