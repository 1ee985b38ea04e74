"""What of PDF/A-2a (ISO 19005-2) and PDF/UA-1 (ISO 14289-1) can be read off a file's objects with pypdf.

Not a validator: glyph widths, colour conversions and the XMP schema are not looked at. A number in brackets is a
clause of ISO 19005-2, one with UA a clause of ISO 14289-1.
"""

import re
from collections.abc import Iterator

from pypdf import PdfReader
from pypdf.generic import ArrayObject, ContentStream, DictionaryObject, IndirectObject, NullObject, StreamObject

#: ISO 32000-1, 14.8.4: what a tag may be without being mapped to another.
STANDARD = {
    *(
        "Document",
        "Part",
        "Art",
        "Sect",
        "Div",
        "BlockQuote",
        "Caption",
        "TOC",
        "TOCI",
        "Index",
        "NonStruct",
        "Private",
    ),
    *("P", "H", "H1", "H2", "H3", "H4", "H5", "H6", "L", "LI", "Lbl", "LBody", "Table", "TR", "TH", "TD", "THead"),
    *("TBody", "TFoot", "Span", "Quote", "Note", "Reference", "BibEntry", "Code", "Link", "Annot", "Figure", "Formula"),
    *("Form", "Ruby", "Warichu"),
}
#: What draws: letters, paths, images, shadings.
PAINTS = {b"Tj", b"TJ", b"'", b'"', b"S", b"s", b"f", b"F", b"f*", b"B", b"B*", b"b", b"b*", b"Do", b"sh", b"EI"}
FORBIDDEN_ACTIONS = {"/Launch", "/Sound", "/Movie", "/ResetForm", "/ImportData", "/JavaScript", "/Hide", "/SetOCGState"}


def faults(reader: PdfReader) -> list[str]:
    """Name everything that is not as the two standards have it."""
    root = reader.trailer["/Root"]
    return sorted({*_file(reader, root), *_objects(root), *_fonts(reader), *_content(reader), *_tags(reader, root)})


def is_true(told: dict, name: str) -> bool:
    """Say whether an entry is there and true; pypdf's own booleans are true to Python whatever they say."""
    return str(told.get(name, False)).lower() == "true"


def _file(reader: PdfReader, root: DictionaryObject) -> Iterator[str]:
    reader.stream.seek(0)
    head = reader.stream.read(16).split(b"\n")
    if not re.fullmatch(rb"%PDF-1\.[0-7]\r?", head[0]) or len([b for b in head[1][1:5] if b > 127]) < 4:
        yield "header (6.1.2)"
    if "/ID" not in reader.trailer or "/Encrypt" in reader.trailer:
        yield "trailer (6.1.3)"
    intents = [one.get_object() for one in root.get("/OutputIntents", [])]
    profiles = [one["/DestOutputProfile"].get_object() for one in intents if one["/S"] == "/GTS_PDFA1"]
    if len(profiles) != 1 or profiles[0]["/N"] != 3 or profiles[0].get_data()[36:40] != b"acsp":
        yield "output intent (6.2.3)"
    for name in ("/AcroForm", "/AA", "/Perms", "/Requirements", "/OCProperties"):
        if name in root:
            yield f"{name} (6.4, 6.5, 6.11, 6.9)"
    if any(name in root.get("/Names", {}) for name in ("/EmbeddedFiles", "/JavaScript", "/AlternatePresentations")):
        yield "names (6.8, 6.6)"
    told = root["/Metadata"].get_object().get_data().decode("utf-8")
    info = reader.metadata
    title = re.search(r"<dc:title>.*?<rdf:li[^>]*>([^<]*)<", told, flags=re.S)
    producer = re.search(r"<(?:pdf|xmp):(?:Producer|CreatorTool)>([^<]*)<", told)
    if not title or not title[1].strip() or (info and info.title and info.title != title[1]):
        yield "title (6.6.3, UA 7.1)"
    if not producer or not re.search(r"pdfaid:part>2<", told) or not re.search(r"pdfuaid:part>1<", told):
        yield "identification (6.6.4, UA 5)"
    if not str(root.get("/Lang", "")):
        yield "language (6.7.4, UA 7.2)"
    marks = root.get("/MarkInfo", {})
    if not is_true(marks, "/Marked") or is_true(marks, "/Suspects"):
        yield "marked (6.7.2.2, UA 7.1)"
    if not is_true(root.get("/ViewerPreferences", {}), "/DisplayDocTitle"):
        yield "title shown (UA 7.1)"


