"""What a run must not leave in anything it hands out, and how to look for it in a text.

Needles are gathered from the workspace: respondents' codes, sentences they wrote, absolute paths, the names of the user
and the machine. Beside them stand patterns of what never belongs into an artefact: mobile and identity numbers, mail
addresses, home folders, clock times exact to the second.
"""

import csv
import getpass
import html
import io
import re
import socket
import sys
import tempfile
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote

from wellbeing.scan.gate import Gate
from wellbeing.scan.grams import Needlework

if TYPE_CHECKING:
    from wellbeing.workspace import Workspace

#: So many characters of a sentence that somebody wrote, in a row, are a quotation (rule R11).
OVERLAP = 12
#: Shorter ones are looked for as whole words only: four letters stand in many words.
_LONG = 8

#: Blanks, hyphens and marks that cannot be seen: a code is found with and without them.
_LEFT_OUT = re.compile(r"[\s\-\u00ad\u200b-\u200f\u2010-\u2015\u202a-\u202e\u2060-\u2064\u2212\ufeff]+")
_LEFT_OUT_ASCII = b"\t\n\v\f\r\x1c\x1d\x1e\x1f -"
_WORD = re.compile(r"[0-9a-z]+")
_ESCAPE = re.compile(r"\\u([0-9a-fA-F]{4})")

#: Mobile numbers of the mainland, and identity numbers, which are checked by their last character.
#: With blanks only where no more numbers stand around it: a drawing's co-ordinates look like that.
_MOBILE = re.compile(
    r"(?<![0-9A-Za-z_.])(?:\+?86)?1[3-9]\d{9}(?![0-9A-Za-z_]|\.\d)"
    r"|(?<![0-9A-Za-z_.])(?:\+86[ -]|(?<!\d[ -]))1[3-9]\d([ -])\d{4}\1\d{4}(?![ -]?[0-9A-Za-z_.-]?\d)"
)
_IDENTITY = re.compile(r"(?<![0-9A-Za-z_.])\d{17}[\dXx](?![0-9A-Za-z_])")
#: What each of them has in it.
_ELEVEN = re.compile(r"1[3-9]\d(?:\d{8}|[ -]\d{4}[ -]\d{4})")
_SEVENTEEN = re.compile(r"\d{17}")
_MAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)*\.[A-Za-z]{2,}")
#: Folders that name a user or a run's own place.
_PATH = re.compile(
    r"(?:/(?:home|Users|root|tmp|private|var/folders)/|[A-Za-z]:[\\/]+(?:Users|Documents and Settings)[\\/]+)[\w.~-]"
)
_FOLDERS = ("/home/", "/root/", "/tmp/", "/private/", "/var/folders/", "Users", "Documents and Settings")
_CLOCK = re.compile(r"(?<![\d:.])([01]?\d|2[0-3]):([0-5]\d):([0-5]\d)(?![\d:])")
#: What stands in every clock time.
_SECONDS = re.compile(r":[0-5]\d:[0-5]\d")
#: PDF's own way to write a time.
_PDF_TIME = re.compile(r"D:\d{8}(\d{6})")
_COMPACT = re.compile(
    r"(?<!\d)20\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])[T_]((?:[01]\d|2[0-3])[0-5]\d[0-5]\d)(?!\d)"
)

#: Accounts that many machines have: in a text they are words.
_COMMON_ACCOUNTS = {"root", "user", "admin", "administrator", "runner", "ubuntu", "guest", "test", "localhost"}


def same(text: str) -> str:
    """Bring a text into the form in which needle and straw are compared: one width, one case, no blanks, no hyphens."""
    if text.isascii():
        return text.encode("ascii").translate(None, _LEFT_OUT_ASCII).lower().decode("ascii")
    return _LEFT_OUT.sub("", unicodedata.normalize("NFKC", text).casefold())


