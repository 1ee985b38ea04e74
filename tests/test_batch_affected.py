"""One answer is changed: the reports that show what it moved come out otherwise, and no other."""

import re
import shutil

import pypdf
import pytest

from wellbeing.batch.run import run
from wellbeing.disclosure.release import read_release
from wellbeing.importers import import_file
from wellbeing.responses import store
from wellbeing.surveys import load_survey, read_roster
from wellbeing.synthetic import make_county
from wellbeing.workspace import Workspace, unpack

pytestmark = [pytest.mark.slow]

WAVE = "2026-spring"
#: One answer each: what it is, and what it is changed to. The first of these answers in a row is changed.
CHANGES = {
    # The first respondent takes back the consent to be counted: the school's figures move, and the county's.
    "consent": (1, ",同意,", ",不同意,"),
    # A teacher's sum comes to ten: a case more, which the wide classes of the school's report do not tell.
    "answer": (62, ",好几天,", ",一半以上天数,"),
}


def text_of(path):
    """Give a report's words and numbers without the release's digest, which stands on every report of a release."""
    return re.sub(r"[0-9a-f]{12}", "", "\n".join(page.extract_text() for page in pypdf.PdfReader(path).pages))


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """The release and the reports' texts of one county: as it is, and with one answer changed."""
    folder = tmp_path_factory.mktemp("affected")
    county = unpack(folder / "county")
    export = make_county(county.root, schools=4).exports[WAVE]
    survey, made = load_survey(county, "screening"), {}
    for name, (row, old, new) in {"": (0, "", ""), **CHANGES}.items():
        workspace = Workspace(folder / f"county-{name}")
        shutil.copytree(county.root, workspace.root)
        answers = workspace.root / export.relative_to(county.root)
        rows = answers.read_bytes().decode("gb18030").splitlines(keepends=True)
        assert old in rows[row]
        rows[row] = rows[row].replace(old, new, 1)
        answers.write_bytes("".join(rows).encode("gb18030"))
        store(workspace, survey, WAVE, *import_file(answers, survey, read_roster(workspace.roster)))
        result = run(workspace, "screening", WAVE, frozen="2026-05-22")
        assert not result.failed
        texts = {path.stem.split("_")[0]: text_of(path) for path in result.output.glob("*.pdf")}
        made[name] = read_release(workspace.released("screening", WAVE)), texts
    return made


def shown(release, unit):
    """Give what was released that a unit's report shows: its own rows, and the county's for everybody."""
    cells, units = release.cells.fillna(-1), release.units.fillna(-1)
    county = cells[(cells["unit"] == "county") & (cells["group"] == "all")]
    own = cells if unit == "county" else cells[cells["unit"] == unit]
    facts = units if unit == "county" else units[units["unit"] == unit]
    return facts.to_csv(), own.to_csv(), county.to_csv()


@pytest.mark.parametrize("change", CHANGES)
def test_a_report_changes_where_something_that_it_shows_did_and_nowhere_else(runs, change):
    (before, old), (after, new) = runs[""], runs[change]
    assert before.digest != after.digest
    assert old.keys() == new.keys()
    changed = {unit for unit in old if old[unit] != new[unit]}
    assert changed == {unit for unit in old if shown(before, unit) != shown(after, unit)}


def test_the_changes_move_one_schools_own_figures_or_the_countys_alone(runs):
    moved = {
        change: {unit for unit in runs[""][1] if shown(runs[""][0], unit)[:2] != shown(runs[change][0], unit)[:2]}
        for change in CHANGES
    }
    assert len(moved["consent"] - {"county"}) == 1
    assert moved["answer"] == {"county"}
