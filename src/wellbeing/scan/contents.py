"""Give pypdf a page's operators that it takes text from, split already: splitting them takes it most of its time.

Only what is written as nearly every program writes it is split here: each operator with as many operands as it has,
numbers, names and strings without anything odd in them. Anything else, a comment, a picture between the operators, an
operator with too few numbers, leaves the whole page to pypdf. What an operator means, and what letters a string
stands for, pypdf alone says; PDFium reads the page from its bytes.
"""

import re
from typing import Any

from pypdf.generic import ArrayObject, ByteStringObject, ContentStream, NameObject

from wellbeing.scan.syntax import BLANK, ESCAPE, NAME, NUMBER, STRING

_END = rf"(?=[\x00\t\n\f\r ()<>\[\]/]|\Z){BLANK}*+"
_NUMBERS = rf"(?>{NUMBER}{BLANK}++)"
#: What draws, colours and tags: a chart has thousands of these, and no text.
_DRAWN = (
    rf"(?:{_NUMBERS}{{0,6}}+(?:[mlcvyhnsSFgGkKiwJjM]|re|rg|RG|scn?|SCN?|T[rs]|[fbBW]\*?){_END}"
    rf"|{NAME}{BLANK}*+(?:cs|CS|gs|ri|sh|scn|SCN|BMC|<<(?>[^<>()]++|{STRING})*+>>{BLANK}*+BDC){_END}|EMC{_END}"
    rf"|\[{BLANK}*+(?>{NUMBER}{BLANK}*+)*+\]{BLANK}*+{NUMBER}{BLANK}++d{_END})++"
)
_OPERATION = re.compile(
    rf"{_DRAWN}"
    rf"|(?P<plain>q|Q|BT|ET|T\*){_END}"
    rf"|(?P<six>{_NUMBERS}{{6}}+)(?P<matrix>cm|Tm){_END}"
    rf"|(?P<two>{_NUMBERS}{{2}}+)(?P<move>Td|TD){_END}"
    rf"|(?P<one>{_NUMBERS})(?P<state>T[cwzL]){_END}"
    rf"|(?P<font>{NAME}){BLANK}++(?P<size>{NUMBER}){BLANK}++Tf{_END}"
    rf"|\[(?P<array>(?>{BLANK}++|{STRING}|{NUMBER}(?![-+.\d]))*+)\]{BLANK}*+TJ{_END}"
    rf"|(?P<string>{STRING}){BLANK}*+(?P<show>Tj|'){_END}"
    rf"|(?P<form>{NAME}){BLANK}++Do{_END}".encode()
)
_ELEMENT = re.compile(rf"({STRING})|({NUMBER})".encode())
_ESCAPED = re.compile(ESCAPE.encode())
_LETTERS = {b"\\n": b"\n", b"\\r": b"\r", b"\\t": b"\t", b"\\b": b"\b", b"\\f": b"\f"}
_MEANT = (
    {b"\\" + letter: letter for letter in (b"(", b")", b"\\")}
    | _LETTERS
    | {f"\\{number:0{places}o}".encode(): bytes([number]) for number in range(256) for places in (1, 2, 3)}
)

#: An operator and its operands, as pypdf has them.
Operation = tuple[list[Any], bytes]


class SplitContent(ContentStream):
    """A page's content, and its operators as `operations_of` found them."""

    def __init__(self, pdf: Any, data: bytes, operations: list[Operation]) -> None:
        super().__init__(None, pdf, "bytes")
        self.set_data(data)
        self._split = operations

    @property  # type: ignore[misc]  # what is split once is not set again
    def operations(self) -> list[Operation]:
        """Give the operators that show text or move it."""
        return self._split


def operations_of(data: bytes) -> list[Operation] | None:
    """Split a page's content into operators and their operands, without those that only draw.

    Parameters
    ----------
    data : bytes
        Unpacked.

    Returns
    -------
    list of (list, bytes), or None
        Operands and operator; None where anything is not as it usually is.
    """
    found: list[Operation] = []
    at = len(data) - len(data.lstrip(b"\x00\t\n\f\r "))
    while at < len(data):
        match = _OPERATION.match(data, at)
        if match is None:
            return None
        at = match.end()
        kind = match.lastgroup
        if kind == "plain":
            operator = match["plain"]
            if operator == b"Q":
                _close(found)
            else:
                found.append(([], operator))
        elif kind == "array":
            found.append(([ArrayObject(_elements(match["array"]))], b"TJ"))
        elif kind == "matrix":
            found.append(([float(word) for word in match["six"].split()], match["matrix"]))
        elif kind == "size":
            found.append(([NameObject(match["font"].decode("latin-1")), float(match["size"])], b"Tf"))
        elif kind == "show":
            found.append(([_string(match["string"])], match["show"]))
        elif kind == "move":
            found.append(([float(word) for word in match["two"].split()], match["move"]))
        elif kind == "state":
            found.append(([float(match["one"])], match["state"]))
        elif kind == "form":
            found.append(([NameObject(match["form"].decode("latin-1"))], b"Do"))
    return found


def _close(found: list[Operation]) -> None:
    """Add the end of a state; one in which nothing was shown is left out, with what moved it."""
    last = len(found) - 1
    while last >= 0 and found[last][1] == b"cm":
        last -= 1
    if last >= 0 and found[last][1] == b"q":
        del found[last:]
    else:
        found.append(([], b"Q"))


def _elements(array: bytes) -> list[Any]:
    return [_string(string) if string else float(number) for string, number in _ELEMENT.findall(array)]


def _string(written: bytes) -> ByteStringObject:
    if written[:1] == b"<":
        digits = written[1:-1].translate(None, b"\x00\t\n\f\r ")
        return ByteStringObject(bytes.fromhex((digits + b"0" * (len(digits) % 2)).decode("ascii")))
    inner = written[1:-1]
    if b"\\(" in inner or b"\\)" in inner:
        inner = _ESCAPED.sub(lambda match: _MEANT[match[0]], inner)
    elif b"\\" in inner:
        # All other of these escapes Python has as well; a page has thousands of them.
        inner = inner.decode("unicode_escape").encode("latin-1")
    return ByteStringObject(inner)
