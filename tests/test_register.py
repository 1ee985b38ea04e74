"""The register: sealed to its readers, nothing lost or doubled, and what a broken file, a full disk or a crash does."""

import errno
import json
import os
import signal
from datetime import date
from pathlib import Path

import pytest
from filelock import FileLock
from hypothesis import given, settings
from hypothesis import strategies as st

import quick_locks
from registers import BEFORE, SCHOOLS, WAVE, entry, make_keyed
from wellbeing.cli import call
from wellbeing.errors import InputError, UsageError
from wellbeing.followup import sealed_files
from wellbeing.followup.county_classes import county_classes
from wellbeing.followup.entries import Case, Contact, entry_from_json, entry_to_json, in_order, merged
from wellbeing.followup.pages import destroy_page, page_content, print_page
from wellbeing.followup.register import open_register, record_contact
from wellbeing.followup.rotation import check_rotation, reseal_register
from wellbeing.followup.sealed_files import UNPLACED, WaveFolder
from wellbeing.keys import envelope, files
from wellbeing.keys.holders import (
    Holder,
    add_holder,
    county_recipients,
    holder_named,
    read_holders,
    recipients_of,
    retire_holder,
)
from wellbeing.surveys import load_survey, read_roster
from wellbeing.workspace import Workspace

SURVEY = load_survey(Workspace.find(Path(__file__)), "screening")
CODES = ("AAAA1111BBBB", "CCCC2222DDDD", "EEEE3333FFFF")


@pytest.fixture
def keyed(tmp_path):
    return make_keyed(tmp_path / "county")


def write_lists(keyed, entries, wave=WAVE):
    """Write lists as a run does, from entries made by hand."""
    holders = read_holders(keyed.workspace)
    recipients = {school: recipients_of(holders, school) for school in SCHOOLS}
    recipients = {school: keys for school, keys in recipients.items() if keys}
    contents = {s: {"entries": [entry_to_json(e) for e in entries if e.school == s]} for s in recipients}
    sealed_files.write_lists(WaveFolder.of(keyed.workspace, "screening", wave), contents, recipients)


def drop_alert(keyed, entries, wave=WAVE):
    holders = read_holders(keyed.workspace)
    recipients = {s: recipients_of(holders, s) for s in SCHOOLS} | {UNPLACED: county_recipients(holders)}
    contents = {s: {"entries": [entry_to_json(e) for e in entries if e.school == s]} for s in recipients}
    folder = WaveFolder.of(keyed.workspace, "screening", wave)
    with sealed_files.register_held(folder, 5):
        sealed_files.write_drop(folder, contents, recipients)


def opened(keyed, name="lead", wave=WAVE):
    return open_register(keyed.workspace, SURVEY, wave, keyed.opens(name))


def codes(register, school=""):
    return [case.entry.code for case in register.cases(school)]


def sealed(keyed):
    return sorted(keyed.workspace.confidential("screening", WAVE).rglob("*.age"))


# what lies on disk


def test_one_file_a_school_of_one_size_whether_or_not_anybody_is_on_it(keyed):
    write_lists(keyed, [entry(f"CODE{number:04}", "S002") for number in range(300)])
    paths = sealed(keyed)
    assert [path.stem for path in paths] == list(SCHOOLS)
    # The envelope's own head is of random length, from 0 to some hundred bytes; what is sealed is of one size.
    sizes = [path.stat().st_size for path in paths]
    assert max(sizes) - min(sizes) < 1000
    assert len({len(envelope.open_sealed(path.read_bytes(), keyed.opens("lead"), "x")) for path in paths}) == 1
    inside = envelope.open_sealed(paths[0].read_bytes(), keyed.opens("lead"), "x")
    assert len(inside) % 65_536 == 0
    assert len(inside) > 65_536  # three hundred entries do not fit into one step
    assert json.loads(inside)["entries"] == []


def test_nothing_readable_on_disk(keyed):
    write_lists(keyed, [entry(CODES[0])])
    record_contact(opened(keyed), CODES[0], "reached", "2026-11-06")
    for path in (keyed.workspace.root / "data").rglob("*"):
        if path.is_file() and path != keyed.workspace.roster:
            assert CODES[0].encode() not in path.read_bytes(), path.name
            assert b"reached" not in path.read_bytes(), path.name


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such modes")
def test_for_the_owner_alone(keyed):
    write_lists(keyed, [entry(CODES[0])])
    record_contact(opened(keyed), CODES[0], "reached", "2026-11-06")
    for path in sealed(keyed):
        assert path.stat().st_mode & 0o077 == 0


