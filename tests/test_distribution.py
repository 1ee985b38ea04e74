"""Distribution: each school its own file and nobody else's, whatever is swapped, missing or broken."""

import csv
import email
import email.policy
import errno
import hashlib
import io
import json
import os
import re
import shutil
import zipfile
from dataclasses import replace

import pyrage
import pytest
from pypdf import PdfReader

from releases import county_units, release_of, unit
from signed_off import NAMES, NOON, SURVEY, UNITS, WAVE, blank_pdf, copied, snapshots
from wellbeing.cli import call
from wellbeing.disclosure.refused import Refused
from wellbeing.distribution.carrying import Means, carry_out
from wellbeing.distribution.genuine import check_genuine
from wellbeing.distribution.index_page import write_index
from wellbeing.distribution.letters import Sender
from wellbeing.distribution.matching import Mismatch, check_message, check_sending, codes_inside
from wellbeing.distribution.passwords import new_passwords, read_passwords
from wellbeing.distribution.plan import make_plan
from wellbeing.distribution.recalling import recall_rows, send_recall
from wellbeing.distribution.recipients import is_address
from wellbeing.distribution.register import Line, Register, enter, read_register, register_file, register_held
from wellbeing.distribution.zip_aes import encrypted_zip
from wellbeing.errors import ArtefactRefused, InputError, UsageError
from wellbeing.signoff import approval
from wellbeing.signoff.let_go import withdraw_files
from wellbeing.signoff.statements import (
    distribution_folder,
    list_file,
    read_statement,
    sign_statement,
    statement_file,
)

SENDER = Sender("reports@bureau.example.org", "Bureau")


@pytest.fixture(scope="module")
def stages(tmp_path_factory):
    return snapshots(tmp_path_factory)


@pytest.fixture
def county(stages, tmp_path):
    return copied(stages["issued"], tmp_path / "county")


def planned(county, way="folder", packing="plain", again=()):
    found = county.standing()
    register = read_register(register_file(county.workspace, SURVEY, WAVE))
    return make_plan(county.workspace, SURVEY, WAVE, "zh", way, packing, found, register, frozenset(again))


def carried(county, plan, **means):
    with register_held(county.workspace, SURVEY, WAVE) as file:
        return carry_out(county.workspace, plan, file, Means(**means), NOON)


def handed(county, way="folder"):
    return distribution_folder(county.workspace, SURVEY, WAVE) / "zh" / way


def states(plan):
    return {row.recipient.school: row.state for row in plan.rows}


def problems_of(refused):
    return {problem.what for problem in refused.value.problems}


# Each school its own


def test_each_school_gets_its_units_report_under_its_own_code(county):
    result = carried(county, planned(county))
    assert result.endings == dict.fromkeys(NAMES, "made")
    for school, home in UNITS.items():
        files = sorted(path.name for path in (handed(county) / school).iterdir())
        assert files == [f"{school}_{WAVE}.pdf", f"{school}_{WAVE}.pdf.sig"]
        got = (handed(county) / school / files[0]).read_bytes()
        assert got == (county.reports / f"{home}_{WAVE}.pdf").read_bytes()
        assert check_genuine(handed(county) / school / files[0], workspace=county.workspace).statement.school == school
    lines = read_register(register_file(county.workspace, SURVEY, WAVE)).lines
    own = hashlib.sha256((county.reports / f"S001_{WAVE}.pdf").read_bytes()).hexdigest()
    assert [(line.school, line.pdf, line.file, line.at) for line in lines if line.school == "S001"] == [
        ("S001", own, own, "2026-11-23T12:00Z")
    ]


def test_a_real_report_carries_its_codes(tmp_path):
    from wellbeing.reports.school import write_school_report
    from wellbeing.workspace import kit_root

    release = release_of(county_units(unit("S001", 45)))
    path = write_school_report(release, "S001", "zh", tmp_path, kit_root() / "reports" / "templates")
    assert codes_inside(path.read_bytes()) == ("S001", SURVEY, WAVE)


