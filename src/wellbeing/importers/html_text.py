"""Take the markup off a text that a platform keeps as HTML."""

import html
import re

#: A tag begins with a letter: ``<10 分钟`` and ``a < b`` are texts.
_TAG = re.compile(r"</?(?P<name>[A-Za-z][A-Za-z0-9]*)\b[^<>]*>|<!--.*?-->", re.DOTALL)
_HIDDEN = re.compile(r"<(script|style)\b[^<>]*>.*?</\1\s*>", re.DOTALL | re.IGNORECASE)
_REFERENCE = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")
#: Between what stands inside these and what stands beside them the eye sees a gap.
_BLOCKS = frozenset({"br", "div", "p", "li", "ul", "ol", "tr", "td", "th", "table", "h1", "h2", "h3", "h4", "hr"})


def plain_text(text: str) -> str:
    """Give the text that a reader of the page would see; a text without markup comes back as it is."""
    if "<" not in text and "&" not in text:
        return text
    bare = _TAG.sub(_gap, _HIDDEN.sub("", text))
    bare = _REFERENCE.sub(lambda reference: html.unescape(reference.group()), bare)
    return text if bare == text else bare.strip()


def plain_cells(cells: list[str]) -> list[str]:
    """Take the markup off a column of cells, of each different cell once."""
    marked = {cell: plain_text(cell) for cell in set(cells) if "<" in cell or "&" in cell}
    return [marked.get(cell, cell) for cell in cells] if marked else cells


def _gap(tag: re.Match[str]) -> str:
    return " " if (tag["name"] or "").lower() in _BLOCKS else ""
