"""Sources for the tests of platform readers: the real exports beside the repository, and small made-up files."""

import csv
import hashlib
import io
import random
from pathlib import Path

import pytest

from wellbeing.errors import InputError
from wellbeing.importers.exports import JOINED, Export, ExportColumn, Source

EXPORTS = Path(__file__).parents[1].parent / "shared" / "data" / "platform_exports"

needs_exports = pytest.mark.skipif(not EXPORTS.is_dir(), reason="the real exports are not beside the repository")


def source_of(content, file="export.csv"):
    """Make a source of bytes, of text, or of rows of cells."""
    if isinstance(content, list):
        content = as_csv(content)
    if isinstance(content, str):
        content = content.encode("utf-8")
    return Source(file, hashlib.sha256(content).hexdigest(), content)


def real(*parts):
    return source_of(EXPORTS.joinpath(*parts).read_bytes(), parts[-1])


def as_csv(rows, delimiter=","):
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=delimiter, lineterminator="\r\n").writerows(rows)
    return text.getvalue()


def raw_rows(*parts, delimiter=",", encoding="utf-8-sig"):
    """Read a real file with nothing but the standard library, blank lines left out."""
    with EXPORTS.joinpath(*parts).open(encoding=encoding, newline="") as file:
        return [row for row in csv.reader(file, delimiter=delimiter) if row]


def column(export: Export, name: str) -> ExportColumn:
    """Give the one column that goes by a name."""
    found = [each for each in export.columns if name in each.names]
    assert len(found) == 1, f"{len(found)} columns are called {name}"
    return found[0]


def column_at(export: Export, place: int) -> ExportColumn:
    """Give the column at a place of the file, not the whole of a question that begins there."""
    return next(each for each in export.columns if each.place == place and each.separator != JOINED)


def uses(export: Export, use: str) -> list[str]:
    return [each.names[0] for each in export.columns if each.use == use]


def problems_of(platform, source):
    with pytest.raises(InputError) as caught:
        platform.read(source)
    return [problem.what for problem in caught.value.problems]


def is_sound(platform, source):
    """Read a file into a whole export, or be refused with problems that can be said; nothing else is allowed."""
    assert platform.recognises(source) in (True, False)
    try:
        export = platform.read(source)
    except InputError as error:
        said = error.message("zh"), error.message("en")
    else:
        said = None
    if said is not None:
        assert all(said)
        return False
    for each in export.columns:
        assert each.names
        assert len(each.cells) == len(export.rows)
        assert all(isinstance(cell, str) for cell in each.cells)
        assert all(0 <= at < len(export.rows) for at in each.unreadable)
    assert len(set(export.rows)) == len(export.rows)
    assert all(0 <= at < len(export.rows) for at in export.left_out)
    return True


def damaged(rows, seed):
    """Damage a table of cells as hands and programs do: cut it, shuffle it, swap cells, empty or double parts of it."""
    chance = random.Random(seed)
    rows = [list(row) for row in rows]
    for _ in range(chance.randint(1, 4)):
        kind = chance.randrange(9)
        width = max(map(len, rows), default=0)
        if not rows or not width:
            break
        at, place = chance.randrange(len(rows)), chance.randrange(width)
        if kind == 0:
            rows = rows[: chance.randint(0, len(rows))]
        elif kind == 1:
            order = chance.sample(range(width), width)
            rows = [[row[i] if i < len(row) else "" for i in order] for row in rows]
        elif kind == 2:
            other = chance.randrange(len(rows))
            if place < min(len(rows[at]), len(rows[other])):
                rows[at][place], rows[other][place] = rows[other][place], rows[at][place]
        elif kind == 3:
            rows[at] = rows[at][:place]
        elif kind == 4:
            rows[at] = [""] * len(rows[at])
        elif kind == 5:
            rows.insert(at, list(rows[at]))
        elif kind == 6:
            rows = [row[:place] + row[place + 1 :] for row in rows]
        elif kind == 7 and place < len(rows[at]):
            junk = [
                "=1/0",
                "#REF!",
                "\x00",
                "，；",
                '"',
                "{}",
                '{"ImportId": [1]}',
                "]" * 30,
                "-99",
                "１",
                "N/A",
                "\n\n",
            ]
            rows[at][place] = chance.choice(junk)
        elif kind == 8:
            chance.shuffle(rows)
    text = as_csv(rows).encode(chance.choice(["utf-8", "utf-8-sig", "utf-16", "gb18030"]), errors="replace")
    return text[: chance.randint(0, len(text))] if chance.random() < 0.3 else text
