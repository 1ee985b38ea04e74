"""Delimited text that somebody else wrote: tell its encoding, find its delimiter, take it apart.

A wrong guess would turn names of schools into other characters, or two people into one, silently; so nothing is
guessed that could read as something else.
"""

import codecs
import csv
import io
import re
from collections.abc import Iterator
from itertools import chain

#: So many bytes show what kind of text a large file is.
_LOOK = 262_144
_CHUNK = 1 << 22
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f]")
_COMMON_CHINESE = re.compile(r"[\u3000-\u303f\u4e00-\u9fff\uff00-\uffef]")
#: With this a spreadsheet program is told the delimiter; the program shows no such row.
_DELIMITER_LINE = re.compile(r"sep=([,\t;|])\r?\n", re.IGNORECASE)
_DELIMITERS = ",\t;|"
_LONGEST_FIELD = 2**31 - 1
#: What Windows and older programs of western Europe and America write.
WESTERN = "cp1252"
#: Beyond that no school's answers are meant, and the texts would fill the memory.
MOST_BYTES = 200_000_000
MOST_CELLS = 10_000_000
#: So many different cells are kept once each; beyond that hardly any comes again.
_REMEMBERED = 500_000


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
    encoding = encoding_of(content)
    if encoding == WESTERN:
        raise NotATable("wrong_encoding")
    return content.decode(encoding)


