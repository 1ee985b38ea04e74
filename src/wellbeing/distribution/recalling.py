"""Take a recalled release back from the schools: a letter to every one that has, or may have, a file of it."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal

from wellbeing import audit_log
from wellbeing.disclosure.release import Release, read_release
from wellbeing.disclosure.state import state_of
from wellbeing.distribution.carrying import Means
from wellbeing.distribution.letters import fill, letter_fields, make_mail, read_template
from wellbeing.distribution.mailing import Ending
from wellbeing.distribution.matching import Sending
from wellbeing.distribution.packing import packed_name
from wellbeing.distribution.plan import recipients_of
from wellbeing.distribution.recipients import Recipient
from wellbeing.distribution.register import Event, Line, Register, enter, stamp
from wellbeing.errors import UsageError
from wellbeing.keys import verify_keys
from wellbeing.signoff.statements import Statement, distribution_folder
from wellbeing.whole_files import write_whole
from wellbeing.workspace import Workspace

#: Ways that a letter can go.
RecallWay = Literal["folder", "eml", "smtp"]
_ENDED: dict[Ending, Event] = {
    "sent": "recall_sent",
    "refused": "recall_refused",
    "failed": "recall_failed",
    "unsure": "recall_unsure",
}


@dataclass(frozen=True)
class RecallRow:
    """A school that has a file of the recalled release, in one language; `done` if its letter went already."""

    recipient: Recipient
    held: Line
    done: bool
    unsure: bool


def recall_rows(
    workspace: Workspace, survey: str, wave: str, way: RecallWay, register: Register
) -> tuple[Release, tuple[RecallRow, ...]]:
    """Say who gets the letter.

    Raises
    ------
    UsageError
        If the release is not recalled.
    """
    folder, keys = workspace.released(survey, wave), verify_keys(workspace)
    if state_of(folder, keys).name != "recalled":
        raise UsageError("not_recalled", wave=wave)
    release = read_release(folder, keys or None)
    rows = []
    for school, recipient in recipients_of(workspace, release, "eml" if way != "folder" else "folder", "plain").items():
        for lang in ("zh", "en"):
            held = register.held(school, lang)
            if held is None:
                continue
            last = register.last(school, lang, recall=True)
            done = last is not None and last.event in ("recall_sent", "recall_made") and last.way == way
            unsure = last is not None and last.event in ("recall_sending", "recall_unsure")
            rows.append(RecallRow(recipient, held, done, unsure))
    return release, tuple(rows)


def send_recall(
    workspace: Workspace,
    survey: str,
    wave: str,
    way: RecallWay,
    release: Release,
    rows: tuple[RecallRow, ...],
    register: Path,
    means: Means,
    now: datetime | None = None,
    told: Callable[[str, Event], None] = lambda school, event: None,
) -> list[Event]:
    """Write or send the letters; give how each ended.

    Raises
    ------
    UsageError
        If there is no mail server to be had.
    """
    endings: list[Event] = []
    for row in rows:
        if row.done or row.unsure:
            continue
        event = _send(workspace, survey, wave, way, release, row, register, means, now)
        endings.append(event)
        told(row.recipient.school, event)
    if done := sum(event in ("recall_made", "recall_sent") for event in endings):
        audit_log.append(workspace, "recall_sent", "officer", survey=survey, wave=wave, files=done)
    return endings


def _send(
    workspace: Workspace,
    survey: str,
    wave: str,
    way: RecallWay,
    release: Release,
    row: RecallRow,
    register: Path,
    means: Means,
    now: datetime | None,
) -> Event:
    lang = row.recipient.lang or row.held.lang
    sending = _sending(row, survey, wave, release)
    fields = letter_fields(sending, release.county, "plain", "", "", lang)
    letter = fill(read_template(workspace, "recall", lang), fields)
    folder = distribution_folder(workspace, survey, wave) / row.held.lang / "recall"
    text = f"{letter.subject}\n\n{letter.body}".encode()

    def note(event: Event) -> Event:
        digest = hashlib.sha256(text).hexdigest()
        to = row.recipient.email if way != "folder" else ""
        line = Line(stamp(now), event, row.recipient.school, row.held.lang, row.held.pdf, digest, way, to)
        enter(register, line)
        return event

    if way == "folder":
        write_whole(folder / f"{row.recipient.school}_{wave}.txt", text)
        return note("recall_made")
    if means.sender is None:
        raise UsageError("mail_no_settings")
    mail = make_mail(sending, letter, means.sender, {}, recall=True)
    if way == "eml":
        write_whole(folder / f"{row.recipient.school}_{wave}.eml", mail)
        return note("recall_made")
    if means.box is None:
        raise UsageError("mail_no_settings")
    note("recall_sending")
    try:
        ending = means.box.send(row.recipient.email, mail)
    except UsageError:
        note("recall_failed")
        raise
    return note(_ENDED[ending])


def _sending(row: RecallRow, survey: str, wave: str, release: Release) -> Sending:
    school = row.recipient.school
    said = Statement(school, "", survey, wave, row.held.lang, release.digest, row.held.pdf)
    return Sending(row.recipient, "", said, b"", packed_name(school, wave, "plain"))
