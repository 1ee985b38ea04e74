"""Pack one school's report: as it is, in a zip archive, as an encrypted copy, or sealed to the school's key."""

import io
import secrets
from collections.abc import Mapping
from typing import Literal

from wellbeing.distribution.recipients import Recipient
from wellbeing.distribution.zip_aes import encrypted_zip
from wellbeing.keys import envelope

Packing = Literal["plain", "zip", "pdf", "age"]
PACKINGS: tuple[Packing, ...] = ("plain", "zip", "pdf", "age")
_ENDINGS = {"plain": ".pdf", "pdf": ".pdf", "zip": ".zip", "age": ".pdf.age"}


def packed_name(school: str, wave: str, packing: Packing) -> str:
    """Name a school's file: its code and the wave, and nothing else."""
    return f"{school}_{wave}{_ENDINGS[packing]}"


def pack(pdf: bytes, recipient: Recipient, wave: str, packing: Packing, passwords: Mapping[str, str]) -> bytes:
    """Pack a report for one school.

    Parameters
    ----------
    pdf : bytes
    recipient : Recipient
    wave : str
    packing : str
    passwords : mapping
        School to its password; used by ``zip`` and ``pdf``.
    """
    if packing == "zip":
        return encrypted_zip(packed_name(recipient.school, wave, "plain"), pdf, passwords[recipient.school])
    if packing == "pdf":
        return encrypted_copy(pdf, passwords[recipient.school])
    if packing == "age":
        return envelope.seal(pdf, [recipient.key])
    return pdf


def encrypted_copy(pdf: bytes, password: str) -> bytes:
    """Encrypt a PDF with AES-256 (PDF 2.0, revision 6).

    It is a copy: PDF/A does not allow encryption, so it is none any more, and the signature belongs to the original.
    """
    from pypdf import PdfReader, PdfWriter

    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(pdf)))
    # The owner's password, which would lift restrictions that are not set, is nobody's.
    writer.encrypt(password, secrets.token_urlsafe(32), algorithm="AES-256")
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()