@dataclass(frozen=True)
class Needles:
    """What to look for.

    Attributes
    ----------
    marks : tuple of (str, str)
        Kind (``code``, ``name``, ``path`` ...) and what is looked for.
    sentences : frozenset of str
        What people wrote; `OVERLAP` characters of one in a row are a finding.
    allowed : tuple of str
        What may stand in an artefact although it looks like a finding: the county's own contacts.
    """

    marks: frozenset[tuple[str, str]] = frozenset()
    sentences: frozenset[str] = field(default=frozenset(), repr=False)
    allowed: tuple[str, ...] = ()

    def also(self, kind: str, texts: Iterable[str]) -> "Needles":
        """Give these needles with more of a kind, for example the names on a list of staff."""
        return replace(self, marks=self.marks | {(kind, text) for text in texts if text.strip()})

    @cached_property
    def wide(self) -> bool:
        """Whether anything looked for is not Latin: then bytes are read in the encodings of Chinese too."""
        return bool(self.sentences) or any(not same(text).isascii() for _, text in self.marks)

    @cached_property
    def _inside(self) -> dict[str, frozenset[str]]:
        """Needles that are found inside of words, by kind; sentences cut into pieces of `OVERLAP` characters."""
        kinds: dict[str, set[str]] = {}
        for kind, text in self.marks:
            needle = same(text)
            if needle and (len(needle) >= _LONG or not needle.isascii()):
                kinds.setdefault(kind, set()).add(needle)
        for text in map(same, self.sentences):
            pieces = (text[at : at + OVERLAP] for at in range(len(text) - OVERLAP + 1))
            kinds.setdefault("sentence", set()).update(pieces)
        return {kind: frozenset(found) for kind, found in kinds.items()}

    @cached_property
    def _search(self) -> tuple[Needlework, Gate]:
        needles = frozenset[str]().union(*self._inside.values())
        return Needlework(self._inside), Gate(needles, _LEFT_OUT)

    @cached_property
    def _words(self) -> dict[str, frozenset[str]]:
        words: dict[str, set[str]] = {}
        for kind, text in self.marks:
            needle = same(text)
            if needle and needle.isascii() and len(needle) < _LONG:
                words.setdefault(kind, set()).add(needle)
        return {kind: frozenset(found) for kind, found in words.items()}

    def kinds_in(self, text: str, raw: bool = False) -> set[str]:
        """Say which kinds of finding a text holds; in `raw` bytes digits that look like a number do not count."""
        for words in self.allowed:
            text = text.replace(words, " ")
        if raw and not self.wide:
            text = text.encode("ascii", "ignore").decode("ascii")
        found = set(_patterns(text, raw))
        for variant in (text,) if raw else _variants(text):
            found.update(self._marks_in(variant, raw))
        return found

    def _marks_in(self, text: str, raw: bool) -> Iterator[str]:
        needlework, gate = self._search
        # What is not ASCII and may be anything is letters at random; the form to compare in takes long to find.
        yield from needlework.kinds_in(same(gate.near(text) if raw and not text.isascii() else text))
        if self._words:
            words = set(_WORD.findall(text.casefold()))
            yield from (kind for kind, needles in self._words.items() if not needles.isdisjoint(words))


def _variants(text: str) -> Iterator[str]:
    """Give a text as it is, and as HTML, JSON and addresses would write it out."""
    yield text
    if "&" in text:
        yield html.unescape(text)
    if "\\u" in text:
        yield _ESCAPE.sub(lambda match: chr(int(match[1], 16)), text)
    if "%" in text:
        yield unquote(text, errors="ignore")


def _patterns(text: str, raw: bool) -> Iterator[str]:
    # Each pattern's fixed part first: finding that a text has none is most of the work, and quick.
    if any(word in text for word in _FOLDERS) and _PATH.search(text):
        yield "path"
    if raw:
        return
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text)
    if (_ELEVEN.search(text) and _MOBILE.search(text)) or (
        _SEVENTEEN.search(text) and any(_checked(number) for number in _IDENTITY.findall(text))
    ):
        yield "number"
    if "@" in text and _MAIL.search(text):
        yield "mail"
    clocks = [match.group() for match in _CLOCK.finditer(text)] if _SECONDS.search(text) else []
    clocks += [match[1] for match in _PDF_TIME.finditer(text)]
    if "20" in text:
        clocks += [match[1] for match in _COMPACT.finditer(text)]
    # Midnight is a day without a time: what a fixed date is written as.
    if any(set(clock) - set("0:") for clock in clocks):
        yield "time"


