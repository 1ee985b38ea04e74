"""Workbooks that hold texts and nothing else, the same bytes for the same content.

A cell that a spreadsheet program would take for a formula stays a text: its type says so. openpyxl writes the hour of
writing into the package; it is taken out again.
"""

import io
import re
import zipfile
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from openpyxl import Workbook
    from openpyxl.worksheet.worksheet import Worksheet

#: The earliest time that a zip file can bear.
_THEN = (1980, 1, 1, 0, 0, 0)
_WRITTEN = re.compile(rb"(<dcterms:(created|modified)[^>]*>)[^<]*(</dcterms:\2>)")


def fill(sheet: "Worksheet", rows: Sequence[Sequence[str]]) -> None:
    """Write rows of texts into an empty sheet; an empty text leaves its cell empty."""
    for number, row in enumerate(rows, 1):
        for place, text in enumerate(row, 1):
            if text:
                cell = sheet.cell(number, place)
                cell.value = text
                cell.data_type = "s"


def workbook_bytes(book: "Workbook") -> bytes:
    """Give a workbook's file without the time at which it was written."""
    draft = io.BytesIO()
    book.save(draft)
    final = io.BytesIO()
    with zipfile.ZipFile(draft) as written, zipfile.ZipFile(final, "w", zipfile.ZIP_DEFLATED) as package:
        for member in sorted(written.namelist()):
            content = written.read(member)
            if member == "docProps/core.xml":
                content = _WRITTEN.sub(rb"\g<1>1980-01-01T00:00:00Z\g<3>", content)
            entry = zipfile.ZipInfo(member, _THEN)
            entry.compress_type = zipfile.ZIP_DEFLATED
            package.writestr(entry, content)
    return final.getvalue()
