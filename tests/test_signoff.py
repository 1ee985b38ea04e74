"""Sign-off: two people who did not make it, what they saw by its hash, and that any change sets it back."""

import hashlib
import json
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from signed_off import NOON, SURVEY, WAVE, copied, snapshots
from wellbeing import audit_log
from wellbeing.cli import call
from wellbeing.disclosure.refused import Refused
from wellbeing.disclosure.state import state_of
from wellbeing.errors import InputError, UsageError
from wellbeing.keys import verify_keys
from wellbeing.keys.holders import Holder, add_holder, retire_holder
from wellbeing.signoff import approval
from wellbeing.signoff.material import page_file
from wellbeing.signoff.policy import load_signoff_policy
from wellbeing.signoff.record import read_entries, signoff_file
from wellbeing.signoff.standing import look
from wellbeing.signoff.statements import list_file, read_list, read_statement, statement_file


@pytest.fixture(scope="module")
def stages(tmp_path_factory):
    return snapshots(tmp_path_factory)


@pytest.fixture
def county(stages, tmp_path):
    return copied(stages["fresh"], tmp_path / "county")


@pytest.fixture
def approved(stages, tmp_path):
    return copied(stages["approved"], tmp_path / "approved")


@pytest.fixture
def issued(stages, tmp_path):
    return copied(stages["issued"], tmp_path / "issued")


def state(county):
    return state_of(county.release, verify_keys(county.workspace)).name


def test_two_others_approve_and_the_county_issues(county):
    county.submit()
    assert not county.approve("first").complete
    assert state(county) == "audited"
    assert county.approve("second", office="counsellor").complete
    assert state(county) == "approved"
    county.issue()
    assert state(county) == "issued"
    lines = [json.loads(line) for line in audit_log.log_file(county.workspace).read_bytes().splitlines()]
    events = [(line["event"], line["actor"], "signature" in line) for line in lines]
    assert events == [
        ("release_audited", "analyst", False),
        ("release_approved", "counsellor", False),
        ("release_issued", "officer", True),
    ]
    assert (lines[0]["attacked"], lines[0]["narrowest"], lines[0]["leaks"]) == (120, 5, 0)
    assert audit_log.check(county.workspace, verify_keys(county.workspace)) == 3


def test_each_approver_signs_for_three_named_reports_and_the_page(county):
    county.submit()
    found = county.approve("first")
    seen = found.approvals[0].seen
    page = page_file(county.workspace, SURVEY, WAVE)
    assert seen.pop("audit.html") == hashlib.sha256(page.read_bytes()).hexdigest()
    assert len(seen) == 3
    for name, digest in seen.items():
        assert hashlib.sha256((county.reports.parent / name).read_bytes()).hexdigest() == digest
        assert digest in page.read_text(encoding="utf-8")


def test_who_has_not_opened_the_page_cannot_approve(county):
    county.submit()
    page = page_file(county.workspace, SURVEY, WAVE).read_text(encoding="utf-8")
    mark = look(county.workspace, SURVEY, WAVE, NOON).material.mark
    assert f"<strong>{mark}</strong>" in page
    with pytest.raises(UsageError, match=r"audit\.html"):
        approval.approve(county.workspace, SURVEY, WAVE, county.keys["first"], "officer", "00000000", NOON)
    assert not look(county.workspace, SURVEY, WAVE, NOON).approvals


def test_nobody_approves_what_she_made(county):
    county.submit("maker")
    with pytest.raises(Refused) as refused:
        county.approve("maker")
    assert (refused.value.key, refused.value.exit_code) == ("signoff_own", 4)


def test_nobody_approves_twice(county):
    county.submit()
    county.approve("first")
    with pytest.raises(Refused) as refused:
        county.approve("first")
    assert refused.value.key == "signoff_twice"