def test_what_is_there_is_not_made_twice_but_on_request(county):
    carried(county, planned(county))
    assert set(states(planned(county)).values()) == {"done"}
    assert set(states(planned(county, "eml")).values()) == {"ready"}
    assert states(planned(county, again=["S002"]))["S002"] == "again"


def test_a_superseded_report_is_replaced_and_the_letter_says_so(county):
    carried(county, planned(county, "eml"), sender=SENDER)
    old = hashlib.sha256((county.reports / f"S001_{WAVE}.pdf").read_bytes()).hexdigest()
    county.make_reports(pages=2)
    with pytest.raises(Refused):
        planned(county)
    county.submit()
    county.approve("first")
    county.approve("third")
    county.issue()
    plan = planned(county, "eml")
    assert set(states(plan).values()) == {"replaces"}
    carried(county, plan, sender=SENDER)
    text = mail_text(handed(county, "eml") / f"S001_{WAVE}.eml")
    assert old[:12] in text
    assert "取代" in text


def test_a_school_without_a_report_is_named_and_the_others_get_theirs(stages, tmp_path):
    county = copied(stages["fresh"], tmp_path / "county")
    county.make_reports(leave_out="S002")
    county.submit()
    county.approve("first")
    county.approve("second")
    county.issue()
    plan = planned(county)
    assert states(plan)["S002"] == "no_report"
    assert sorted(carried(county, plan).endings) == ["S001", "S003", "S004", "S005"]
    page = write_index(county.workspace, planned(county), Register(), "zh").read_text(encoding="utf-8")
    assert "没有报告" in page


def test_nothing_goes_that_is_not_issued(stages, tmp_path):
    with pytest.raises(Refused):
        planned(copied(stages["approved"], tmp_path / "county"))


# Everything that names a school is swapped once


def first_sending(county):
    return planned(county, "eml").rows[0].sending


def _other_pdf(sending, county):
    pdf = (county.reports / f"S002_{WAVE}.pdf").read_bytes()
    return replace(sending, pdf=pdf)


def _other_inside(sending, county):
    """Somebody put S002's page under S001's name before everything was signed."""
    pdf = blank_pdf("S002")
    return replace(sending, pdf=pdf, statement=replace(sending.statement, sha256=hashlib.sha256(pdf).hexdigest()))


def _other_statement(sending, county):
    path = statement_file(county.workspace, SURVEY, WAVE, "zh", "S002")
    statement = read_statement(path.read_bytes(), path.name)[0]
    return replace(sending, statement=replace(statement, sha256=sending.statement.sha256))


def _other_name(sending, county):
    return replace(sending, file_name=f"S002_{WAVE}.pdf")


def _other_recipient(sending, county):
    return replace(sending, recipient=planned(county, "eml").rows[1].recipient)


def _other_wave(sending, county):
    return replace(sending, file_name="S001_2026-spring.pdf")


