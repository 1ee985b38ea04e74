"""Read everything in a PDF: with two readers, and once more without any.

One reader is no check: a text that one leaves out, for a font it does not understand or a revision it does not look
for, stands in front of the other (privacy rules, 8). Neither reads what no page refers to, earlier revisions, or bytes
after the end; so the file's own streams are unpacked as well.
"""

import io
import re
import zlib
from collections.abc import Callable, Iterator
from typing import Any

from wellbeing.scan.pieces import Found, Mark, Piece, Place, raw_pieces
from wellbeing.scan.syntax import is_plain_object

#: A reader of whatever is embedded in a file.
Nested = Callable[[Place, bytes], Found]

_END = b"%%EOF"
#: The line end before `endstream` is kept: it cannot be told from a packed stream's own last byte, its checksum's.
_STREAM = re.compile(rb"stream\r?\n(.*?)endstream", re.S)
_STRING = re.compile(rb"\(((?:[^()\\]|\\.)*)\)|<([\da-fA-F\s]*)>", re.S)
_OCTAL = re.compile(rb"\\([0-7]{1,3}|.)", re.S)
#: What means something else in Python's strings: brackets, what has no meaning, octal numbers above 255.
_ODD = re.compile(rb"\\(?:[^0-7nrtbf]|[4-7][0-7][0-7])", re.S)
#: What a backslash and what follows it stand for; an octal number's bits beyond eight are left out.
_MEANT = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"f": b"\f", b"\n": b""} | {
    f"{number:0{places}o}".encode(): bytes([number & 0xFF]) for places in (1, 2, 3) for number in range(8**places)
}
#: Streams of these hold no text: what a reader would make of them is looked at as bytes.
_MOST_STREAM = 256 * 2**20


def read_pdf(place: Place, content: bytes, nested: Nested) -> Found:
    """Read a PDF as it is, its earlier revisions, and what stands behind its end."""
    ends = [match.end() for match in re.finditer(_END, content)]
    if not ends:
        yield Mark(place, "unread")
    else:
        rest = content[ends[-1] :].strip(b"\r\n\t \0")
        if rest:
            behind = (*place, ("after_end", 0))
            yield Mark(behind, "after_end")
            yield from raw_pieces(behind, rest)
    linear = b"/Linearized" in content[:1024]
    for number, end in enumerate(ends[(1 if linear else 0) : -1], start=1):
        earlier = (*place, ("revision", number))
        yield Mark(earlier, "revision")
        # What is cut off may be no whole PDF; its bytes were unpacked with the others below.
        yield from (found for found in _both(earlier, content[:end], nested) if isinstance(found, Piece))
    yield from _both(place, content, nested)
    yield from _unpacked(place, content)


def page_texts(content: bytes) -> Iterator[tuple[int, str]]:
    """Give the text of each page as each of the two readers sees it: page number from 1, text.

    Raises
    ------
    ValueError
        If neither can read it, or it is encrypted.
    """
    reader = _opened(content)
    if reader is None:
        raise ValueError("a PDF that cannot be read")
    for found in (*_pages((), reader), *_by_pdfium((), content, lambda *_: iter(()))):
        if isinstance(found, Mark):
            raise ValueError("a PDF that cannot be read")
        if found.place and found.place[0][0] == "page":
            yield found.place[0][1], found.text


def _both(place: Place, content: bytes, nested: Nested) -> Found:
    yield from _by_pypdf(place, content, nested)
    yield from _by_pdfium(place, content, nested)


def _by_pypdf(place: Place, content: bytes, nested: Nested) -> Found:
    reader = _opened(content)
    if reader is None:
        yield Mark(place, "unread")
        return
    yield from _pages(place, reader)
    yield from _objects(place, reader, content, nested)


def _opened(content: bytes) -> Any:
    """Open a file with pypdf; None where that cannot be done."""
    import logging

    import pypdf

    # Its warnings may quote the file.
    logging.getLogger("pypdf").setLevel(logging.CRITICAL)
    try:
        reader = pypdf.PdfReader(io.BytesIO(content), strict=False)
        if reader.is_encrypted and not reader.decrypt(""):
            return None
        len(reader.pages)
    except Exception:  # noqa: BLE001 - pypdf raises what it likes on a broken file; that is a finding here
        return None
    return reader


def _pages(place: Place, reader: Any) -> Found:
    for number in range(len(reader.pages)):
        here = (*place, ("page", number + 1))
        text = _text_of_page(reader, number)
        yield Mark(here, "unread") if text is None else Piece(here, text)


def _text_of_page(reader: Any, number: int) -> str | None:
    try:
        page = reader.pages[number]
        _split(page)
        return str(page.extract_text())
    except Exception:  # noqa: BLE001 - as above
        return None


def _split(page: Any) -> None:
    """Split a page's content into its operators, where it is written as usual; else pypdf does it, which is slow."""
    from pypdf.generic import ContentStream, NameObject

    from wellbeing.scan.contents import SplitContent, operations_of

    contents = page.get("/Contents")
    if contents is None:
        return
    contents = contents.get_object()
    data = ContentStream(contents, page.pdf).get_data() if isinstance(contents, list) else contents.get_data()
    operations = operations_of(data)
    if operations is not None:
        page[NameObject("/Contents")] = SplitContent(page.pdf, data, operations)


