"""A table ready to paste: Word, LaTeX and CSV from the same cells, the same bytes each time.

The Word file is written by hand: five small parts in a zip. python-docx would bring lxml, a template of its own and the
time of writing, for a table of plain cells.
"""

import csv
import io
import zipfile
from dataclasses import dataclass
from html import escape
from xml.sax.saxutils import escape as xml

#: The time in a zip's entries: the earliest that a zip can hold.
EPOCH = (1980, 1, 1, 0, 0, 0)
_W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_TYPES = (
    '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="xml" ContentType="application/xml"/>'
    '<Override PartName="/word/document.xml" '
    'ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/>'
    '<Override PartName="/word/styles.xml" '
    'ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.styles+xml"/></Types>'
)
_RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_ROOT = (
    f'<Relationships xmlns="{_RELATIONS}"><Relationship Id="rId1" '
    f'Type="{_OFFICE}/officeDocument" Target="word/document.xml"/></Relationships>'
)
_PARTS = (
    f'<Relationships xmlns="{_RELATIONS}"><Relationship Id="rId1" '
    f'Type="{_OFFICE}/styles" Target="styles.xml"/></Relationships>'
)
_STYLES = (
    f'<w:styles xmlns:w="{_W}"><w:docDefaults><w:rPrDefault><w:rPr>'
    '<w:rFonts w:ascii="Times New Roman" w:hAnsi="Times New Roman" w:eastAsia="宋体"/><w:sz w:val="20"/>'
    '</w:rPr></w:rPrDefault></w:docDefaults><w:style w:type="paragraph" w:default="1" w:styleId="Normal">'
    '<w:name w:val="Normal"/></w:style></w:styles>'
)
#: A4 with margins of 20 mm, in twentieths of a point.
_PAGE = (
    '<w:sectPr><w:pgSz w:w="11906" w:h="16838"/>'
    '<w:pgMar w:top="1134" w:right="1134" w:bottom="1134" w:left="1134"/></w:sectPr>'
)
_LATEX = str.maketrans(
    {
        "&": r"\&", "%": r"\%", "$": r"\$", "#": r"\#", "_": r"\_", "{": r"\{", "}": r"\}", "~": r"\textasciitilde{}",
        "^": r"\textasciicircum{}", "\\": r"\textbackslash{}", "<": r"\textless{}", ">": r"\textgreater{}",
        "|": r"\textbar{}", "−": "$-$", "²": "$^2$",
    }
)  # fmt: skip


@dataclass(frozen=True)
class Table:
    """A table of a paper: a title, a header, rows of finished cells, and notes below."""

    title: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if any(len(row) != len(self.header) for row in self.rows):
            raise ValueError("every row of a table has as many cells as its header")

    def _repr_html_(self) -> str:
        head = "".join(f"<th>{escape(cell)}</th>" for cell in self.header)
        body = "".join("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in self.rows)
        notes = "".join(f"<p>{escape(note)}</p>" for note in self.notes)
        return f"<p><b>{escape(self.title)}</b></p><table><tr>{head}</tr>{body}</table>{notes}"

    def csv(self) -> bytes:
        """Write header and rows as UTF-8 with a byte-order mark, which spreadsheets need for Chinese."""
        out = io.StringIO(newline="")
        csv.writer(out, lineterminator="\n").writerows([self.header, *self.rows])
        return "\ufeff".encode() + out.getvalue().encode()

    def latex(self) -> str:
        """Write it for booktabs; Chinese needs ctex or xeCJK."""
        width = "l" + "r" * (len(self.header) - 1)
        lines = [" & ".join(cell.translate(_LATEX) for cell in row) + r" \\" for row in (self.header, *self.rows)]
        notes = [rf"\par\footnotesize {note.translate(_LATEX)}" for note in self.notes]
        return "\n".join(
            [
                r"\begin{table}",
                r"\centering",
                rf"\caption{{{self.title.translate(_LATEX)}}}",
                rf"\begin{{tabular}}{{{width}}}",
                r"\toprule",
                lines[0],
                r"\midrule",
                *lines[1:],
                r"\bottomrule",
                r"\end{tabular}",
                *notes,
                r"\end{table}",
                "",
            ]
        )


def word_file(parts: "tuple[Table | str, ...]") -> bytes:
    """Write tables and paragraphs into one Word file.

    Parameters
    ----------
    parts : tuple of Table or str
        In the order in which they are to stand.
    """
    body = "".join(_paragraph(part) if isinstance(part, str) else _table(part) for part in parts)
    document = f'<w:document xmlns:w="{_W}"><w:body>{body}{_PAGE}</w:body></w:document>'
    return zip_of(
        {
            "[Content_Types].xml": (_HEAD + _TYPES).encode(),
            "_rels/.rels": (_HEAD + _ROOT).encode(),
            "word/_rels/document.xml.rels": (_HEAD + _PARTS).encode(),
            "word/document.xml": (_HEAD + document).encode(),
            "word/styles.xml": (_HEAD + _STYLES).encode(),
        }
    )


def zip_of(files: dict[str, bytes]) -> bytes:
    """Pack files in the order given, without times or a machine's marks: the same files give the same bytes."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in files.items():
            entry = zipfile.ZipInfo(name, EPOCH)
            entry.create_system, entry.external_attr = 3, 0o644 << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            packed.writestr(entry, content)
    return out.getvalue()


def _paragraph(text: str, bold: bool = False) -> str:
    style = "<w:rPr><w:b/></w:rPr>" if bold else ""
    return f'<w:p><w:r>{style}<w:t xml:space="preserve">{xml(text)}</w:t></w:r></w:p>'


def _table(table: Table) -> str:
    def line(cells: tuple[str, ...], header: bool) -> str:
        mark = "<w:trPr><w:tblHeader/></w:trPr>" if header else ""
        edge = '<w:tcPr><w:tcBorders><w:bottom w:val="single" w:sz="6"/></w:tcBorders></w:tcPr>' if header else ""
        return f"<w:tr>{mark}" + "".join(f"<w:tc>{edge}{_paragraph(cell, header)}</w:tc>" for cell in cells) + "</w:tr>"

    # Three lines, as papers have it: above, below the header, below.
    borders = '<w:tblBorders><w:top w:val="single" w:sz="12"/><w:bottom w:val="single" w:sz="12"/></w:tblBorders>'
    grid = "".join("<w:gridCol/>" for _ in table.header)
    rows = line(table.header, header=True) + "".join(line(row, header=False) for row in table.rows)
    return (
        _paragraph(table.title, bold=True)
        + f'<w:tbl><w:tblPr><w:tblW w:w="5000" w:type="pct"/>{borders}</w:tblPr>'
        + f"<w:tblGrid>{grid}</w:tblGrid>{rows}</w:tbl>"
        + "".join(_paragraph(note) for note in table.notes)
        + _paragraph("")
    )
