"""Read a file by what it holds, never by its name: which reader it goes to, and what all of them have in common."""

import base64
import binascii
import bz2
import gzip
import io
import json
import lzma
import re
import struct
import tarfile
import zipfile
import zlib
from typing import Any

from wellbeing.scan.pdf import read_pdf
from wellbeing.scan.pieces import Found, Mark, Piece, Place, raw_pieces

#: An archive within an archive within ... : nobody hands that out.
_DEPTH = 5
#: Lists within lists of a JSON document.
_NESTED = 100
#: Bytes that all archives of one file may unpack to, and members that they may have.
_MOST_BYTES, _MOST_MEMBERS = 512 * 2**20, 20_000

_PNG = b"\x89PNG\r\n\x1a\n"
#: What the readers of archives raise on damaged ones; that a file is damaged is a finding here.
_DAMAGED = (
    zipfile.BadZipFile,
    tarfile.TarError,
    zlib.error,
    lzma.LZMAError,
    struct.error,
    OSError,
    EOFError,
    ValueError,
    NotImplementedError,
    RuntimeError,
    OverflowError,
    LookupError,
)
#: Chunks of a picture that hold numbers only.
_PNG_PLAIN = {
    b"IHDR",
    b"PLTE",
    b"IDAT",
    b"IEND",
    b"tRNS",
    b"gAMA",
    b"cHRM",
    b"sRGB",
    b"pHYs",
    b"sBIT",
    b"bKGD",
    b"hIST",
}
_TAG = re.compile(r"<[^<>]*>")
_COMMENT = re.compile(r"<!--(.*?)-->", re.S)
_DATA_ADDRESS = re.compile(r"data:[\w./+-]*(?:;[\w=-]+)*;base64,([A-Za-z0-9+/=\s]+)")
_BASE64 = re.compile(r"[A-Za-z0-9+/\s]{64,}={0,2}\s*")