@pytest.mark.parametrize(
    ("swap", "found"),
    [
        (_other_pdf, {"content", "inside"}),
        (_other_inside, {"inside"}),
        (_other_statement, {"signature"}),
        (_other_name, {"file_name"}),
        (_other_recipient, {"signature", "file_name"}),
        (_other_wave, {"file_name"}),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_a_swap_is_found(county, swap, found):
    sending = first_sending(county)
    check_sending(sending, Register())
    with pytest.raises(Mismatch) as refused:
        check_sending(swap(sending, county), Register())
    assert set(refused.value.what) == {f"distribution.check_{what}" for what in found}
    assert refused.value.exit_code == 4
    assert "S00" in refused.value.message("en")


def test_two_addresses_that_changed_places_are_found_by_the_register(county):
    carried(county, planned(county, "eml"), sender=SENDER)
    county.recipients(
        S001="S001,青云镇中心小学,office@s002.example.org", S002="S002,白石乡中心小学,office@s001.example.org"
    )
    with pytest.raises(Mismatch) as refused:
        planned(county, "eml")
    assert refused.value.what == ("distribution.check_register",)


def test_two_signatures_that_changed_places_are_found(county):
    one, other = (statement_file(county.workspace, SURVEY, WAVE, "zh", school) for school in ("S001", "S002"))
    kept = one.read_bytes()
    one.write_bytes(other.read_bytes())
    other.write_bytes(kept)
    with pytest.raises(Mismatch):
        planned(county)


def test_two_reports_that_changed_places_are_found(county):
    county.found = None
    one, other = (county.reports / f"{school}_{WAVE}.pdf" for school in ("S001", "S002"))
    kept = one.read_bytes()
    one.write_bytes(other.read_bytes())
    other.write_bytes(kept)
    with pytest.raises(InputError) as refused:
        planned(county)
    assert problems_of(refused) == {"manifest_changed"}


def test_two_reports_and_their_manifest_that_changed_places_are_found(county):
    county.found = None
    one, other = (county.reports / f"{school}_{WAVE}.pdf" for school in ("S001", "S002"))
    kept = one.read_bytes()
    one.write_bytes(other.read_bytes())
    other.write_bytes(kept)
    manifest = county.reports / "manifest.json"
    told = json.loads(manifest.read_text(encoding="utf-8"))
    files = told["files"]
    files[one.name], files[other.name] = files[other.name], files[one.name]
    manifest.write_text(json.dumps(told), encoding="utf-8")
    with pytest.raises(Refused):
        planned(county)


def test_a_signature_of_another_key_is_found(county):
    path = statement_file(county.workspace, SURVEY, WAVE, "zh", "S001")
    path.write_bytes(sign_statement(read_statement(path.read_bytes(), path.name)[0], county.keys["first"]))
    with pytest.raises(InputError) as refused:
        planned(county)
    assert problems_of(refused) == {"sig_stranger"}


def test_a_mail_to_another_or_to_two_is_found(county):
    carried(county, planned(county, "eml"), sender=SENDER)
    mail = (handed(county, "eml") / f"S001_{WAVE}.eml").read_bytes()
    sending = first_sending(county)
    signature = statement_file(county.workspace, SURVEY, WAVE, "zh", "S001").read_bytes()
    parts = {sending.file_name: sending.pdf, f"{sending.file_name}.sig": signature}
    check_message(mail, sending, parts)
    to = b"To: office@s001.example.org"
    for wrong in (
        mail.replace(to, b"To: office@s002.example.org"),
        mail.replace(to, to + b"\r\nCc: office@s002.example.org"),
        mail.replace(f'filename="S001_{WAVE}.pdf"'.encode(), f'filename="S002_{WAVE}.pdf"'.encode()),
    ):
        assert wrong != mail
        with pytest.raises(Mismatch):
            check_message(wrong, sending, parts)
    with pytest.raises(Mismatch):
        check_message(mail, sending, parts | {sending.file_name: blank_pdf("S002")})


# The recipients' file


@pytest.mark.parametrize(
    ("school", "line", "what", "row"),
    [
        pytest.param("S002", "S002,白石乡中心小学,", "recipient_lacks", 3, id="no address"),
        pytest.param("S002", "", "recipient_missing", None, id="no row"),
        pytest.param("S002", "S002,白石乡中心小学,OFFICE@s001.example.org", "recipient_twice", 3, id="doubled address"),
        pytest.param("S002", "S001,青云镇中心小学,a@b.example.org", "repeats_row", 3, id="doubled school"),
        pytest.param("S002", "S002,白石乡中心小学,office.example.org", "recipient_address", 3, id="malformed"),
        pytest.param("S002", "S002,白石乡中心小学,a@b.org;c@d.org", "recipient_address", 3, id="two in a cell"),
        pytest.param("S002", "S009,白石乡中心小学,a@b.example.org", "recipient_unknown", 3, id="unknown school"),
        pytest.param("S002", "S002,东河小学,a@b.example.org", "recipient_name", 3, id="a shifted name"),
        pytest.param("S002", "S002,白石乡中心小学", "row_length", 3, id="a short row"),
    ],
)
def test_a_fault_of_the_recipients_is_named_by_row_and_stops_everything(county, school, line, what, row):
    county.recipients(**{school: line})
    with pytest.raises(InputError) as refused:
        planned(county, "eml")
    assert what in problems_of(refused)
    assert row in [problem.row for problem in refused.value.problems if problem.what == what]
    assert "@" not in refused.value.message("en")
    assert "@" not in refused.value.message("zh")
    assert not register_file(county.workspace, SURVEY, WAVE).exists()


def test_all_faults_are_told_at_once(county):
    county.recipients(S001="S001,青云镇中心小学,nobody", S002="S002,白石乡中心小学,", S003="")
    with pytest.raises(InputError) as refused:
        planned(county, "eml")
    assert problems_of(refused) == {"recipient_address", "recipient_lacks", "recipient_missing"}


def test_without_mail_no_address_is_needed(county):
    county.recipients(S002="S002,白石乡中心小学,")
    assert states(planned(county))["S002"] == "ready"


def test_there_is_no_list_of_recipients(county):
    county.recipients().unlink()
    with pytest.raises(UsageError) as refused:
        planned(county)
    assert refused.value.key == "no_recipients"


@pytest.mark.parametrize(
    ("text", "right"),
    [
        ("office@school.example.org", True),
        ("a.b+c@xn--fiqs8s.cn", True),
        ("a@b", False),
        ("a@@b.org", False),
        ("a b@c.org", False),
        (".a@b.org", False),
        ("a..b@c.org", False),
        ("a@-b.org", False),
        ("a@b.org\nBcc: c@d.org", False),
        ("<a@b.org>", False),
        ("办公室@学校.org", False),
        ("", False),
    ],
)
def test_addresses(text, right):
    assert is_address(text) is right


def test_a_school_that_changed_its_name_waits_for_a_word(county):
    county.roster(S001="青云镇实验小学")
    new = "S001,青云镇实验小学,office@s001.example.org"
    county.recipients(S001=new)
    with pytest.raises(InputError) as refused:
        planned(county)
    assert problems_of(refused) == {"recipient_renamed"}
    path = county.recipients(S001=f"{new},青云镇中心小学")
    lines = path.read_text(encoding="utf-8").splitlines()
    rest = [line if line.count(",") == 3 else f"{line}," for line in lines[1:]]
    path.write_text("\n".join([f"{lines[0]},formerly", *rest]) + "\n", encoding="utf-8")
    assert states(planned(county))["S001"] == "ready"


# Packings


def test_a_zip_is_byte_for_byte_what_another_program_makes():
    """Made by pyzipper 0.4.0 from the same salt, password and text: salt, verifier, cipher text, seal."""
    outside = bytes.fromhex(
        "000102030405060708090a0b0c0d0e0f2d159e290ad5bc707583bac508b2edc77adc7634da25837f554d97341e57569a"
        "07ed4e4df4fa3dd41240ed9a7b5d74d38ae440d2ff2f58c823"
    )
    text = b"The quick brown fox jumps over the lazy dog."
    made = encrypted_zip("a.txt", text, "correct horse", bytes(range(16)))
    assert outside in made
    with zipfile.ZipFile(io.BytesIO(made)) as archive:
        entry = archive.infolist()[0]
        assert (entry.filename, entry.file_size, entry.compress_size, entry.compress_type) == ("a.txt", 44, 73, 99)


@pytest.fixture
def passwords(county, tmp_path):
    path = tmp_path / "usb" / "passwords.csv"
    new_passwords(county.workspace, list(NAMES), path)
    return path


def test_passwords_are_each_schools_own_and_strong(county, passwords):
    known = read_passwords(passwords, list(NAMES))
    assert len(set(known.values())) == len(NAMES)
    assert all(re.fullmatch(r"([A-HJ-NP-Z2-9]{4}-){4}[A-HJ-NP-Z2-9]{4}", one) for one in known.values())
    with pytest.raises(UsageError):
        new_passwords(county.workspace, list(NAMES), passwords)
    with pytest.raises(UsageError):
        new_passwords(county.workspace, list(NAMES), county.workspace.root / "data" / "passwords.csv")


def test_faults_of_passwords_are_named_and_no_password_is(passwords):
    rows = [
        "school_id,password",
        "S001,short",
        "S002,SAME-SAME-SAME-1",
        "S003,SAME-SAME-SAME-1",
        "S009,WHO-IS-THIS-AT-ALL",
    ]
    passwords.write_text("\n".join(rows) + "\n", encoding="utf-8")
    with pytest.raises(InputError) as refused:
        read_passwords(passwords, list(NAMES))
    assert problems_of(refused) == {"password_weak", "password_shared", "recipient_unknown", "recipient_missing"}
    assert "SAME" not in refused.value.message()


def test_an_encrypted_copy_opens_with_the_schools_password_alone(county, passwords):
    known = read_passwords(passwords, list(NAMES))
    carried(county, planned(county, "pdf", "pdf"), passwords=known)
    # The signature is the original's: beside a copy it would call it tampered with.
    assert [path.name for path in (handed(county, "pdf") / "S001").iterdir()] == [f"S001_{WAVE}.pdf"]
    reader = PdfReader(handed(county, "pdf") / "S001" / f"S001_{WAVE}.pdf")
    assert reader.is_encrypted
    assert reader.trailer["/Encrypt"]["/V"] == 5
    assert reader.trailer["/Encrypt"]["/R"] == 6
    assert not reader.decrypt(known["S002"])
    assert reader.decrypt(known["S001"])
    assert reader.metadata["/Keywords"] == f"S001, {SURVEY}, {WAVE}"


def test_a_zip_for_each_school_holds_nothing_in_clear_but_its_name(county, passwords):
    known = read_passwords(passwords, list(NAMES))
    result = carried(county, planned(county, "zip", "zip"), passwords=known)
    assert set(result.endings.values()) == {"made"}
    content = (handed(county, "zip") / "S001" / f"S001_{WAVE}.zip").read_bytes()
    assert b"%PDF" not in content
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.namelist() == [f"S001_{WAVE}.pdf"]


def test_an_age_file_opens_with_the_schools_key_alone(county):
    keys = {school: pyrage.x25519.Identity.generate() for school in NAMES}
    with (county.workspace.root / "data" / "recipients.csv").open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file)
        table.writerow(["school_id", "name", "email", "key"])
        table.writerows([school, name, "", str(keys[school].to_public())] for school, name in NAMES.items())
    carried(county, planned(county, "age", "age"))
    sealed = (handed(county, "age") / "S001" / f"S001_{WAVE}.pdf.age").read_bytes()
    assert pyrage.decrypt(sealed, [keys["S001"]]) == (county.reports / f"S001_{WAVE}.pdf").read_bytes()
    with pytest.raises(pyrage.DecryptError):
        pyrage.decrypt(sealed, [keys["S002"]])


def test_a_school_without_a_key_is_named(county):
    with pytest.raises(InputError) as refused:
        planned(county, "age", "age")
    assert problems_of(refused) == {"recipient_lacks"}


# Letters


def mail_text(path):
    mail = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
    return mail["Subject"] + mail.get_body().get_content()


def test_a_draft_has_one_recipient_the_letter_and_the_file_with_its_signature(county):
    carried(county, planned(county, "eml"), sender=SENDER)
    path = handed(county, "eml") / f"S003_{WAVE}.eml"
    mail = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
    assert (mail["To"], mail["From"]) == ("office@s003.example.org", "Bureau <reports@bureau.example.org>")
    names = [part.get_filename() for part in mail.iter_attachments()]
    assert names == [f"S003_{WAVE}.pdf", f"S003_{WAVE}.pdf.sig"]
    attached = next(mail.iter_attachments()).get_payload(decode=True)
    assert attached == (county.reports / f"G01_{WAVE}.pdf").read_bytes()
    text = mail_text(path)
    assert "南岭教学点" in text
    assert "{" not in text


def test_the_countys_own_words_are_used_and_a_wrong_field_is_named(county):
    path = county.workspace.templates / "letter_zh.txt"
    path.write_text("主题 {school_id}\n您好，{school}。\n", encoding="utf-8")
    carried(county, planned(county, "eml"), sender=SENDER)
    assert mail_text(handed(county, "eml") / f"S001_{WAVE}.eml").strip() == "主题 S001您好，青云镇中心小学。"
    path.write_text("主题\n{score}\n", encoding="utf-8")
    with pytest.raises(InputError) as refused:
        carried(county, planned(county, "eml", again=["S001"]), sender=SENDER)
    assert problems_of(refused) == {"letter_field"}


# The register


def line(event, pdf="a" * 64, school="S001"):
    return Line("2026-11-23T12:00Z", event, school, "zh", pdf, pdf, "smtp", "a@b.example.org")


@pytest.mark.parametrize(
    ("events", "held"),
    [
        ([], None),
        (["sending"], "sending"),
        (["sending", "failed"], None),
        (["sending", "refused"], None),
        (["sending", "sent"], "sent"),
        (["sending", "unsure"], "unsure"),
        (["sending", "unsure", "sending", "failed"], "unsure"),
        (["sending", "sent", "bounced"], "bounced"),
        (["sending", "sent", "arrived", "recall_sent"], "arrived"),
    ],
)
def test_who_has_or_may_have_a_file(events, held):
    found = Register(tuple(line(event) for event in events)).held("S001", "zh")
    assert (found and found.event) == held


@pytest.mark.parametrize(
    "change", [lambda lines: lines[1:], lambda lines: [lines[0].replace(b"S001", b"S002"), *lines[1:]]]
)
def test_a_changed_register_stops_everything(tmp_path, change):
    path = tmp_path / "register.jsonl"
    for event in ("sending", "sent", "arrived"):
        enter(path, line(event))
    assert len(read_register(path).lines) == 3
    path.write_bytes(b"\n".join(change(path.read_bytes().splitlines())) + b"\n")
    with pytest.raises(InputError):
        read_register(path)


def test_two_cannot_distribute_at_once(county):
    held = register_held(county.workspace, SURVEY, WAVE)
    with held, pytest.raises(UsageError) as refused, register_held(county.workspace, SURVEY, WAVE):
        pass
    assert refused.value.key == "dispatch_busy"


def test_a_full_disk_leaves_whole_files_and_a_register_that_tells_the_truth(county, monkeypatch):
    plan = planned(county)
    real, writes = os.fsync, []

    def full(handle):
        writes.append(handle)
        if len(writes) > 4:  # the file, the signature and the register's line of S001, then the file of S002
            raise OSError(errno.ENOSPC, "no space")
        real(handle)

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="no space"):
        carried(county, plan)
    monkeypatch.setattr(os, "fsync", real)
    assert [one.school for one in read_register(register_file(county.workspace, SURVEY, WAVE)).lines] == ["S001"]
    assert not list(handed(county).rglob("*.draft"))
    assert carried(county, planned(county)).endings == dict.fromkeys(list(NAMES)[1:], "made")