def test_an_entry_comes_back_as_it_was():
    one = entry(CODES[0])
    assert entry_from_json(json.loads(json.dumps(entry_to_json(one)))) == one


# who reads what


def test_a_counsellor_reads_her_schools_and_the_escrow_all(tmp_path):
    keyed = make_keyed(
        tmp_path / "county",
        east=("counsellor", ("S001",)),
        west=("counsellor", ("S002", "S003")),
        escrow=("escrow", ()),
    )
    write_lists(keyed, [entry(CODES[0], "S001"), entry(CODES[1], "S002"), entry(CODES[2], "S003")])
    assert codes(opened(keyed, "east")) == [CODES[0]]
    assert codes(opened(keyed, "west")) == [CODES[1], CODES[2]]
    assert sorted(codes(opened(keyed, "escrow"))) == sorted(CODES)
    assert opened(keyed, "east").problems == ()
    with pytest.raises(UsageError) as error:
        record_contact(opened(keyed, "east"), CODES[1], "reached", "2026-11-06")
    assert error.value.key == "unknown_code"


def test_a_stranger_reads_nothing(keyed):
    write_lists(keyed, [entry(CODES[0])])
    secret, _ = envelope.new_identity()
    with pytest.raises(InputError) as error:
        open_register(keyed.workspace, SURVEY, WAVE, [envelope.identity_of(secret)])
    assert [problem.what for problem in error.value.problems] == ["sealed_wrong_key"]
    assert error.value.exit_code == 3


def test_no_register_yet(keyed):
    with pytest.raises(UsageError) as error:
        opened(keyed)
    assert error.value.key == "no_register"


# nothing is lost or doubled


def test_a_later_run_keeps_what_was_recorded(keyed):
    write_lists(keyed, [entry(CODES[0]), entry(CODES[1])])
    record_contact(opened(keyed), CODES[0], "reached", "2026-11-06")
    write_lists(keyed, [entry(CODES[0]), entry(CODES[1]), entry(CODES[2])])
    register = opened(keyed)
    assert sorted(codes(register)) == sorted(CODES)
    assert register.case(CODES[0]).contacts == (Contact("reached", "2026-11-06"),)


def test_who_is_taken_off_the_list_keeps_what_was_recorded(keyed):
    write_lists(keyed, [entry(CODES[0]), entry(CODES[1])])
    record_contact(opened(keyed), CODES[0], "reached", "2026-11-06")
    write_lists(keyed, [entry(CODES[1])])
    case = opened(keyed).case(CODES[0])
    assert case.state == "reached"
    assert not case.listed


def test_alerts_before_and_after_a_run_make_one_case(keyed):
    drop_alert(keyed, [entry(CODES[0], level=1, day="2026-11-05")])
    drop_alert(keyed, [entry(CODES[0], level=1, day="2026-11-05"), entry(CODES[1], level=1)])
    assert sorted(codes(opened(keyed))) == sorted(CODES[:2])
    write_lists(keyed, [entry(CODES[0], level=2, day="2026-11-07")])
    drop_alert(keyed, [entry(CODES[0], level=1, day="2026-11-08")])
    register = opened(keyed)
    assert sorted(codes(register)) == sorted(CODES[:2])
    case = register.case(CODES[0])
    # The more urgent level, the earlier day, the reasons of both.
    assert (case.entry.level, case.entry.day) == (1, "2026-11-05")
    assert [reason.key for reason in case.entry.reasons] == ["critical", "severe"]


def test_what_was_dropped_is_taken_in_once_and_stays(keyed):
    drop_alert(keyed, [entry(CODES[0], level=1)])
    drop_alert(keyed, [entry(CODES[1], level=1, school=UNPLACED)])
    record_contact(opened(keyed), CODES[0], "reached", "2026-11-06")
    folder = WaveFolder.of(keyed.workspace, "screening", WAVE)
    assert folder.drops() == []
    register = opened(keyed)
    assert sorted(codes(register)) == sorted(CODES[:2])
    assert register.case(CODES[0]).state == "reached"
    # The number of a drop that is gone is not used again.
    drop_alert(keyed, [entry(CODES[2], level=1)])
    assert [path.name for path in folder.drops()] == ["000003"]
    assert len(codes(opened(keyed))) == 3