def _objects(root: DictionaryObject) -> Iterator[str]:
    """Walk through every object once."""
    seen: set[int] = set()
    pending: list[object] = [root]
    while pending:
        one = pending.pop()
        if isinstance(one, IndirectObject):
            if one.idnum in seen:
                continue
            seen.add(one.idnum)
            one = one.get_object()
        if isinstance(one, ArrayObject):
            pending += list(one)
        if not isinstance(one, DictionaryObject):
            continue
        pending += [dict.__getitem__(one, name) for name in one]
        filters = one.get("/Filter", [])
        if isinstance(one, StreamObject):
            if "/F" in one or "/FFilter" in one:
                yield "a stream outside the file (6.1.7)"
            if "/LZWDecode" in (filters if isinstance(filters, list) else [filters]):
                yield "LZW (6.1.7.2)"
        if one.get("/Subtype") == "/Image" and (is_true(one, "/Interpolate") or "/Alternates" in one or "/OPI" in one):
            yield "image (6.2.8)"
        if one.get("/S") in FORBIDDEN_ACTIONS and "/P" not in one:
            yield "action (6.5.1)"
        if one.get("/CS") == "/DeviceCMYK" or one.get("/ColorSpace") == "/DeviceCMYK":
            yield "CMYK beside an RGB profile (6.2.4.3)"
        if one.get("/Type") == "/Annot":
            if one.get("/Subtype") != "/Link" or not int(one.get("/F", 0)) & 4:
                yield "annotation (6.3.2)"
            if "/Contents" not in one or "/StructParent" not in one:
                yield "a link without words (UA 7.18.5)"


def _fonts(reader: PdfReader) -> Iterator[str]:
    for page in reader.pages:
        for font in page["/Resources"].get("/Font", {}).values():
            font = font.get_object()
            below = font["/DescendantFonts"][0].get_object() if "/DescendantFonts" in font else font
            descriptor = below.get("/FontDescriptor", NullObject())
            descriptor = descriptor.get_object()
            if not isinstance(descriptor, DictionaryObject) or not {"/FontFile", "/FontFile2", "/FontFile3"} & set(
                descriptor
            ):
                yield "a font that is not embedded (6.2.11.4)"
            if "/ToUnicode" not in font:
                yield "letters without characters (6.2.11.7, UA 7.21.7)"
            elif re.search(rb"<(0000|FEFF|FFFE)>\s*$", font["/ToUnicode"].get_data(), flags=re.M):
                yield "letters that are no characters (6.2.11.7.2, UA 7.21.7)"
            if below.get("/Subtype") == "/CIDFontType2" and "/CIDToGIDMap" not in below:
                yield "glyphs without numbers (6.2.11.3.2)"


def _content(reader: PdfReader) -> Iterator[str]:
    """Everything that is drawn belongs to a tag or is an artifact, and every tag's number leads back to a tag."""
    tree = reader.trailer["/Root"].get("/StructTreeRoot", DictionaryObject())
    numbers = _numbers(tree.get("/ParentTree", DictionaryObject()).get_object())
    for page in reader.pages:
        if page.get("/Annots") and page.get("/Tabs") != "/S":
            yield "order of tabs (UA 7.18.3)"
        marks: list[int | None] = []
        known = numbers.get(page.get("/StructParents"))
        for operands, operator in ContentStream(page.get_contents(), reader).operations:
            if operator in (b"BDC", b"BMC"):
                told = operands[1] if len(operands) > 1 and isinstance(operands[1], DictionaryObject) else {}
                number = told.get("/MCID")
                inside = operands[0] == "/Artifact" or number is not None or bool(marks and marks[-1])
                marks.append(1 if inside else 0)
                if number is not None and (
                    known is None or number >= len(known) or isinstance(known[number], NullObject)
                ):
                    yield "content that leads to no tag (UA 7.1)"
            elif operator == b"EMC":
                marks.pop()
            elif operator in PAINTS and not (marks and marks[-1]):
                yield "content that is neither tagged nor an artifact (UA 7.1)"
            elif operator in (b"k", b"K"):
                yield "CMYK beside an RGB profile (6.2.4.3)"
        if marks:
            yield "marks that are not closed (UA 7.1)"


