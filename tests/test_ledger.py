"""The ledger of everything released: appended to, never changed, and what the next wave starts from."""

import io
import json
import shutil
from hashlib import sha256

import pandas as pd
import pytest

from wellbeing.batch.analysis import analyse
from wellbeing.disclosure import ledger
from wellbeing.disclosure.release import read_release
from wellbeing.disclosure.state import state_of
from wellbeing.errors import DisclosureError, FrozenError, InputError
from wellbeing.importers import import_file
from wellbeing.responses import store
from wellbeing.sealed_waves import WaveFiles
from wellbeing.surveys import load_survey, read_roster
from wellbeing.synthetic import make_county
from wellbeing.workspace import Workspace, unpack

FIRST, SECOND = "2026-spring", "2026-autumn"


@pytest.fixture(scope="module")
def county(tmp_path_factory):
    """Four schools, two waves imported, the first released."""
    workspace = unpack(tmp_path_factory.mktemp("ledger") / "county")
    made = make_county(workspace.root, schools=4, waves=(FIRST, SECOND))
    survey, roster = load_survey(workspace, "screening"), read_roster(workspace.roster)
    for wave, export in made.exports.items():
        store(workspace, survey, wave, *import_file(export, survey, roster)[:2])
    run(workspace, FIRST)
    return workspace


def run(workspace, wave, resume=False):
    return analyse(workspace, "screening", wave, f"{wave[:4]}-{'05' if 'spring' in wave else '11'}-20", resume, str)


@pytest.fixture
def copied(county, tmp_path):
    workspace = Workspace(tmp_path / "county")
    shutil.copytree(county.root, workspace.root)
    return workspace


def path_of(workspace):
    return workspace.released("screening", FIRST).parent / "ledger.jsonl"


def test_a_wave_is_entered_with_what_was_told_and_by_what(county):
    (line,) = ledger.read_ledger(path_of(county))
    release = read_release(county.released("screening", FIRST))
    told = release.cells[release.cells["side"].ne("withheld")]
    assert (line.survey, line.wave, line.release) == ("screening", FIRST, release.digest)
    assert len(line.cells) == len(told) > 0
    assert line.certificate == release.certificate
    assert (
        line.policy
        == sha256(
            json.dumps(
                {f: getattr(release.policy, f) for f in release.policy.__dataclass_fields__},
                sort_keys=True,
                separators=(",", ":"),
            ).encode()
        ).hexdigest()
    )
    assert len(line.code) == 64


def test_a_withheld_figure_and_an_exact_number_of_people_are_not_in_it(county):
    content = path_of(county).read_text(encoding="utf-8")
    assert "withheld" not in content
    (line,) = ledger.read_ledger(path_of(county))
    assert all(n is None or n % 5 == 0 for _, _, n in line.units)


def test_the_next_wave_starts_from_it(copied):
    release = run(copied, SECOND)
    lines = ledger.read_ledger(path_of(copied))
    assert [line.wave for line in lines] == [FIRST, SECOND]
    assert release.certificate["earlier"] == [lines[0].release]
    assert release.certificate["figures"] > lines[0].certificate["figures"]
    assert state_of(copied.released("screening", SECOND)).name == "audited"


def test_the_next_wave_starts_from_it_though_the_wave_itself_is_gone(copied):
    """Answers erased, the release's folder deleted: what was told is known, and still counts."""
    shutil.rmtree(copied.released("screening", FIRST))
    shutil.rmtree(copied.working("screening", FIRST))
    release = run(copied, SECOND)
    assert release.certificate["earlier"] == [ledger.read_ledger(path_of(copied))[0].release]


def test_without_any_numbers_of_people_too(copied):
    (copied.working("screening", FIRST).parent / "people.csv").unlink()
    shutil.rmtree(copied.working("screening", FIRST))
    assert run(copied, SECOND).certificate["leaks"] == 0