# Genuine and current


@pytest.fixture
def handed_file(county):
    carried(county, planned(county))
    return handed(county) / "S001" / f"S001_{WAVE}.pdf"


def public(county, name="county"):
    return county.keys[name].public_key().public_bytes_raw().hex()


def test_a_school_verifies_its_file_with_the_published_key_and_list(county, handed_file, tmp_path):
    away = tmp_path / "school"
    shutil.copytree(handed_file.parent, away)
    verdict = check_genuine(away / handed_file.name, public=public(county))
    assert (verdict.statement.school, verdict.currency, verdict.known_key) == ("S001", "unknown", True)
    verdict = check_genuine(away / handed_file.name)
    assert (verdict.known_key, verdict.end.replace(" ", "")) == (False, public(county)[-32:])
    listed = list_file(county.workspace, SURVEY, WAVE)
    assert check_genuine(away / handed_file.name, public=public(county), in_use=listed).currency == "current"


def test_a_recalled_and_a_superseded_file_are_told_and_wait_for_nobody(county, handed_file, tmp_path):
    away = tmp_path / "school"
    shutil.copytree(handed_file.parent, away)
    held = away / handed_file.name
    listed = list_file(county.workspace, SURVEY, WAVE)
    county.make_reports(pages=2)
    county.submit()
    county.approve("first")
    county.approve("second")
    county.issue()
    assert check_genuine(held, public=public(county), in_use=listed).currency == "superseded"
    assert not handed_file.exists()
    assert check_genuine(held, public=public(county), in_use=listed, workspace=county.workspace).known_key
    approval.recall(county.workspace, SURVEY, WAVE, county.keys["county"], "officer", NOON)
    withdraw_files(county.workspace, SURVEY, WAVE, county.keys["county"], NOON)
    assert check_genuine(held, public=public(county), in_use=listed).currency == "recalled"
    assert not statement_file(county.workspace, SURVEY, WAVE, "zh", "S001").exists()


