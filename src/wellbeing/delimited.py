"""Delimited text that somebody else wrote: decode it strictly, find its delimiter, take it apart.

A wrong guess would turn names of schools into other characters, or two people into one, silently; so nothing is
guessed that could read as something else.
"""

import csv
import io
import re

#: So many bytes show what kind of text a large file is.
_LOOK = 262_144
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f]")
_COMMON_CHINESE = re.compile(r"[\u3000-\u303f\u4e00-\u9fff\uff00-\uffef]")
#: With this a spreadsheet program is told the delimiter; the program shows no such row.
_DELIMITER_LINE = re.compile(r"sep=([,\t;])\r?\n", re.IGNORECASE)
_DELIMITERS = ",\t;"
_LONGEST_FIELD = 2**31 - 1


class NotATable(Exception):
    """Why a file cannot be read: a problem's key, row, column and fields, where it has them."""

    def __init__(
        self, what: str, row: int | None = None, column: str | None = None, fields: dict[str, str | int] | None = None
    ) -> None:
        super().__init__(what)
        self.what = what
        self.row = row
        self.column = column
        self.fields = fields or {}


def decode(content: bytes) -> str:
    """Decode UTF-8, UTF-16 with a byte-order mark, or GB18030.

    Raises
    ------
    NotATable
        If it is another encoding, a mixture, or no text.
    """
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return _checked(content, "utf-16")
    if b"\x00" in content[:_LOOK]:
        # UTF-16 without its mark: every other byte of the commas is 0, and the rest is text.
        for encoding in ("utf-16-le", "utf-16-be"):
            text = content[: len(content) // 2 * 2].decode(encoding, errors="ignore")
            if any(mark in text for mark in _DELIMITERS) and not _CONTROL.search(text):
                raise NotATable("wrong_encoding")
        raise NotATable("not_a_table")
    if _CONTROL.search(content[:_LOOK].decode("latin-1")):
        raise NotATable("not_a_table")
    try:
        content.decode("utf-8-sig")
    except UnicodeDecodeError:
        # Half-broken UTF-8 often passes for GB18030 and reads as nonsense. Where most of it is good UTF-8, say so.
        guess = content[:_LOOK].decode("utf-8", errors="replace")
        if len(_COMMON_CHINESE.findall(guess)) > guess.count("\ufffd"):
            raise NotATable("wrong_encoding") from None
        return _checked(content, "gb18030")
    return _checked(content, "utf-8-sig")


def _checked(content: bytes, encoding: str) -> str:
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError:
        raise NotATable("wrong_encoding") from None
    # A web page or JSON under the name of a table, as some platforms hand out.
    if _CONTROL.search(text) or text.lstrip()[:1] in ("<", "{", "["):
        raise NotATable("not_a_table")
    return text


def split(text: str) -> list[list[str]]:
    """Take delimited text apart at commas, tabs or semicolons, whichever the first line has most of.

    Returns
    -------
    list of list of str
        One record per row as a spreadsheet shows it, blank rows included.

    Raises
    ------
    NotATable
        If there is nothing in it, if quotation marks do not pair, or if it has one column only.
    """
    if not text.strip():
        raise NotATable("empty_file")
    told = _DELIMITER_LINE.match(text)
    delimiter = told.group(1) if told else _delimiter(text)
    records: list[list[str]] = []
    reader = csv.reader(io.StringIO(text[told.end() :] if told else text, newline=""), delimiter=delimiter, strict=True)
    limit = csv.field_size_limit(min(len(text) + 1, _LONGEST_FIELD))
    try:
        records.extend(reader)
    except csv.Error:
        # An open quotation mark at the end of the file means that the file was cut there.
        raise NotATable("broken_quotes", len(records) + 1) from None
    finally:
        csv.field_size_limit(limit)
    width = max(map(len, records))
    if width < 2:
        raise NotATable("not_a_table")
    # Short cells, nearly all of them, cannot hold a row: this keeps a large file quick.
    for place, cells in enumerate(records):
        if any(len(cell) >= width and _holds_a_row(cell, delimiter, width) for cell in cells):
            raise NotATable("broken_quotes", place + 1)
    return records


def _delimiter(text: str) -> str:
    # Quoted headers may hold any of the marks, and line breaks too.
    first = re.sub(r'"[^"]*"', "", text[:_LOOK].lstrip("\r\n")).lstrip("\r\n")
    line = re.split(r"[\r\n]", first, maxsplit=1)[0]
    return max(_DELIMITERS, key=line.count)


def _holds_a_row(cell: str, delimiter: str, width: int) -> bool:
    """Say whether a cell swallowed a whole row: a quotation mark opened there and the next closed rows below."""
    return ("\n" in cell or "\r" in cell) and width >= 5 and cell.count(delimiter) >= width - 1