def _checked(number: str) -> bool:
    """Say whether the last character of an identity number is the one that GB 11643-1999 asks."""
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    rest = sum(weight * int(digit) for weight, digit in zip(weights, number[:17], strict=True)) % 11
    return "10X98765432"[rest] == number[17].upper()


def machine_needles() -> Needles:
    """Give what tells the machine and its user, whatever was run there."""
    paths = {str(Path.home()), tempfile.gettempdir(), sys.prefix}
    marks = {("path", path) for path in paths if len(path) > len("/root")}
    try:
        user = getpass.getuser()
    except (KeyError, OSError):  # an account without a name: there is nothing to look for
        user = ""
    for kind, name in (("user", user), ("machine", socket.gethostname().split(".")[0])):
        if len(name) > 3 and name.casefold() not in _COMMON_ACCOUNTS:
            marks.add((kind, name))
    return Needles(frozenset(marks))


def needles_of(workspace: "Workspace", survey: str | None = None, wave: str | None = None) -> Needles:
    """Gather what must not leave a workspace.

    Parameters
    ----------
    workspace : Workspace
    survey, wave : str, optional
        One survey and one wave of it; by default everything that was ever imported: an old code is a code too.

    Returns
    -------
    Needles
        Codes and sentences from ``data/working``, the workspace's own path, and the machine's. A sentence is what
        stands in an answer file in a column that is no code and no number, and is `OVERLAP` characters or longer.
    """
    # Not before: the processes that search need none of this to start.
    from wellbeing.sealed_waves import WaveFiles

    machine = machine_needles()
    root = str(workspace.root.resolve())
    marks = set(machine.marks) | {("path", root), ("path", root.replace("\\", "/"))}
    cells: set[str] = set()
    for folder in sorted((workspace.root / "data" / "working").glob(f"{survey or '*'}/{wave or '*'}/answers")):
        files = WaveFiles(workspace, folder.parent.parent.name, folder.parent.name)
        for path in files.tables("answers/*.csv"):
            for row in csv.DictReader(io.StringIO(files.read(path).decode("utf-8"), newline="")):
                code = (row.pop("code", None) or "").strip()
                if code:
                    marks.add(("code", code))
                row.pop("submitted", None)
                cells.update(cell for cell in row.values() if cell)
    # Most cells hold the same few codes.
    sentences = {cell for cell in cells if len(same(cell)) >= OVERLAP}
    return Needles(frozenset(marks), frozenset(_own_words(sentences)), _contacts(workspace))


def _own_words(cells: set[str]) -> Iterator[str]:
    """Leave out codes of answers, alone or several joined by ``;`` or ``>``: they are the survey's words."""
    return (cell for cell in cells if not re.fullmatch(r"[a-z0-9_.]+(?:[;>][a-z0-9_.]+)*", cell))


def _contacts(workspace: "Workspace") -> tuple[str, ...]:
    """Give the county's own contacts, which every report prints: whole, and each number and address in them."""
    if not (workspace.surveys / "county.yaml").is_file():
        return ()
    from wellbeing.surveys import load_county

    contacts = load_county(workspace).contacts
    texts = {text for contact in contacts for text in (contact.zh, contact.en) if text}
    # A reader of PDF may put a blank or the end of a line into a sentence, but not into a number.
    texts |= {match.group() for text in texts for what in (_MOBILE, _MAIL) for match in what.finditer(text)}
    # The longest first, so that one which is a part of another does not tear it.
    return tuple(sorted(texts, key=lambda text: (-len(text), text)))
