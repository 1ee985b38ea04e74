"""Nobody gets another school's report: what says whose a file is, held against each other before it leaves.

Five things name a school: the codes inside the PDF, the signature beside it, the file's name, the recipient and the
register. Each is read anew from what is about to leave, never taken from the plan that made it.
"""

import email
import email.policy
import hashlib
import io
import re
from dataclasses import dataclass
from email.message import EmailMessage

from wellbeing.distribution.recipients import Recipient
from wellbeing.distribution.register import Register
from wellbeing.errors import ArtefactRefused
from wellbeing.signoff.statements import Statement
from wellbeing.texts import current_language, say

_NAME = re.compile(r"(?P<school>.+)_(?P<wave>[12][0-9]{3}(-(spring|autumn))?)\.(pdf|zip|pdf\.age|eml)")


@dataclass(frozen=True)
class Sending:
    """One school's file on its way: the report's bytes, what is said of it, and for whom it is."""

    recipient: Recipient
    unit: str
    statement: Statement
    pdf: bytes
    file_name: str


def codes_inside(pdf: bytes) -> tuple[str, str, str] | None:
    """Read the unit, survey and wave that a report carries in its keywords; None where it carries none."""
    from pypdf import PdfReader
    from pypdf.errors import PyPdfError

    try:
        metadata = PdfReader(io.BytesIO(pdf)).metadata
    except (PyPdfError, ValueError, OSError):
        return None
    told = "" if metadata is None else str(metadata.get("/Keywords", ""))
    words = [word.strip() for word in told.split(",")]
    return (words[0], words[1], words[2]) if len(words) == 3 and all(words) else None


def check_sending(sending: Sending, register: Register) -> None:
    """Hold against each other what a file says of itself and where it is about to go.

    Raises
    ------
    ArtefactRefused
        If any two differ; nothing may be sent then. Which two is told, by kind.
    """
    said, to = sending.statement, sending.recipient
    name = _NAME.fullmatch(sending.file_name)
    fits = {
        "content": said.sha256 == hashlib.sha256(sending.pdf).hexdigest(),
        "inside": codes_inside(sending.pdf) == (sending.unit, said.survey, said.wave),
        "signature": (said.school, said.unit) == (to.school, sending.unit),
        "file_name": name is not None and (name["school"], name["wave"]) == (to.school, said.wave),
        "register": not register.address_of_other(to.school, to.email),
    }
    if wrong := [f"distribution.check_{what}" for what, right in fits.items() if not right]:
        raise Mismatch(to.school, wrong)


def check_message(message: bytes, sending: Sending, attached: dict[str, bytes]) -> None:
    """Read a finished mail as its receiver will, and hold it against what it should be.

    Raises
    ------
    ArtefactRefused
        If it goes to anybody else or more than one, or carries anything but this school's file and signature.
    """
    read = email.message_from_bytes(message, _class=EmailMessage, policy=email.policy.default)
    names = [part.get_filename() for part in read.iter_attachments()]
    contents = [part.get_payload(decode=True) for part in read.iter_attachments()]
    recipients = [str(value) for header in ("To", "Cc", "Bcc") for value in read.get_all(header, [])]
    fits = {
        "recipient": recipients == [sending.recipient.email],
        "file_name": names == list(attached) and names[:1] == [sending.file_name],
        "content": contents == list(attached.values()),
    }
    if wrong := [f"distribution.check_{what}" for what, right in fits.items() if not right]:
        raise Mismatch(sending.recipient.school, wrong)


class Mismatch(ArtefactRefused):
    """A file that is not this school's; everything stops until a person has found out why."""

    def __init__(self, school: str, what: list[str]) -> None:
        super().__init__("mismatch", school=school)
        self.what = tuple(what)

    def message(self, lang: str | None = None) -> str:
        spoken = lang or current_language()
        told = say("distribution.list", spoken).join(say(what, spoken) for what in self.what)
        return say("errors.mismatch", spoken, school=self.fields["school"], what=told)