@pytest.mark.parametrize(("name", "refusal"), [("maker", "signoff_own"), ("first", "signoff_twice")])
def test_a_second_key_makes_no_second_person(county, name, refusal):
    county.submit()
    county.approve("first")
    county.keys["new"] = Ed25519PrivateKey.generate()
    retire_holder(county.workspace, name, "2026-11-24")
    public = county.keys["new"].public_key().public_bytes_raw().hex()
    add_holder(county.workspace, Holder(name, "signer", public, "2026-11-24"))
    with pytest.raises(Refused) as refused:
        county.approve("new")
    assert refused.value.key == refusal


def test_a_key_that_is_not_listed_approves_nothing(county):
    county.submit()
    county.keys["stranger"] = Ed25519PrivateKey.generate()
    for wrong in ("stranger", "county"):
        with pytest.raises(UsageError) as refused:
            county.approve(wrong)
        assert refused.value.key == "not_a_signer"


def test_a_retired_key_approves_nothing_more(county):
    county.submit()
    county.approve("first")
    retire_holder(county.workspace, "second", "2026-11-22")
    with pytest.raises(UsageError):
        county.approve("second")
    # An approval from before somebody left still counts; one dated after it does not.
    retire_holder(county.workspace, "first", "2026-11-22")
    assert [reason for _, reason in look(county.workspace, SURVEY, WAVE, NOON).void] == ["stranger"]


def test_nothing_is_approved_that_was_not_put_forward(county):
    with pytest.raises(Refused) as refused:
        county.approve("first")
    assert refused.value.key == "signoff_not_submitted"


def test_one_approval_is_too_few_to_issue(county):
    county.submit()
    county.approve("first")
    with pytest.raises(Refused) as refused:
        county.issue()
    assert (refused.value.key, state(county)) == ("signoff_incomplete", "audited")


def test_a_changed_report_sets_everything_back(approved):
    approved.make_reports(pages=2)
    with pytest.raises(Refused) as refused:
        approved.issue()
    assert (refused.value.key, state(approved)) == ("signoff_incomplete", "audited")
    found = look(approved.workspace, SURVEY, WAVE, NOON)
    assert (found.submitted, found.approvals, [reason for _, reason in found.void]) == (None, (), ["changed"] * 2)
    approved.submit()
    approved.approve("first")
    approved.approve("third")
    approved.issue()
    assert state(approved) == "issued"


def test_a_report_that_is_not_as_it_was_made_stops_everything(county):
    path = county.reports / f"S001_{WAVE}.pdf"
    path.write_bytes(path.read_bytes() + b"\n")
    with pytest.raises(InputError) as refused:
        county.submit()
    assert [problem.what for problem in refused.value.problems] == ["manifest_changed"]


def test_reports_of_another_release_are_not_put_forward(county):
    manifest = county.reports / "manifest.json"
    told = json.loads(manifest.read_text(encoding="utf-8")) | {"release": "0" * 64}
    manifest.write_text(json.dumps(told), encoding="utf-8")
    with pytest.raises(InputError) as refused:
        county.submit()
    assert [problem.what for problem in refused.value.problems] == ["signoff_other_release"]


def test_a_changed_release_is_a_draft_and_cannot_be_put_forward(county):
    path = county.release / "units.csv"
    path.write_bytes(path.read_bytes() + b" ")
    with pytest.raises(Refused):
        county.submit()


def test_an_approval_expires_after_the_policys_days(county):
    days = load_signoff_policy(county.workspace).approval_days
    county.submit()
    county.approve("first", NOON)
    county.approve("second", NOON + timedelta(days=1))
    assert look(county.workspace, SURVEY, WAVE, NOON + timedelta(days=days)).complete
    late = NOON + timedelta(days=days, minutes=1)
    with pytest.raises(Refused):
        county.issue(late)
    found = look(county.workspace, SURVEY, WAVE, late)
    assert ([reason for _, reason in found.void], len(found.approvals), state(county)) == (["expired"], 1, "audited")
    county.approve("first", late)
    county.issue(late)
    assert state(county) == "issued"