def _byte(path, county):
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(bytes(content))
    return "file_tampered"


def _revision(path, county):
    path.write_bytes(path.read_bytes() + b"\n% one more\n%%EOF\n")
    return "file_tampered"


def _swapped(path, county):
    path.write_bytes((county.reports / f"S002_{WAVE}.pdf").read_bytes())
    return "file_tampered"


def _signature(path, county):
    beside = path.with_name(path.name + ".sig")
    beside.write_bytes(beside.read_bytes().replace(b'"school": "S001"', b'"school": "S002"'))
    return "sig_wrong"


def _forged(path, county):
    """Somebody signs a file of her own with a key of her own."""
    beside = path.with_name(path.name + ".sig")
    path.write_bytes(blank_pdf("S001", 3))
    said = replace(read_statement(beside.read_bytes(), "")[0], sha256=hashlib.sha256(path.read_bytes()).hexdigest())
    beside.write_bytes(sign_statement(said, county.keys["third"]))
    return "sig_stranger"


@pytest.mark.parametrize("tamper", [_byte, _revision, _swapped, _signature, _forged], ids=lambda f: f.__name__)
def test_a_tampered_file_is_refused(county, handed_file, tamper, capsys):
    what = tamper(handed_file, county)
    with pytest.raises(InputError) as refused:
        check_genuine(handed_file, workspace=county.workspace)
    assert what in problems_of(refused)
    assert call(["verify", str(handed_file)]) == 3
    assert "Traceback" not in capsys.readouterr().err