def _objects(place: Place, reader: Any, content: bytes, nested: Nested) -> Found:
    """Walk over every object that the file lists, whether or not a page refers to it."""
    from pypdf.generic import IndirectObject, StreamObject

    numbers = {number for table in reader.xref.values() for number in table}
    if reader.is_encrypted:
        numbers |= set(reader.xref_objStm)  # else no stream stands there, and `_unpacked` reads the strings
    read = 0
    for number in sorted(numbers):
        here = (*place, ("object", number))
        if number == 0:
            continue
        at = reader.xref.get(0, {}).get(number)
        listed = at is not None and number not in reader.xref_objStm
        if listed and not reader.is_encrypted and is_plain_object(content, at, number):
            continue  # `_unpacked` reads its strings
        try:
            thing = IndirectObject(number, 0, reader).get_object()
        except Exception:  # noqa: BLE001 - as above
            yield Mark(here, "unread")
            continue
        # Of a file that is not encrypted `_unpacked` reads the strings, those of unused objects as well.
        if reader.is_encrypted:
            yield Piece(here, "\n".join(_strings(thing)))
        if not isinstance(thing, StreamObject):
            continue
        kind, subtype = thing.get("/Type"), thing.get("/Subtype")
        plain = thing.get("/Filter") == "/FlateDecode" and "/DecodeParms" not in thing and not reader.is_encrypted
        if plain and kind not in {"/EmbeddedFile", "/Metadata"}:
            continue  # `_unpacked` reads it
        try:
            data = thing.get_data()
        except Exception:  # noqa: BLE001 - as above
            yield Mark(here, "unread")
            continue
        read += len(data)
        if read > _MOST_STREAM:
            yield Mark(place, "unread")
            return
        if kind == "/EmbeddedFile":
            yield from nested((*place, ("attachment", number)), data)
        elif kind == "/Metadata":
            yield Piece((*place, ("xmp", 0)), data.decode("utf-8", "ignore"))
            yield from raw_pieces((*place, ("xmp", 0)), data)
        elif subtype == "/Image" and "/DCTDecode" in str(thing.get("/Filter")):
            yield from nested(here, data)
        else:
            # Packed in a way that `_unpacked` does not know.
            yield from raw_pieces(here, data)


def _strings(thing: Any, depth: int = 0) -> Iterator[str]:
    """Give all strings and names within one object, without going on to others."""
    from pypdf.generic import ArrayObject, ByteStringObject, DictionaryObject, IndirectObject, TextStringObject

    if isinstance(thing, IndirectObject) or depth > 50:
        return
    if isinstance(thing, TextStringObject):
        yield str(thing)
    elif isinstance(thing, ByteStringObject):
        yield bytes(thing).decode("utf-8", "ignore")
    elif isinstance(thing, DictionaryObject):
        for name, part in thing.items():
            yield str(name)
            yield from _strings(part, depth + 1)
    elif isinstance(thing, ArrayObject):
        for part in thing:
            yield from _strings(part, depth + 1)


def _by_pdfium(place: Place, content: bytes, nested: Nested) -> Found:
    import pypdfium2

    try:
        document = pypdfium2.PdfDocument(content)
    except pypdfium2.PdfiumError:
        yield Mark(place, "unread")
        return
    try:
        yield Piece((*place, ("info", 0)), "\n".join(document.get_metadata_dict().values()))
        for number in range(document.count_attachments()):
            data = document.get_attachment(number).get_data()
            yield from nested((*place, ("attachment", number + 1)), bytes(data))
        for number in range(len(document)):
            page = document[number].get_textpage()
            yield Piece((*place, ("page", number + 1)), page.get_text_range())
            page.close()
    except pypdfium2.PdfiumError:
        yield Mark(place, "unread")
    finally:
        document.close()


def _unpacked(place: Place, content: bytes) -> Found:
    """Unpack every stream of a file by its own bytes, whether or not anything refers to it, and read its strings."""
    number = 0
    for number, match in enumerate(_STREAM.finditer(content), start=1):
        data = match[1]
        here = (*place, ("stream", number))
        if data[:1] == b"\x78":
            unpack = zlib.decompressobj()
            try:
                data = unpack.decompress(data, _MOST_STREAM)
            except zlib.error:
                yield Mark(here, "unread")
            else:
                if not unpack.eof:
                    yield Mark(here, "unread")
                yield from raw_pieces(here, unpack.unused_data)
        yield from raw_pieces(here, data)
        if b"(" in data or b"<" in data:
            yield Piece(here, _strings_in(data), raw=True)
    outside = _STREAM.sub(b"\n", content)
    yield from raw_pieces((*place, ("outside", 0)), outside)
    yield Piece((*place, ("outside", 0)), _strings_in(outside))


def _unescaped(literal: bytes) -> bytes:
    if b"\\" not in literal:
        return literal
    if _ODD.search(literal):
        return _OCTAL.sub(_meant, literal)
    # What is left, Python writes as PDF does; a page has thousands of these.
    return literal.decode("unicode_escape").encode("latin-1")


def _meant(match: "re.Match[bytes]") -> bytes:
    # 8 and 9 are no octal digits: such a backslash means nothing.
    return _MEANT.get(match[1], match[1])


def _strings_in(data: bytes) -> str:
    """Put together the strings of PDF's own syntax: a code may be cut into several by kerning."""
    parts = []
    for literal, digits in _STRING.findall(data):
        if digits:
            # Python takes blanks between two bytes, but not within one.
            plain = digits.translate(None, b" \t\n\r\f\v").decode("ascii")
            string = bytes.fromhex(plain if len(plain) % 2 == 0 else plain + "0")
        else:
            string = _unescaped(literal)
        if string[:2] == b"\xfe\xff":
            parts.append(string[2:].decode("utf-16-be", "ignore"))
        elif string[:2] == b"\xff\xfe":
            parts.append(string[2:].decode("utf-16-le", "ignore"))
        else:
            parts.append(string.decode("utf-8", "ignore").replace("\0", ""))
    return "".join(parts)