def test_an_approval_from_the_future_does_not_count(county):
    county.submit()
    county.approve("first", NOON + timedelta(days=1))
    assert [reason for _, reason in look(county.workspace, SURVEY, WAVE, NOON).void] == ["ahead"]


@pytest.mark.parametrize(("approvers", "days", "wrong"), [(1, 14, 1), (2, 15, 1), (0, 0, 2), (2, 14, 0), (3, 1, 0)])
def test_a_county_may_only_be_stricter(county, approvers, days, wrong):
    path = county.workspace.surveys / "policy.yaml"
    text = path.read_text(encoding="utf-8")
    head = text[: text.index("signoff:")]
    path.write_text(f"{head}signoff:\n  approvers: {approvers}\n  approval_days: {days}\n", encoding="utf-8")
    if wrong:
        with pytest.raises(InputError) as refused:
            load_signoff_policy(county.workspace)
        assert len(refused.value.problems) == wrong
    else:
        assert load_signoff_policy(county.workspace).approvers == approvers


def test_a_workspace_without_the_numbers_has_the_kits(county):
    path = county.workspace.surveys / "policy.yaml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text[: text.index("signoff:")], encoding="utf-8")
    policy = load_signoff_policy(county.workspace)
    assert (policy.approvers, policy.approval_days) == (2, 14)


def _word(lines):
    return [line.replace(b'"officer"', b'"counsellor"') for line in lines]


def _drop(lines):
    return lines[1:]


def _double(lines):
    return [*lines, lines[-1]]


@pytest.mark.parametrize("change", [_word, _drop, _double], ids=lambda f: f.__name__)
def test_a_changed_record_counts_for_nothing(approved, change):
    path = signoff_file(approved.release)
    path.write_bytes(b"\n".join(change(path.read_bytes().splitlines())) + b"\n")
    assert not read_entries(path)[1]
    with pytest.raises(Refused) as refused:
        approved.issue()
    assert refused.value.key == "signoff_record"


def test_the_record_names_keys_and_offices_and_nobody(issued):
    text = signoff_file(issued.release).read_text(encoding="ascii")
    assert not any(name in text for name in ("maker", "first", "second", "county"))
    keys = {"act", "key", "office", "at", "release", "material", "seen", "previous", "signature"}
    assert all(set(json.loads(line)) == keys for line in text.splitlines())


def test_every_school_gets_a_signature_and_the_list_its_file(issued):
    keys = verify_keys(issued.workspace)
    told = {}
    for school in ("S001", "S002", "S003", "S004", "S005"):
        path = statement_file(issued.workspace, SURVEY, WAVE, "zh", school)
        statement, _ = read_statement(path.read_bytes(), path.name, keys)
        told[school] = (statement.unit, statement.sha256)
    assert [told[school][0] for school in told] == ["S001", "S002", "G01", "G01", "G01"]
    for unit_code, digest in told.values():
        assert hashlib.sha256((issued.reports / f"{unit_code}_{WAVE}.pdf").read_bytes()).hexdigest() == digest
    path = list_file(issued.workspace, SURVEY, WAVE)
    files = read_list(path.read_bytes(), path.name, keys)[0]["files"]
    assert {digest for _, digest in told.values()} <= set(files)
    assert set(files.values()) == {"current"}


def test_reports_made_anew_after_the_issue_need_new_approvals(issued):
    issued.make_reports(pages=2)
    with pytest.raises(Refused) as refused:
        approval.require_issued(issued.workspace, SURVEY, WAVE, NOON)
    assert refused.value.key == "signoff_changed"
    issued.submit()
    issued.approve("first")
    issued.approve("third")
    issued.issue()
    assert approval.require_issued(issued.workspace, SURVEY, WAVE, NOON).issued is not None
    path = list_file(issued.workspace, SURVEY, WAVE)
    states = sorted(read_list(path.read_bytes(), path.name)[0]["files"].values())
    assert states == ["current"] * 4 + ["superseded"] * 4