def test_without_the_bureaus_key_nothing_is_called_genuine(county, handed_file, tmp_path, monkeypatch, capsys):
    """A forger signs with a key of her own: her file is unchanged since, and no more can be said of it."""
    away = tmp_path / "school"
    shutil.copytree(handed_file.parent, away)
    _forged(away / handed_file.name, county)
    monkeypatch.chdir(away)
    monkeypatch.setenv("WELLBEING_LANG", "en")
    assert call(["verify", handed_file.name]) == 3
    told = capsys.readouterr().out
    assert "file is genuine:" not in told
    end = public(county, "third")[-32:]
    assert " ".join(end[place : place + 4] for place in range(0, 32, 4)) in told
    # The published key, as somebody copied it from a letter in groups.
    grouped = " ".join(public(county)[place : place + 4] for place in range(0, 64, 4))
    assert call(["verify", handed_file.name, "--key", grouped.upper()]) == 3
    assert call(["verify", handed_file.name, "--key", "no key"]) == 2
    shutil.copytree(handed_file.parent, away, dirs_exist_ok=True)
    assert call(["verify", handed_file.name, "--key", grouped.upper()]) == 0
    assert "This file is genuine: school S001" in capsys.readouterr().out


def test_a_file_under_another_schools_name_is_refused(county, handed_file):
    other = handed_file.with_name(f"S002_{WAVE}.pdf")
    shutil.copyfile(handed_file, other)
    shutil.copyfile(f"{handed_file}.sig", f"{other}.sig")
    with pytest.raises(InputError) as refused:
        check_genuine(other, workspace=county.workspace)
    assert problems_of(refused) == {"file_other_name"}


