"""Lines that are each bound to the one before: read back as they were added, and known for changed where they are."""

import hashlib
import json

import pytest

from wellbeing.chained_lines import FIRST, add_line, read_lines


@pytest.fixture
def path(tmp_path):
    found = tmp_path / "folder" / "lines.jsonl"
    for number in range(3):
        add_line(found, lambda previous, number=number: {"number": number, "word": "东", "previous": previous})
    return found


def test_a_line_holds_the_hash_of_the_bytes_of_the_one_before(path):
    lines = path.read_bytes().splitlines()
    assert lines[0] == b'{"number":0,"previous":"' + b"0" * 64 + b'","word":"\\u4e1c"}'
    assert [json.loads(line)["previous"] for line in lines[1:]] == [hashlib.sha256(x).hexdigest() for x in lines[:2]]


def test_what_was_added_is_read(path):
    entries, bad = read_lines(path.read_bytes())
    assert bad is None
    assert [(entry["number"], entry["word"]) for entry in entries] == [(0, "东"), (1, "东"), (2, "东")]
    assert entries[0]["previous"] == FIRST
    assert read_lines(b"") == ([], None)


@pytest.mark.parametrize(
    ("harm", "row"),
    [
        pytest.param(lambda lines: [lines[0].replace(b"0,", b"9,"), *lines[1:]], 2, id="changed"),
        pytest.param(lambda lines: [lines[0], lines[2]], 2, id="taken out"),
        pytest.param(lambda lines: [lines[0], lines[0], *lines[1:]], 2, id="put in"),
        pytest.param(lambda lines: lines[1:], 1, id="without its beginning"),
        pytest.param(lambda lines: [*lines[:2], lines[2][:-4]], 3, id="half a line"),
        pytest.param(lambda lines: [b"[]", *lines], 1, id="no object"),
        pytest.param(lambda lines: [b"{}", *lines], 1, id="bound to nothing"),
    ],
)
def test_the_first_line_that_does_not_follow_is_named(path, harm, row):
    entries, bad = read_lines(b"\n".join(harm(path.read_bytes().splitlines())) + b"\n")
    assert bad == row
    assert len(entries) == row - 1