def test_somebody_unplaced_and_placed_later_is_one_person(keyed):
    drop_alert(keyed, [entry(CODES[0], school=UNPLACED, level=1)])
    record_contact(opened(keyed), CODES[0], "reached", "2026-11-06")
    write_lists(keyed, [entry(CODES[0], "S002")])
    (case,) = opened(keyed).cases()
    assert (case.entry.school, case.state, case.entry.level) == ("S002", "reached", 1)
    record_contact(opened(keyed), CODES[0], "closed", "2026-11-07")
    (case,) = opened(keyed).cases()
    assert case.state == "closed"


def test_next_term_the_same_code_is_known_again(keyed):
    write_lists(keyed, [entry(CODES[0])], BEFORE)
    record_contact(opened(keyed, wave=BEFORE), CODES[0], "referred", "2026-05-20")
    write_lists(keyed, [entry(CODES[0]), entry(CODES[1])])
    case = opened(keyed).case(CODES[0])
    assert case.earlier == ((BEFORE, Contact("referred", "2026-05-20")),)
    assert case.state == "to_contact"
    assert opened(keyed, wave=BEFORE).case(CODES[0]).earlier == ()


@given(st.lists(st.sampled_from(["run", "alert", "record", "close"]), max_size=8), st.integers(0, 2**16))
@settings(max_examples=12, deadline=None)
def test_whatever_comes_in_whatever_order_each_person_stands_there_once(tmp_path_factory, steps, seed):
    keyed = make_keyed(tmp_path_factory.mktemp("order") / "county")
    write_lists(keyed, [entry(CODES[0])])
    seen, states = {CODES[0]}, {}
    for at, step in enumerate(steps):
        code = CODES[(seed >> at) % 3]
        if step == "run":
            write_lists(keyed, [entry(one) for one in sorted(seen)])
        elif step == "alert":
            drop_alert(keyed, [entry(code, level=1)])
            seen.add(code)
        elif code in seen:
            state = "closed" if step == "close" else "reached"
            record_contact(opened(keyed), code, state, "2026-11-06")
            states[code] = state
    register = opened(keyed)
    assert sorted(codes(register)) == sorted(seen)
    assert {case.entry.code: case.state for case in register.cases() if case.contacts} == states


# order


def test_the_order_is_level_then_burden_then_who_was_seen_longest_ago():
    def case(code, level, score, seen=""):
        contacts = (Contact("reached", seen),) if seen else ()
        return Case(entry(code, level=level, score=score), contacts)

    closed = Case(entry("ZZZZ0006", level=1), (Contact("closed", "2026-11-01"),))
    wanted = [
        case("ZZZZ0001", 1, 3),
        case("ZZZZ0002", 2, 24),
        case("ZZZZ0005", 2, 20),
        case("ZZZZ0003", 2, 20, "2026-10-01"),
        case("ZZZZ0004", 2, 20, "2026-11-01"),
        closed,
    ]
    assert list(in_order(wanted[::-1], SURVEY)) == wanted


def test_merging_makes_nothing_less_urgent():
    assert merged(entry(CODES[0], level=1), entry(CODES[0], level=6)).level == 1
    assert merged(entry(CODES[0], level=6), entry(CODES[0], level=1)).level == 1


# broken files


