"""docs/platforms.md says what the tests try, and nothing else."""

from pathlib import Path

from platform_table import ROWS, quirks, table
from wellbeing.exporters import EXPORTERS
from wellbeing.importers import PLATFORMS

PAGE = Path(__file__).parents[1] / "docs" / "platforms.md"


def test_the_page_is_what_the_tests_make_of_it():
    assert PAGE.read_text(encoding="utf-8") == table(), "run: python tools/make_platforms_table.py"


def test_every_reader_and_every_form_has_its_row():
    assert {row.reader for row in ROWS} - {""} == {platform.name for platform in PLATFORMS}
    assert {form for row in ROWS for form in row.forms} == {exporter.name for exporter in EXPORTERS}


def test_what_is_not_there_is_said_with_the_reason():
    assert all(row.without for row in ROWS if not row.forms or not row.reader)
    assert len(quirks("kobo")) > 10