class Reader:
    """Reads one file and whatever is packed into it, within bounds."""

    def __init__(self) -> None:
        self._bytes = 0
        self._members = 0

    def read(self, place: Place, content: bytes) -> Found:
        """Give everything that stands in `content`: what cannot be read as well."""
        if len(place) > 2 * _DEPTH:
            yield Mark(place, "unread")
        elif content.startswith(b"%PDF-") or b"%PDF-" in content[:1024]:
            yield from read_pdf(place, content, self.read)
        elif content.startswith(_PNG):
            yield from self._png(place, content)
        elif content.startswith(b"\xff\xd8\xff"):
            yield from _jpeg(place, content)
        elif content.startswith((b"PK\x03\x04", b"PK\x05\x06")):
            yield from self._zip(place, content)
        elif content.startswith((b"\x1f\x8b", b"BZh", b"\xfd7zXZ")):
            yield from self._packed(place, content)
        elif content[257:262] == b"ustar":
            yield from self._tar(place, content)
        else:
            text = _as_text(content)
            if text is None:
                yield from raw_pieces(place, content)
                yield Mark(place, "unread")
            else:
                yield from self._text(place, text)

    def _text(self, place: Place, text: str) -> Found:
        yield Piece(place, text)
        start = text.lstrip()[:1]
        if start == "<":
            for number, comment in enumerate(_COMMENT.findall(text), start=1):
                yield Piece((*place, ("comment", number)), comment)
            # A code may be cut by tags, as a workbook's rich text is; twice, with and without a gap.
            yield Piece(place, _TAG.sub("", _COMMENT.sub("", text)))
            yield Piece(place, _TAG.sub("\n", _COMMENT.sub("", text)))
        elif start and start in "{[":
            try:
                document = json.loads(text)
            except ValueError:  # text that only begins like JSON was read as text above
                document = None
            except RecursionError:
                yield Mark(place, "unread")
                document = None
            yield from self._json(place, document)
        for number, packed in enumerate(_DATA_ADDRESS.findall(text), start=1):
            yield from self._base64((*place, ("embedded", number)), packed)

    def _json(self, place: Place, thing: Any, depth: int = 0) -> Found:
        """Walk over a JSON document; the cells of a notebook are counted."""
        if depth > _NESTED:
            yield Mark(place, "unread")
        elif isinstance(thing, dict):
            cells = thing.get("cells")
            if isinstance(cells, list) and "nbformat" in thing:
                for number, cell in enumerate(cells, start=1):
                    yield from self._json((*place, ("cell", number)), cell, depth + 1)
                thing = {key: part for key, part in thing.items() if key != "cells"}
                place = (*place, ("notebook", 0))
            for key, part in thing.items():
                yield Piece(place, str(key))
                # A notebook writes a text as a list of its lines.
                if isinstance(part, list) and part and all(isinstance(line, str) for line in part):
                    part = "".join(part)
                yield from self._json(place, part, depth + 1)
        elif isinstance(thing, list):
            for part in thing:
                yield from self._json(place, part, depth + 1)
        elif isinstance(thing, str):
            yield Piece(place, thing)
            if thing.lstrip()[:1] == "<":
                yield from self._text(place, thing)
            elif _BASE64.fullmatch(thing) and len(place) <= 2 * _DEPTH:
                yield from self._base64((*place, ("embedded", 0)), thing)
        elif thing is not None and not isinstance(thing, bool):
            yield Piece(place, str(thing))

    def _base64(self, place: Place, packed: str) -> Found:
        try:
            content = base64.b64decode("".join(packed.split()), validate=True)
        except (binascii.Error, ValueError):  # a long word; it was read as text
            return
        if _as_text(content) is None and not content.startswith((_PNG, b"\xff\xd8\xff", b"%PDF", b"PK", b"\x1f\x8b")):
            # Most long words decode to something, a digest for example; what is no known file is looked at as bytes.
            yield from raw_pieces(place, content)
            return
        yield from self.read(place, content)

    def _png(self, place: Place, content: bytes) -> Found:
        at, number = len(_PNG), 0
        while at + 12 <= len(content):
            (size,) = struct.unpack(">I", content[at : at + 4])
            kind, data = content[at + 4 : at + 8], content[at + 8 : at + 8 + size]
            at += 12 + size
            number += 1
            here = (*place, ("chunk", number))
            if at > len(content):
                break
            if kind in {b"tEXt", b"zTXt", b"iTXt", b"iCCP"}:
                yield from raw_pieces(here, data)
                yield from raw_pieces(here, _unpacked_chunk(kind, data))
                yield Piece(here, data.decode("utf-8", "ignore").replace("\0", "\n"))
                yield Piece(here, _unpacked_chunk(kind, data).decode("utf-8", "ignore"))
            elif kind not in _PNG_PLAIN:
                yield from raw_pieces(here, data)
            if kind == b"IEND":
                if content[at:]:
                    yield Mark((*place, ("after_end", 0)), "after_end")
                    yield from raw_pieces((*place, ("after_end", 0)), content[at:])
                return
        yield Mark(place, "unread")

    def _zip(self, place: Place, content: bytes) -> Found:
        try:
            archive = zipfile.ZipFile(io.BytesIO(content))
            members = archive.infolist()
        except _DAMAGED:
            yield from raw_pieces(place, content)
            yield Mark(place, "unread")
            return
        # Names, comments and the fields beside them; and whatever stands between the members.
        yield Piece((*place, ("comment", 0)), archive.comment.decode("utf-8", "ignore"))
        for number, member in enumerate(members, start=1):
            here = (*place, ("member", number))
            yield Piece((*here, ("name", 0)), member.filename)
            yield from raw_pieces(here, member.comment + member.extra)
            if member.is_dir():
                continue
            if member.flag_bits & 1 or not self._room(member.file_size):
                yield Mark(here, "unread")
                continue
            try:
                data = archive.read(member)
            except _DAMAGED:
                yield Mark(here, "unread")
                continue
            yield from self.read(here, data)
        gaps = _outside_members(content, members)
        if gaps:
            yield from raw_pieces((*place, ("outside", 0)), gaps)

    def _tar(self, place: Place, content: bytes) -> Found:
        members: list[tuple[tarfile.TarInfo, bytes | None]] = []
        whole = True
        try:
            with tarfile.open(fileobj=io.BytesIO(content)) as archive:
                for member in archive:
                    packed = archive.extractfile(member) if member.isfile() and self._room(member.size) else None
                    members.append((member, None if packed is None else packed.read()))
        except _DAMAGED:
            whole = False
        for number, (member, data) in enumerate(members, start=1):
            here = (*place, ("member", number))
            yield Piece((*here, ("name", 0)), f"{member.name}\n{member.linkname}")
            yield Piece(here, "\n".join((member.uname, member.gname, *map(str, member.pax_headers.values()))))
            if data is not None:
                yield from self.read(here, data)
            elif not member.isdir():
                yield Mark(here, "unread")
        if not whole:
            yield Mark(place, "unread")

    def _packed(self, place: Place, content: bytes) -> Found:
        opener: Any = gzip.open if content[:2] == b"\x1f\x8b" else bz2.open if content[:3] == b"BZh" else lzma.open
        left = _MOST_BYTES - self._bytes
        # The name of what was packed stands in the head of a gzip file.
        yield from raw_pieces((*place, ("name", 0)), content[:512])
        try:
            with opener(io.BytesIO(content)) as file:
                data = file.read(left + 1)
        except _DAMAGED:
            yield Mark(place, "unread")
            return
        if not self._room(len(data)):
            yield Mark(place, "unread")
            return
        yield from self.read((*place, ("member", 1)), data)

    def _room(self, size: int) -> bool:
        self._bytes += size
        self._members += 1
        return self._bytes <= _MOST_BYTES and self._members <= _MOST_MEMBERS