@pytest.mark.parametrize("harm", ["flipped", "cut", "empty", "rubbish"])
@pytest.mark.parametrize("which", ["S001.age", "records/S001.age"])
def test_a_broken_file_is_named_and_hides_nobody_else(keyed, which, harm):
    write_lists(keyed, [entry(CODES[0], "S001"), entry(CODES[1], "S002")])
    record_contact(opened(keyed), CODES[1], "reached", "2026-11-06")
    path = keyed.workspace.confidential("screening", WAVE) / which
    good = path.read_bytes()
    harmed = {
        "flipped": good[:-100] + bytes([good[-100] ^ 1]) + good[-99:],
        "cut": good[:-1000],
        "empty": b"",
        "rubbish": os.urandom(1000),
    }
    path.write_bytes(harmed[harm])
    register = opened(keyed)
    assert [problem.what for problem in register.problems] == ["sealed_damaged"]
    assert register.problems[0].file == f"screening/{WAVE}/{which}"
    assert CODES[1] in codes(register)
    # What is broken is never written over, and the others can still be written.
    record_contact(register, CODES[1], "referred", "2026-11-07")
    assert path.read_bytes() == harmed[harm]
    if which != "S001.age":
        assert CODES[0] in codes(register)
        with pytest.raises(InputError):
            record_contact(register, CODES[0], "reached", "2026-11-07")
        assert path.read_bytes() == harmed[harm]


def test_a_file_in_another_schools_place(keyed):
    write_lists(keyed, [entry(CODES[0], "S001")])
    folder = keyed.workspace.confidential("screening", WAVE)
    (folder / "S002.age").write_bytes((folder / "S001.age").read_bytes())
    assert [problem.what for problem in opened(keyed).problems] == ["sealed_misplaced"]