def test_a_release_that_no_ledger_has_is_entered_before_the_next(copied):
    """A run was cut off between the release and its line."""
    path_of(copied).unlink()
    run(copied, SECOND)
    assert [line.wave for line in ledger.read_ledger(path_of(copied))] == [FIRST, SECOND]


def test_a_second_run_goes_on_where_it_was_cut_off(copied):
    path_of(copied).unlink()
    copied.released("screening", FIRST).with_name(f"{FIRST}.state.jsonl").unlink()
    run(copied, FIRST, resume=True)
    assert len(ledger.read_ledger(path_of(copied))) == 1
    assert state_of(copied.released("screening", FIRST)).name == "audited"


def test_a_wave_is_entered_once(copied):
    before = path_of(copied).read_bytes()
    ledger.enter(copied, read_release(copied.released("screening", FIRST)))
    assert path_of(copied).read_bytes() == before


def test_a_wave_is_not_issued_twice(copied):
    with pytest.raises(FrozenError) as refused:
        run(copied, FIRST)
    assert "recall" in refused.value.message("en")
    assert "撤回" in refused.value.message("zh")


def test_nor_after_its_release_was_deleted(copied):
    """A late answer, the folder deleted, another run: the difference of the two would be one person."""
    shutil.rmtree(copied.released("screening", FIRST))
    files = WaveFiles(copied, "screening", FIRST)
    (answers,) = files.tables("answers/*.csv")
    table = pd.read_csv(io.BytesIO(files.read(answers)), dtype="str", keep_default_na=False)
    # Somebody of the largest school changed his mind, and answered otherwise.
    here = table.index[table["school_id"] == table["school_id"].mode()[0]]
    table.loc[here[:10], [c for c in table if c.startswith("phq9_")]] = "3"
    files.write(answers, table.to_csv(index=False, lineterminator="\n").encode("utf-8"))
    with pytest.raises((FrozenError, InputError)):
        run(copied, FIRST)
    assert not copied.released("screening", FIRST).exists()


@pytest.mark.parametrize("change", ["digit", "first line", "half a line", "order"])
def test_a_changed_ledger_stops_the_next_wave(copied, change):
    run(copied, SECOND)
    path = path_of(copied)
    content = path.read_bytes()
    lines = content.splitlines(keepends=True)
    path.write_bytes(
        {
            "digit": content.replace(b'"few"', b'"many"', 1),
            "first line": b"".join(lines[1:]),
            "half a line": content[: len(lines[0]) + 40],
            "order": lines[1] + lines[0],
        }[change]
    )
    with pytest.raises(InputError):
        ledger.read_ledger(path)
    with pytest.raises(InputError):
        run(copied, SECOND, resume=True)


def test_a_recalled_release_is_not_made_into_reports(copied):
    from wellbeing.disclosure.state import advance

    folder = copied.released("screening", FIRST)
    for to, by in (("approved", "officer"), ("issued", "officer"), ("recalled", "officer")):
        advance(folder, to, by)
    with pytest.raises(DisclosureError):
        run(copied, FIRST, resume=True)
    # What was read is known: the next wave still starts from it.
    assert run(copied, SECOND).certificate["earlier"]


def test_the_working_zone_says_how_it_was_proved(county):
    content = json.loads((county.working("screening", FIRST) / "certificate.json").read_text(encoding="utf-8"))
    assert content["evidence"]["solver"] in {"highspy", "scipy"}
    assert content["evidence"]["seconds"] > 0
    assert content["evidence"]["leaks"] == 0
    assert content["certificate"] == read_release(county.released("screening", FIRST)).certificate
    assert content["code"] == ledger.code_digest()


def test_the_kept_numbers_of_people_hold_no_answer(county):
    text = (county.working("screening", FIRST).parent / "people.csv").read_text(encoding="utf-8")
    assert text.splitlines()[0] == "wave,after,measure,unit,group,n,came,left"