def _unpacked_chunk(kind: bytes, data: bytes) -> bytes:
    """Unpack what a PNG's text chunk holds; empty where it is not packed."""
    _, _, rest = data.partition(b"\0")
    if kind == b"iTXt":
        if rest[:1] != b"\1":
            return b""
        rest = rest[2:].split(b"\0", 2)[-1]
    elif kind in {b"zTXt", b"iCCP"}:
        rest = rest[1:]
    else:
        return b""
    try:
        return zlib.decompressobj().decompress(rest, _MOST_BYTES)
    except zlib.error:
        return b""


def _jpeg(place: Place, content: bytes) -> Found:
    """Read a JPEG's segments up to the picture itself, and what stands behind it."""
    at, number = 2, 0
    while at + 4 <= len(content) and content[at] == 0xFF:
        marker, size = content[at + 1], int.from_bytes(content[at + 2 : at + 4], "big")
        number += 1
        if 0xE0 <= marker <= 0xEF or marker == 0xFE:
            segment = content[at + 4 : at + 2 + size]
            yield from raw_pieces((*place, ("chunk", number)), segment)
            yield Piece(
                (*place, ("chunk", number)), segment.decode("latin-1").replace("\0", "\n"), raw=not segment.isascii()
            )
        at += 2 + size
        if marker == 0xDA:
            end = content.rfind(b"\xff\xd9")
            if end < at:
                break
            behind = content[end + 2 :]
            if behind.strip(b"\0"):
                yield Mark((*place, ("after_end", 0)), "after_end")
                yield from raw_pieces((*place, ("after_end", 0)), behind)
            return
    yield Mark(place, "unread")


def _outside_members(content: bytes, members: list[zipfile.ZipInfo]) -> bytes:
    """Give the bytes in front of an archive's first member and those of its directory."""
    starts = sorted(member.header_offset for member in members)
    if not starts:
        return content
    last = max(members, key=lambda member: member.header_offset)
    return content[: starts[0]] + b"\n" + content[last.header_offset + last.compress_size :]


def _as_text(content: bytes) -> str | None:
    """Decode a text file; None where it is none."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        encodings: tuple[str, ...] = ("utf-16",)
    elif b"\0" in content:
        return None
    else:
        encodings = ("utf-8-sig", "gb18030")
    for encoding in encodings:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        # Control characters that no text has: bytes that happen to decode.
        if not _controls(text):
            return text
    return None


def _controls(text: str) -> bool:
    return re.search(r"[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f]", text) is not None
