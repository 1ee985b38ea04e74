"""Turn words and drawings into a PDF: tagged (PDF/UA-1), fonts embedded, the same bytes for the same content.

Typst falls back silently where it lacks a glyph or a font, so any warning and any character that the font cannot
draw is an error here.
"""

import json
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wellbeing.errors import InputError, KitFault, Problem, UsageError
from wellbeing.figures.shares import font_file

if TYPE_CHECKING:
    import typst


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
        If the template or the font is missing.
    InputError
        If the content holds a character that the font cannot draw.
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
            pdf_standards=["ua-1"],
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


def write_pdf(pdf: bytes, path: Path) -> Path:
    """Write a PDF so that it is there whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(path.name + ".draft")
    draft.write_bytes(pdf)
    return draft.replace(path)


def open_fonts(templates: Path) -> None:
    """Read the font for the templates of a folder, so that a process forked after this has it; nothing is typeset."""
    _drawable()
    _compiler(templates.resolve())


def check_glyphs(text: str) -> None:
    """Refuse characters that the report's font cannot draw.

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
def _font() -> Path:
    return font_file("justmytype_intl_cjk", "fonts/ofl/notosanssc/NotoSansSC[wght].ttf")


@cache
def _drawable() -> frozenset[str]:
    from fontTools.ttLib import TTFont

    with TTFont(_font(), lazy=True) as font:
        return frozenset(map(chr, font.getBestCmap()))


@cache
def _compiler(root: Path) -> "typst.Compiler":
    """Keep one compiler for each folder of templates: it reads the font once, and no font but that one."""
    import typst

    return typst.Compiler(root=str(root), font_paths=[str(_font().parent)], ignore_system_fonts=True)
