"""Write made-up answers as the plainest workbook there is: one sheet, texts and numbers, no styles, no times.

openpyxl takes seventeen times as long for it, which was most of the time that a made-up county took; and the same rows
are the same bytes here.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from xml.sax.saxutils import escape
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_SHEETS = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_PARTS = {
    "[Content_Types].xml": (
        f'<Types xmlns="{_PACKAGE}/content-types"><Default Extension="rels" '
        'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{_SHEETS}.sheet.main+xml"/>'
        f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{_SHEETS}.worksheet+xml"/></Types>'
    ),
    "_rels/.rels": (
        f'<Relationships xmlns="{_PACKAGE}/relationships">'
        f'<Relationship Id="rId1" Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>'
    ),
    "xl/workbook.xml": (
        f'<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><sheets>'
        '<sheet name="Sheet1" sheetId="1" r:id="rId1"/></sheets></workbook>'
    ),
    "xl/_rels/workbook.xml.rels": (
        f'<Relationships xmlns="{_PACKAGE}/relationships">'
        f'<Relationship Id="rId1" Type="{_OFFICE}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>'
    ),
}


def write_workbook(rows: Sequence[Sequence[str | float | None]], path: Path) -> None:
    """Write rows as ``.xlsx``.

    Parameters
    ----------
    rows : sequence of sequence
        Texts, numbers, and None where a cell is empty.
    path : Path

    References
    ----------
    ECMA-376, part 1, 18.3.1 (worksheets) and 18.3.1.53 (texts that stand in their cell).
    """
    lines = "".join(_row(number, row) for number, row in enumerate(rows, start=1))
    parts = _PARTS | {
        "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{_MAIN}"><sheetData>{lines}</sheetData></worksheet>'
    }
    with ZipFile(path, "w") as archive:
        for name, content in parts.items():
            archive.writestr(ZipInfo(name), (_HEAD + content).encode("utf-8"), ZIP_DEFLATED)


def _row(number: int, row: Sequence[str | float | None]) -> str:
    return f'<row r="{number}">{"".join(_cells(row))}</row>'


def _cells(row: Sequence[str | float | None]) -> Iterator[str]:
    for value in row:
        # Where a cell has no number of its own it comes after the one before, so empty ones must be there.
        if value is None:
            yield "<c/>"
        elif isinstance(value, str):
            yield f'<c t="inlineStr"><is><t xml:space="preserve">{escape(value)}</t></is></c>'
        else:
            yield f"<c><v>{value}</v></c>"