def encoding_of(content: bytes) -> str:
    """Tell a text's encoding: UTF-8, UTF-16 with a byte-order mark, GB18030, or Windows-1252.

    Windows-1252 gives every byte a character, so it is told only of a text that is no UTF-8, that would be no Chinese
    in GB18030, and that is nearly all ASCII, as western exports with a few accents or stray bytes are.

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
            text = content[: min(len(content), _LOOK) // 2 * 2].decode(encoding, errors="ignore")
            if any(mark in text for mark in _DELIMITERS) and not _CONTROL.search(text):
                raise NotATable("wrong_encoding")
        raise NotATable("not_a_table")
    if _CONTROL.search(content[:_LOOK].decode("latin-1")):
        raise NotATable("not_a_table")
    try:
        return _checked(content, "utf-8-sig")
    except UnicodeDecodeError:
        pass
    # Half-broken UTF-8 often passes for GB18030 and reads as nonsense. Where most of it is good UTF-8, say so.
    guess = content[:_LOOK].decode("utf-8", errors="replace")
    if len(_COMMON_CHINESE.findall(guess)) > guess.count("\ufffd"):
        raise NotATable("wrong_encoding")
    for encoding, fits in (("gb18030", _is_chinese), (WESTERN, _is_western)):
        if fits(content):
            try:
                return _checked(content, encoding)
            except UnicodeDecodeError:
                continue
    raise NotATable("wrong_encoding")


def split(text: str) -> list[list[str]]:
    """Take delimited text apart at commas, tabs, semicolons or upright strokes, whichever makes a table of it.

    Returns
    -------
    list of list of str
        One record per row as a spreadsheet shows it, blank rows included.

    Raises
    ------
    NotATable
        If there is nothing in it, if quotation marks do not pair, if it has one column only, or more cells than
        `MOST_CELLS`.
    """
    return _records(text[:_LOOK], (line.group() for line in re.finditer(r"[^\r\n]*(?:\r\n|[\r\n])|[^\r\n]+", text)))


def split_bytes(content: bytes, encoding: str) -> list[list[str]]:
    """Take delimited text apart as `split` does, without ever holding all of it decoded."""
    with io.TextIOWrapper(io.BytesIO(content), encoding, newline="") as text:
        head = text.read(_LOOK)
    with io.TextIOWrapper(io.BytesIO(content), encoding, newline="") as lines:
        return _records(head, lines)


def _checked(content: bytes, encoding: str) -> str:
    # The decoder that takes the mark off lets the half of one pass at the end of a text.
    start = 3 if encoding == "utf-8-sig" and content.startswith(codecs.BOM_UTF8) else 0
    decoder = codecs.getincrementaldecoder("utf-8" if encoding == "utf-8-sig" else encoding)()
    begun = False
    for at in range(start, len(content), _CHUNK):
        try:
            text = decoder.decode(content[at : at + _CHUNK], at + _CHUNK >= len(content))
        except UnicodeDecodeError:
            if encoding == "utf-16":
                raise NotATable("wrong_encoding") from None
            raise
        # A web page or JSON under the name of a table, as some platforms hand out.
        if _CONTROL.search(text) or (not begun and text.lstrip()[:1] in ("<", "{", "[") and text.strip()):
            raise NotATable("not_a_table")
        begun = begun or bool(text.strip())
    return encoding


def _is_chinese(content: bytes) -> bool:
    """Say whether a text is Chinese if it is read as GB18030.

    Two bytes of any western or Cyrillic text often pass for one rare Chinese character. Nine of ten characters of
    real Chinese are among the 3,755 of the first level of GB 2312; the marks and signs before them are no evidence.
    """
    common = rare = 0
    for lead, trail in re.findall(rb"([\x81-\xfe])([\x30-\x39\x40-\x7e\x80-\xfe])", content[:_LOOK]):
        if trail >= b"\xa1" and b"\xb0" <= lead <= b"\xd7":
            common += 1
        elif trail < b"\xa1" or not b"\xa1" <= lead <= b"\xa9":
            rare += 1
    return common + rare == 0 or common >= 2 * rare


def _is_western(content: bytes) -> bool:
    # In Swedish, Polish or French one letter in ten has an accent; in a text of another script nearly all.
    high = sum(1 for _ in re.finditer(rb"[\x80-\xff]", content))
    letters = sum(1 for _ in re.finditer(rb"[A-Za-z]", content[:_LOOK]))
    return 4 * high * min(len(content), _LOOK) <= letters * len(content)


def _records(head: str, lines: Iterator[str]) -> list[list[str]]:
    if not head.strip():
        first = next((line for line in lines if line.strip()), "")
        if not first:
            raise NotATable("empty_file")
        head, lines = first, chain([first], lines)
    told = _DELIMITER_LINE.match(head)
    if told:
        next(lines)
    delimiter = told.group(1) if told else _delimiter(head)
    records: list[list[str]] = []
    # Equal cells are kept once: of a survey's answers hardly any is unlike all others.
    seen: dict[str, str] = {}
    cells = 0
    limit = csv.field_size_limit(_LONGEST_FIELD)
    try:
        for record in csv.reader(lines, delimiter=delimiter, strict=True):
            cells += len(record)
            if cells > MOST_CELLS:
                raise NotATable("too_many_cells", fields={"most": MOST_CELLS})
            records.append(list(map(seen.setdefault, record, record)) if len(seen) < _REMEMBERED else record)
    except csv.Error:
        # An open quotation mark at the end of the file means that the file was cut there.
        raise NotATable("broken_quotes", len(records) + 1) from None
    finally:
        csv.field_size_limit(limit)
    width = max(map(len, records))
    if width < 2:
        raise NotATable("not_a_table")
    # Short cells, nearly all of them, cannot hold a row: this keeps a large file quick.
    for place, record in enumerate(records):
        if max(map(len, record), default=0) >= width and any(_holds_a_row(c, delimiter, width) for c in record):
            raise NotATable("broken_quotes", place + 1)
    return records


def _delimiter(head: str) -> str:
    """Find the mark that makes rows of one width; if none does, the one of which the header has most."""
    # Quoted headers may hold any of the marks, and line breaks too.
    bare = re.sub(r'"[^"]*"', "", head.lstrip("\r\n")).lstrip("\r\n")
    lines = [line for line in re.split(r"[\r\n]+", bare) if line.strip()]
    counts = {mark: lines[0].count(mark) for mark in _DELIMITERS} if lines else dict.fromkeys(_DELIMITERS, 0)
    # The last line may be cut, and an answer without quotation marks may hold a mark.
    whole = lines[1:-1][:200] or lines[1:]
    even = {mark: count for mark, count in counts.items() if count and all(line.count(mark) == count for line in whole)}
    return max(_DELIMITERS, key=lambda mark: (even.get(mark, 0), counts[mark]))


def _holds_a_row(cell: str, delimiter: str, width: int) -> bool:
    """Say whether a cell swallowed a whole row: a quotation mark opened there and the next closed rows below."""
    return ("\n" in cell or "\r" in cell) and width >= 5 and cell.count(delimiter) >= width - 1