def _numbers(node: DictionaryObject) -> dict[int, list]:
    found = {}
    for below in node.get("/Kids", []):
        found |= _numbers(below.get_object())
    pairs = node.get("/Nums", [])
    for place in range(0, len(pairs), 2):
        found[int(pairs[place])] = pairs[place + 1].get_object()
    return found


def _tags(reader: PdfReader, root: DictionaryObject) -> Iterator[str]:
    if "/StructTreeRoot" not in root:
        yield "tags (6.7.3, UA 7.1)"
        return
    tree = root["/StructTreeRoot"]
    roles = {name: str(one) for name, one in tree.get("/RoleMap", {}).items()}
    if any(name.removeprefix("/") in STANDARD for name in roles):
        yield "a standard tag under another name (UA 7.1)"
    level = 0
    for kind, node in walk(tree, roles):
        if kind not in STANDARD:
            yield f"tag {kind} (6.7.3.4, UA 7.1)"
        if re.fullmatch("H[1-6]", kind):
            if int(kind[1]) > level + 1:
                yield "a level of headings left out (UA 7.4.2)"
            level = int(kind[1])
        if kind == "Figure" and not (str(node.get("/Alt", "")).strip() or str(node.get("/ActualText", "")).strip()):
            yield "a figure without words (UA 7.3)"
        if kind == "TH" and "/Scope" not in _attributes(node):
            yield "a head of a table without its scope (UA 7.5)"
        below = [child for child, _ in _children(node, roles)]
        if kind == "Table":
            rows = [row for child, one in _children(node, roles) for row in _rows(child, one, roles)]
            if not rows or len({_width(row, roles) for row in rows}) != 1:
                yield "a table whose rows are unlike (UA 7.2)"
        if kind == "TR" and not set(below) <= {"TH", "TD"}:
            yield "a row that holds no cells (UA 7.2)"
        if kind == "L" and not set(below) <= {"LI", "L", "Caption"}:
            yield "a list that holds no items (UA 7.2)"
        if kind == "LI" and not set(below) <= {"Lbl", "LBody"}:
            yield "an item without a body (UA 7.2)"


def _rows(kind: str, node: DictionaryObject, roles: dict[str, str]) -> list[DictionaryObject]:
    return [node] if kind == "TR" else [one for child, one in _children(node, roles) if child == "TR"]


def _width(row: DictionaryObject, roles: dict[str, str]) -> int:
    return sum(int(_attributes(cell).get("/ColSpan", 1)) for _, cell in _children(row, roles))


def _attributes(node: DictionaryObject) -> dict[str, object]:
    told = node.get("/A", ArrayObject()).get_object() if "/A" in node else []
    every = told if isinstance(told, list) else [told]
    return {
        name: value for one in every if isinstance(one.get_object(), dict) for name, value in one.get_object().items()
    }


def _children(node: DictionaryObject, roles: dict[str, str]) -> list[tuple[str, DictionaryObject]]:
    below = node.get("/K", [])
    below = below.get_object() if isinstance(below, IndirectObject) else below
    found = []
    for one in below if isinstance(below, list) else [below]:
        one = one.get_object() if isinstance(one, IndirectObject) else one
        if isinstance(one, DictionaryObject) and "/S" in one:
            kind = str(one["/S"])
            found.append((roles.get(kind, kind).removeprefix("/"), one))
    return found


def walk(node: DictionaryObject, roles: dict[str, str] | None = None) -> Iterator[tuple[str, DictionaryObject]]:
    """Give every tag below one in its order, by the standard name that it is mapped to."""
    for kind, one in _children(node, roles or {}):
        yield kind, one
        yield from walk(one, roles)
