"""Covering letters and the letter of a recall, from the workspace's templates; and the mails that carry them.

``reports/templates/letter_zh.txt``: the first line is the subject, the rest the letter; ``{school}``, ``{wave}`` and
the other fields are filled in. A county may change the words.
"""

import email.policy
import string
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path
from typing import Literal

from wellbeing.distribution.matching import Sending
from wellbeing.distribution.packing import Packing
from wellbeing.errors import InputError, Problem
from wellbeing.texts import say
from wellbeing.workspace import Workspace, kit_root

LetterKind = Literal["letter", "recall"]
#: What a template may ask for.
FIELDS = frozenset({"school", "school_id", "survey", "wave", "bureau", "file", "how_to_open", "replaces", "mark"})
_KINDS = {".pdf": ("application", "pdf"), ".zip": ("application", "zip"), ".age": ("application", "octet-stream")}


@dataclass(frozen=True)
class Letter:
    """A letter's subject and its body."""

    subject: str
    body: str


@dataclass(frozen=True)
class Sender:
    """From whom mails come, and the host that numbers them."""

    address: str
    name: str


def read_template(workspace: Workspace, kind: LetterKind, lang: str) -> str:
    """Read a template: the workspace's, or the kit's where an older workspace has none.

    Raises
    ------
    InputError
        If it is no UTF-8, has no subject line, or asks for a field that there is not.
    """
    name = f"{kind}_{lang}.txt"
    own = workspace.templates / name
    path = own if own.is_file() else kit_root() / "reports" / "templates" / name
    try:
        text = path.read_text(encoding="utf-8-sig")
        asked = {field for _, field, _, _ in string.Formatter().parse(text) if field is not None}
    except (UnicodeDecodeError, ValueError):
        raise InputError([Problem("letter_unread", name)]) from None
    problems = [Problem("letter_field", name, fields={"known": ", ".join(sorted(FIELDS))}) for _ in asked - FIELDS]
    subject, _, body = text.partition("\n")
    if not subject.strip() or not body.strip():
        problems.append(Problem("letter_unread", name))
    if problems:
        raise InputError(problems[:1])
    return text


def fill(template: str, fields: dict[str, str]) -> Letter:
    """Fill in a template."""
    subject, _, body = template.format_map(fields).partition("\n")
    return Letter(" ".join(subject.split()), body.strip("\n") + "\n")


def letter_fields(
    sending: Sending, county: dict[str, object], packing: Packing, replaces: str, mark: str, lang: str
) -> dict[str, str]:
    """Give what a letter may say about one school's file; of what stands in the report it says nothing."""
    return {
        "school": sending.recipient.name,
        "school_id": sending.recipient.school,
        "survey": str(county[f"survey_{lang}"]),
        "wave": sending.statement.wave,
        "bureau": str(county[f"bureau_{lang}"]),
        "file": sending.file_name,
        "how_to_open": say(f"distribution.open_{packing}", lang),
        "replaces": say("distribution.replaces", lang, digest=replaces[:12]) if replaces else "",
        "mark": mark,
    }


def make_mail(
    sending: Sending, letter: Letter, sender: Sender, attachments: dict[str, bytes], *, recall: bool = False
) -> bytes:
    """Make one mail for one address.

    Its Message-ID follows from school and file, so that a server that is given the same mail again can tell.
    """
    mail = EmailMessage(policy=email.policy.SMTP)
    mail["From"] = f"{sender.name} <{sender.address}>" if sender.name.isascii() and sender.name else sender.address
    mail["To"] = sending.recipient.email
    mail["Subject"] = letter.subject
    host = sender.address.rpartition("@")[2]
    number = f"{'recall-' if recall else ''}{sending.recipient.school}.{sending.statement.sha256[:32]}"
    mail["Message-ID"] = f"<{number}@{host}>"
    mail.set_content(letter.body, cte="base64")
    for name, content in attachments.items():
        main, sub = _KINDS.get(Path(name).suffix, ("application", "octet-stream"))
        mail.add_attachment(content, maintype=main, subtype=sub, filename=name)
    return mail.as_bytes()