@pytest.mark.parametrize("reached", ["audited", "approved", "recalled"])
def test_nothing_is_distributed_that_is_not_issued(stages, tmp_path, reached):
    start = {"audited": "fresh", "approved": "approved", "recalled": "issued"}[reached]
    county = copied(stages[start], tmp_path / "county")
    if reached == "recalled":
        approval.recall(county.workspace, SURVEY, WAVE, county.keys["county"], "counsellor", NOON)
    assert state(county) == reached
    with pytest.raises(Refused):
        approval.require_issued(county.workspace, SURVEY, WAVE, NOON)


def test_a_state_written_by_hand_issues_nothing(county):
    """The steps alone do not do: the county's key signed neither the release nor what was approved."""
    from wellbeing.disclosure.state import advance

    advance(county.release, "approved", "officer", now=NOON)
    advance(county.release, "issued", "officer", now=NOON)
    with pytest.raises(Refused):
        approval.require_issued(county.workspace, SURVEY, WAVE, NOON)


# By the command line


@pytest.fixture
def at(county, monkeypatch):
    """Stand in the workspace; key files are named after their owners and need no passphrase here."""
    monkeypatch.chdir(county.workspace.root)
    monkeypatch.setenv("WELLBEING_LANG", "en")
    monkeypatch.setattr("wellbeing.keys.files.locked_bytes", lambda path: b"")
    monkeypatch.setattr("wellbeing.keys.passphrases.ask", lambda file: "")
    monkeypatch.setattr("wellbeing.keys.files.read_release_key", lambda path, passphrase: county.keys[path.name])
    monkeypatch.setattr("wellbeing.keys.read_release_key", lambda path, passphrase: county.keys[path.name])
    return county


def test_the_way_by_the_command_line(at, capsys):
    wave = ["--wave", WAVE]
    assert call(["release", "issue", *wave, "--release-key", "county"]) == 4
    assert call(["release", "submit", *wave, "--key", "maker"]) == 0
    assert "audit.html" in capsys.readouterr().out
    mark = ["--mark", look(at.workspace, SURVEY, WAVE).material.mark]
    assert call(["release", "approve", *wave, "--key", "maker", *mark]) == 4
    assert call(["release", "approve", *wave, "--key", "first", "--mark", "x"]) == 2
    assert call(["release", "approve", *wave, "--key", "first", *mark, "--office", "analyst"]) == 2
    assert call(["release", "approve", *wave, "--key", "first", *mark]) == 0
    assert call(["release", "approve", *wave, "--key", "second", *mark, "--office", "counsellor"]) == 0
    assert call(["release", "issue", *wave, "--release-key", "county"]) == 0
    capsys.readouterr()
    assert call(["release", "status"]) == 0
    shown = capsys.readouterr().out
    assert "put forward" in shown
    assert "by second (the counselling lead)" in shown
    assert "2 of 2 approvals" in shown
    assert call(["release", "recall", *wave, "--release-key", "county", "--yes"]) == 0
    assert state(at) == "recalled"
    assert call(["release", "recall", *wave, "--release-key", "county", "--yes"]) == 4
    assert "Traceback" not in capsys.readouterr().err


def test_a_county_without_a_key_cannot_issue(at, capsys):
    retire_holder(at.workspace, "county", "2026-11-22")
    assert call(["release", "issue", "--wave", WAVE]) == 2
    assert "keys new --role release" in capsys.readouterr().err


@pytest.mark.parametrize("more", [["--wave", "2027-autumn"], ["--wave", WAVE, "--survey", "staff_opinion"]])
def test_a_release_that_is_not_there(at, more, capsys):
    assert call(["release", "submit", *more, "--key", "maker"]) == 2
    assert "Traceback" not in capsys.readouterr().err