# The whole, by the command line


@pytest.fixture
def at(county, monkeypatch):
    monkeypatch.chdir(county.workspace.root)
    monkeypatch.setenv("WELLBEING_LANG", "en")
    return county


def test_the_command_is_a_dry_run_unless_told(at, capsys):
    assert call(["distribute", "--wave", WAVE]) == 0
    out = capsys.readouterr().out
    assert "dry run" in out
    assert all(school in out for school in NAMES)
    assert not handed(at).exists()
    assert not register_file(at.workspace, SURVEY, WAVE).exists()
    assert call(["distribute", "--wave", WAVE, "--send"]) == 0
    assert len(list(handed(at).rglob("*.pdf"))) == len(NAMES)
    page = (handed(at).parent / "index.html").read_text(encoding="utf-8")
    assert all(f"{school} {name}" in page for school, name in NAMES.items())
    assert "http" not in page
    for link in re.findall(r'href="([^"]+)"', page):
        assert (handed(at).parent / link).is_file()
    assert call(["verify", str(handed(at) / "S004" / f"S004_{WAVE}.pdf")]) == 0
    assert "school S004" in capsys.readouterr().out


def test_the_officer_enters_what_became_of_a_mail(at, capsys):
    assert call(["distribute", "--wave", WAVE, "--bounced", "S001"]) == 2
    assert call(["distribute", "--wave", WAVE, "--send"]) == 0
    assert call(["distribute", "--wave", WAVE, "--bounced", "S001"]) == 0
    assert states(planned(at))["S001"] == "bounced"
    assert call(["distribute", "--wave", WAVE, "--send"]) == 5
    assert call(["distribute", "--wave", WAVE, "--again", "S001", "--send"]) == 0
    assert call(["distribute", "--wave", WAVE, "--arrived", "S001"]) == 0
    assert states(planned(at))["S001"] == "done"