def test_a_disk_that_is_full_leaves_the_old_record(keyed, monkeypatch):
    write_lists(keyed, [entry(CODES[0])])
    record_contact(opened(keyed), CODES[0], "reached", "2026-11-06")
    before = {path: path.read_bytes() for path in sealed(keyed)}

    def full(handle):
        raise OSError(errno.ENOSPC, "no space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OSError, match="no space"):
        record_contact(opened(keyed), CODES[0], "closed", "2026-11-07")
    monkeypatch.undo()
    assert {path: path.read_bytes() for path in sealed(keyed)} == before
    assert not [path for path in before if ".draft" in path.name]
    assert opened(keyed).case(CODES[0]).state == "reached"


def test_a_disk_that_is_full_leaves_no_half_alert(keyed, monkeypatch):
    drop_alert(keyed, [entry(CODES[0], level=1)])

    def full(handle):
        raise OSError(errno.ENOSPC, "no space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OSError, match="no space"):
        drop_alert(keyed, [entry(CODES[1], level=1)])
    monkeypatch.undo()
    assert codes(opened(keyed)) == [CODES[0]]
    drop_alert(keyed, [entry(CODES[1], level=1)])
    assert sorted(codes(opened(keyed))) == sorted(CODES[:2])


# two at once


def test_a_second_person_who_writes_at_once_is_refused(keyed, monkeypatch):
    monkeypatch.setattr("wellbeing.followup.register.PATIENCE", 0.1)
    write_lists(keyed, [entry(CODES[0])])
    register = opened(keyed)
    held = FileLock(keyed.workspace.confidential("screening", WAVE).with_name(f".{WAVE}.lock"), is_singleton=False)
    with held, pytest.raises(UsageError) as error:
        record_contact(register, CODES[0], "reached", "2026-11-06")
    assert error.value.key == "register_busy"
    record_contact(register, CODES[0], "reached", "2026-11-06")
    assert opened(keyed).case(CODES[0]).state == "reached"


def test_two_who_opened_it_at_once_lose_nothing_of_each_other(keyed):
    write_lists(keyed, [entry(CODES[0]), entry(CODES[1])])
    first, second = opened(keyed), opened(keyed, "escrow")
    record_contact(first, CODES[0], "reached", "2026-11-06")
    record_contact(second, CODES[1], "declined", "2026-11-06")
    states = {case.entry.code: case.state for case in opened(keyed).cases()}
    assert states == {CODES[0]: "reached", CODES[1]: "declined"}


# killed


def killed_at(at, after, act):
    """Do `act` in a process that is killed at the `at`-th replacement of a file; say whether there was one."""
    child = os.fork()
    if child == 0:
        calls = iter(range(1000))
        replace, rename = Path.replace, Path.rename

        def dying(real):
            def change(self, target):
                now = next(calls)
                if now == at and not after:
                    os.kill(os.getpid(), signal.SIGKILL)
                result = real(self, target)
                if now == at:
                    os.kill(os.getpid(), signal.SIGKILL)
                return result

            return change

        Path.replace, Path.rename = dying(replace), dying(rename)
        try:
            act()
        finally:
            os._exit(0)
    _, status = os.waitpid(child, 0)
    return os.WIFSIGNALED(status)


ACTS = {
    "record": lambda keyed: record_contact(opened(keyed), CODES[0], "reached", "2026-11-06"),
    "alert": lambda keyed: drop_alert(keyed, [entry(CODES[2], level=1)]),
    "run": lambda keyed: write_lists(keyed, [entry(code) for code in CODES[:2]]),
}


@pytest.mark.skipif(os.name == "nt", reason="Windows knows no SIGKILL")
@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("act", ACTS)
def test_killed_at_any_point_leaves_the_old_or_the_new(tmp_path, act, after):
    for at in range(100):
        keyed = make_keyed(tmp_path / str(at))
        write_lists(keyed, [entry(CODES[0])])
        drop_alert(keyed, [entry(CODES[1], level=1)])
        if not killed_at(at, after, lambda keyed=keyed: ACTS[act](keyed)):
            break
        register = opened(keyed)
        assert register.problems == ()
        assert {CODES[0], CODES[1]} <= set(codes(register))
        assert len(codes(register)) == len(set(codes(register)))
        assert register.case(CODES[0]).state in {"to_contact", "reached"}
        # The next one goes on as if nothing had been.
        record_contact(register, CODES[0], "reached", "2026-11-06")
        drop_alert(keyed, [entry(CODES[2], level=1)])
        write_lists(keyed, [entry(code) for code in CODES])
        register = opened(keyed)
        assert sorted(codes(register)) == sorted(CODES)
        assert register.case(CODES[0]).state == "reached"
        left = [path for path in keyed.workspace.confidential("screening", WAVE).rglob("*") if "draft" in path.name]
        assert left == []
    assert at >= 3  # three schools' files at least were written


# rotation


def test_who_left_reads_nothing_new_and_nothing_old(tmp_path):
    keyed = make_keyed(tmp_path / "county", old=("counsellor", ()), new=("counsellor", ()), escrow=("escrow", ()))
    write_lists(keyed, [entry(CODES[0])])
    drop_alert(keyed, [entry(CODES[1], level=1)])
    record_contact(opened(keyed, "old"), CODES[0], "reached", "2026-11-06")
    leaving = holder_named(keyed.workspace, "old")
    check_rotation(keyed.workspace, keyed.opens("escrow"), leaving)
    retire_holder(keyed.workspace, "old", "2026-12-01")
    done, others = reseal_register(keyed.workspace, keyed.opens("escrow"))
    assert (done, others) == (len(sealed(keyed)), 0)
    for path in sealed(keyed):
        with pytest.raises(InputError):
            envelope.open_sealed(path.read_bytes(), keyed.opens("old"), path.name)
    register = opened(keyed, "new")
    assert sorted(codes(register)) == sorted(CODES[:2])
    assert register.case(CODES[0]).state == "reached"
    with pytest.raises(InputError):
        opened(keyed, "old")


def test_a_rotation_that_could_not_be_finished_is_not_begun(tmp_path):
    keyed = make_keyed(
        tmp_path / "county", east=("counsellor", ("S001",)), west=("counsellor", ()), escrow=("escrow", ())
    )
    write_lists(keyed, [entry(CODES[0])])
    with pytest.raises(InputError) as error:
        check_rotation(keyed.workspace, keyed.opens("east"), holder_named(keyed.workspace, "west"))
    assert len(error.value.problems) == 2  # S002 and S003, which she does not open


def test_nothing_is_left_to_nobody(tmp_path):
    keyed = make_keyed(tmp_path / "county", lead=("counsellor", ()))
    write_lists(keyed, [entry(CODES[0])])
    with pytest.raises(UsageError) as error:
        check_rotation(keyed.workspace, keyed.opens("lead"), holder_named(keyed.workspace, "lead"))
    assert error.value.key == "left_to_nobody"


def test_a_new_counsellor_reads_older_lists_after_sealing_anew(keyed):
    write_lists(keyed, [entry(CODES[0])])
    secret, public = envelope.new_identity()
    add_holder(keyed.workspace, Holder("new", "counsellor", public, "2026-11-20"))
    keyed.identities["new"] = envelope.identity_of(secret)
    with pytest.raises(InputError):
        opened(keyed, "new")
    reseal_register(keyed.workspace, keyed.opens("lead"))
    assert codes(opened(keyed, "new")) == [CODES[0]]


# the printed page


def test_a_page_is_noted_made_and_destroyed(keyed):
    write_lists(keyed, [entry(CODES[0])])
    roster = read_roster(keyed.workspace.roster)
    path = print_page(opened(keyed), CODES[0], roster, "2026-11-23", "zh")
    assert path.parent == keyed.workspace.confidential("screening", WAVE) / "pages"
    assert path.read_bytes().startswith(b"%PDF-")
    assert CODES[0][:4] not in path.name
    register = opened(keyed)
    case = register.case(CODES[0])
    assert case.page == path.name
    assert register.schools["S001"].record.printed == {CODES[0]: ("2026-11-23",)}
    with pytest.raises(UsageError) as error:
        print_page(register, CODES[0], roster, "2026-11-23", "zh")
    assert error.value.key == "page_there"
    destroy_page(register, case)
    record_contact(register, CODES[0], "closed", "2026-11-24")
    assert not path.exists()
    assert opened(keyed).case(CODES[0]).page == ""


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_what_the_page_says(keyed, lang):
    write_lists(keyed, [entry(CODES[0], level=1, score=12.0)])
    register = opened(keyed)
    content = page_content(register, register.case(CODES[0]), read_roster(keyed.workspace.roster), "2026-11-23", lang)
    text = json.dumps(content, ensure_ascii=False)
    assert "12356" in text
    assert "120" in text
    assert "AAAA-1111-BBBB" in text
    assert "{" not in content["why"]["sentence"]
    assert len(content["guide"]["items"]) >= 6


# for the county


def case_of(day, state="reached", on=None):
    return Case(entry(CODES[0], day=day), (Contact(state, on),) if on else ())


def test_the_county_sees_classes_only():
    cases = [case_of("2026-11-02", on="2026-11-02")] * 7  # the same day
    cases += [case_of("2026-11-02", "referred", "2026-11-05")] * 12  # three days
    cases += [case_of("2026-11-02", "closed", "2026-11-20")] * 3  # closed without a contact: not yet in touch
    cases += [case_of("2026-11-02")] * 1
    told = {one.what: (one.low, one.high) for one in county_classes(cases, 5)}
    assert told["listed"] == (20, 24)
    assert told["state_reached"] == (5, 9)
    assert told["state_referred"] == (10, 14)
    assert told["within_0"] == (5, 9)
    assert told["within_7"] == (10, 14)
    assert told["within_14"] == told["later"] == (0, 4)
    assert told["not_yet"] == (0, 4)


def test_few_people_are_told_nothing_of():
    told = county_classes([case_of("2026-11-02")] * 19, 5)
    assert len(told) == 12
    assert all(one.low is None for one in told)


# the command line


@pytest.fixture(scope="module")
def stick(tmp_path_factory):
    """A key file with a passphrase, which takes no second to open."""
    path = tmp_path_factory.mktemp("stick") / "lead.key.age"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(envelope, "lock", quick_locks.lock)
        return path, files.new_identity_file(path, "correct horse battery")


@pytest.fixture
def desk(tmp_path, stick, monkeypatch):
    """A county whose counsellor sits at the prompt."""
    keyed = make_keyed(tmp_path / "county", escrow=("escrow", ()))
    add_holder(keyed.workspace, Holder("lead", "counsellor", stick[1], "2026-01-01"))
    monkeypatch.chdir(keyed.workspace.root)
    monkeypatch.setenv("WELLBEING_LANG", "en")
    asked = []

    def getpass(prompt="", stream=None):
        asked.append(prompt)
        return "correct horse battery"

    monkeypatch.setattr("getpass.getpass", getpass)
    write_lists(keyed, [entry(CODES[0], level=1, day="2026-11-05"), entry(CODES[1], "S002")])
    return keyed, ["--identity", str(stick[0])], asked


def test_a_case_from_the_list_to_its_close(desk, capfd):
    keyed, identity, asked = desk
    assert call(["followup", "list", *identity]) == 0
    said = capfd.readouterr().out
    assert "1. [today] AAAA-1111-BBBB" in said
    assert "2. [this week] CCCC-2222-DDDD" in said
    assert "make contact today" in said
    assert "to contact" in said
    assert call(["followup", "record", "aaaa 1111 bbbb", "--state", "reached", "--on", "2026-11-06", *identity]) == 0
    assert call(["followup", "print", "AAAA-1111-BBBB", *identity]) == 0
    assert call(["followup", "close", "AAAA-1111-BBBB", *identity]) == 0
    capfd.readouterr()
    assert call(["followup", "list", "--school", "S001", *identity]) == 0
    said = capfd.readouterr().out
    assert f"closed {date.today().isoformat()}" in said
    assert "CCCC" not in said
    assert not list((keyed.workspace.root / "data").rglob("*.pdf"))
    assert len(asked) == 5
    assert all("lead.key.age" in prompt for prompt in asked)
    log = (keyed.workspace.root / "data" / "audit" / "log.jsonl").read_text(encoding="utf-8")
    assert "pages_printed" in log
    assert "AAAA" not in log


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        pytest.param(["record", "AAAA-1111-BBBC", "--state", "reached"], 2, "no such code", id="unknown code"),
        pytest.param(["record", "A-1", "--state", "reached"], 2, "slip", id="malformed code"),
        pytest.param(["record", "AAAA1111BBBB", "--state", "cured"], 2, "referred", id="no such state"),
        pytest.param(["record", "AAAA1111BBBB", "--state", "reached", "--on", "gestern"], 2, "2026-11-23", id="no day"),
        pytest.param(["record", "AAAA1111BBBB", "--state", "reached", "--on", "2999-01-01"], 2, "ahead", id="to come"),
        pytest.param(["list", "--wave", "2031-autumn"], 2, "2031-autumn", id="no such wave"),
        pytest.param(["close", "ZZZZ9999ZZZZ"], 2, "no such code", id="unknown code to close"),
        pytest.param(["print", "ZZZZ9999ZZZZ"], 2, "no such code", id="unknown code to print"),
    ],
)
def test_a_slip_at_the_desk(desk, capfd, arguments, code, said):
    assert call(["followup", *arguments, *desk[1]]) == code
    output = capfd.readouterr()
    assert said in output.err
    assert "ZZZZ" not in output.err
    assert "Traceback" not in output.err


