"""Turn words and drawings into a PDF: PDF/UA-1 and PDF/A-2a, the same bytes for the same content.

Typst falls back silently where it lacks a glyph or a font, so any warning and any character that the fonts cannot
draw is an error here; a report's finished pages are looked at as well.
"""

import json
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wellbeing.errors import InputError, KitFault, Problem, UsageError
from wellbeing.figures.style import font_file
from wellbeing.reports.pages import check_pages
from wellbeing.whole_files import write_whole

if TYPE_CHECKING:
    import typst

#: What every PDF of the kit keeps to: readable by a screen reader, and by whoever opens it in twenty years.
STANDARDS: "tuple[typst.PDFStandard, ...]" = ("ua-1", "a-2a")

#: Measures a word in each font and weight that the reports are set in.
_EVERY_FONT = """#set document(title: "fonts")
#context {
  let word = [甲 a 1]
  measure(text(font: "Noto Sans SC", word + strong(word)) + text(font: "Noto Serif SC", word)).width
}
"""


def typeset(template: Path, content: dict[str, Any], day: str) -> bytes:
    """Typeset `content` by a template.

    Parameters
    ----------
    template : Path
        A Typst file; it may read files of its own folder and nothing else.
    content : dict
        What the template finds in ``sys.inputs.content`` as JSON.
    day : str
        The date that the document bears, ``2026-11-20``.

    Returns
    -------
    bytes
        A PDF.

    Raises
    ------
    UsageError
        If the template or a font is missing.
    InputError
        If the content holds a character that the fonts cannot draw.
    KitFault
        If Typst fails or warns.
    """
    import typst

    if not template.is_file():
        raise UsageError("no_template", name=template.name)
    text = json.dumps(content, ensure_ascii=False)
    check_glyphs(text)
    moment = datetime.fromisoformat(day).replace(tzinfo=UTC)
    try:
        pdf, warnings = _compiler(template.resolve().parent).compile_with_warnings(
            str(template.resolve()),
            format="pdf",
            pdf_standards=list(STANDARDS),
            timestamp=int(moment.timestamp()),
            sys_inputs={"content": text},
        )
    except typst.TypstError as error:
        raise KitFault(f"{template.name}: {error}") from None
    if warnings:
        raise KitFault(f"{template.name}: {warnings[0]}")
    if not isinstance(pdf, bytes):
        raise KitFault(f"{template.name}: Typst gave no PDF")
    return pdf


def typeset_report(template: Path, content: dict[str, Any], day: str) -> bytes:
    """Typeset what is handed out, and look at its pages: see `typeset` and `check_pages`.

    Raises
    ------
    UsageError
        If the template or a font is missing.
    InputError
        If the content holds a character that the fonts cannot draw.
    KitFault
        If Typst fails or warns, or a page is out of order.
    """
    pdf = typeset(template, content, day)
    check_pages(pdf, template.name)
    return pdf


def write_pdf(pdf: bytes, path: Path) -> Path:
    """Write a PDF so that it is there whole or not at all."""
    write_whole(path, pdf)
    return path


def open_fonts(templates: Path) -> None:
    """Read the fonts for the templates of a folder, so that a process forked after this has them.

    Typst reads a font when it first sets a word in it, so a word is measured in each of them. Making a PDF would
    leave threads behind, and whoever is forked from a process with those waits for them for ever; measuring does not.

    Raises
    ------
    KitFault
        If it leaves threads behind after all.
    """
    import psutil

    _drawable()
    compiler, process = _compiler(templates.resolve()), psutil.Process()
    before = process.num_threads()
    compiler.compile(_EVERY_FONT.encode("utf-8"), format="html")
    if process.num_threads() > before:
        raise KitFault("Typst left threads behind: this process cannot be forked any more")


def check_glyphs(text: str) -> None:
    """Refuse characters that the reports' fonts cannot draw.

    Raises
    ------
    InputError
        Naming them by their code points.
    """
    lacking = sorted(set(text) - _drawable())
    if lacking:
        named = ", ".join(f"U+{ord(character):04X}" for character in lacking)
        raise InputError([Problem("no_glyph", fields={"characters": named})])


@cache
def _fonts() -> tuple[Path, Path]:
    """Give the sans serif, of all weights, and the serif, of the regular one."""
    sans = font_file("justmytype_intl_cjk", "fonts/ofl/notosanssc/NotoSansSC[wght].ttf")
    return sans, font_file("pylopdf_fonts_zh_cn", "NotoSerifSC-Regular.otf")


@cache
def _drawable() -> frozenset[str]:
    """Give the characters that both fonts have: a school's name is set in either."""
    from fontTools.ttLib import TTFont

    known = []
    for path in _fonts():
        with TTFont(path, lazy=True) as font:
            known.append(frozenset(map(chr, font.getBestCmap())))
    return frozenset.intersection(*known)


@cache
def _compiler(root: Path) -> "typst.Compiler":
    """Keep one compiler for each folder of templates: it reads the fonts once, and none but those."""
    import typst

    folders = [str(path.parent) for path in _fonts()]
    return typst.Compiler(root=str(root), font_paths=folders, ignore_system_fonts=True)