@pytest.mark.parametrize(
    ("more", "code"),
    [
        (["--as", "pigeon"], 2),
        (["--as", "zip"], 2),
        (["--as", "eml", "--send"], 2),
        (["--school", "S099"], 2),
        (["--recall"], 2),
        (["--recall", "--arrived", "S001"], 2),
    ],
)
def test_wrong_usage(at, more, code, capsys):
    assert call(["distribute", "--wave", WAVE, *more]) == code
    assert "Traceback" not in capsys.readouterr().err


def test_a_recall_goes_to_who_has_a_file_and_to_nobody_else(county):
    plan = planned(county)
    carried(county, replace(plan, rows=plan.rows[:2]))
    approval.recall(county.workspace, SURVEY, WAVE, county.keys["county"], "officer", NOON)
    county.found = None
    with pytest.raises(Refused):
        planned(county)
    with register_held(county.workspace, SURVEY, WAVE) as file:
        release, rows = recall_rows(county.workspace, SURVEY, WAVE, "eml", read_register(file))
        assert [row.recipient.school for row in rows] == ["S001", "S002"]
        means = Means(sender=SENDER)
        assert (
            send_recall(county.workspace, SURVEY, WAVE, "eml", release, rows, file, means, NOON) == ["recall_made"] * 2
        )
        _, after = recall_rows(county.workspace, SURVEY, WAVE, "eml", read_register(file))
    assert all(row.done for row in after)
    text = mail_text(handed(county, "recall") / f"S001_{WAVE}.eml")
    assert "撤回" in text
    assert "青云镇中心小学" in text


def test_a_mismatch_is_a_refusal(county):
    assert issubclass(Mismatch, ArtefactRefused)