def test_no_identity_a_missing_one_and_a_wrong_passphrase(desk, capfd, monkeypatch, tmp_path):
    assert call(["followup", "list"]) == 2
    assert "--identity" in capfd.readouterr().err
    asked = len(desk[2])
    assert call(["followup", "list", "--identity", str(tmp_path / "gone.age")]) == 2
    assert len(desk[2]) == asked  # nobody types a passphrase for a file that is not there
    monkeypatch.setattr("getpass.getpass", lambda prompt="", stream=None: "wrong horse")
    assert call(["followup", "list", *desk[1]]) == 3
    assert "passphrase is wrong" in capfd.readouterr().err


def test_the_countys_classes_at_the_desk(desk, capfd, tmp_path):
    out = tmp_path / "classes.csv"
    assert call(["followup", "export", "--out", str(out), *desk[1]]) == 0
    rows = out.read_text(encoding="utf-8").splitlines()
    assert rows[0] == "what,class"
    assert {row.split(",")[1] for row in rows[1:]} == {"-"}  # two people are told nothing of


def test_who_does_not_read_every_school_makes_no_county_figures(tmp_path, stick, desk, capfd):
    workspace = desk[0].workspace
    retire_holder(workspace, "lead", "2026-11-20")
    # The same key again, for one school: the others' lists are sealed to the escrow and somebody else.
    secret, public = envelope.new_identity()
    add_holder(workspace, Holder("else", "counsellor", public, "2026-11-20", ("S002", "S003")))
    keyed = desk[0]
    keyed.identities["else"] = envelope.identity_of(secret)
    holders = read_holders(workspace)
    recipients = {s: recipients_of(holders, s) for s in ("S002", "S003")} | {"S001": [stick[1]]}
    contents = {s: {"entries": []} for s in SCHOOLS}
    sealed_files.write_lists(WaveFolder.of(workspace, "screening", WAVE), contents, recipients)
    assert call(["followup", "export", *desk[1]]) == 2
    assert "every school" in capfd.readouterr().err
