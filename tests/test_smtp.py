"""Sending by SMTP over TLS, against a server that refuses, is silent, or hangs up: nobody gets two."""

import email
import email.policy
import re
import socket
from collections import Counter

import pytest

from mail_server import MailServer, make_certificate
from signed_off import NAMES, NOON, SIXTY, SIXTY_UNITS, SURVEY, UNITS, WAVE, copied, make_county, snapshots
from wellbeing.cli import call
from wellbeing.distribution.carrying import Means, carry_out
from wellbeing.distribution.genuine import check_genuine
from wellbeing.distribution.mailing import MailSettings, postbox, read_mail_settings, sender_of, settings_file
from wellbeing.distribution.matching import codes_inside
from wellbeing.distribution.plan import make_plan
from wellbeing.distribution.register import enter, read_register, register_file, register_held
from wellbeing.errors import InputError, UsageError
from wellbeing.signoff import approval
from wellbeing.signoff.standing import look
from wellbeing.signoff.statements import list_file


@pytest.fixture(scope="module")
def stages(tmp_path_factory):
    return snapshots(tmp_path_factory)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    return make_certificate(tmp_path_factory.mktemp("certificate"))


@pytest.fixture
def county(stages, tmp_path, certificate):
    return trusting(copied(stages["issued"], tmp_path / "county"), certificate)


def trusting(county, certificate):
    authority = certificate.with_name("authority.pem").read_bytes()
    (county.workspace.root / "data" / "authority.pem").write_bytes(authority)
    return county


@pytest.fixture
def server(certificate):
    server = MailServer(certificate).start()
    yield server
    server.stop()


def settings(county, server, **more):
    told = {"host": "localhost", "port": server.port, "security": "tls", "sender": "reports@bureau.example.org"}
    told |= {"ca_file": "data/authority.pem", **more}
    text = "".join(f"{name}: {value}\n" for name, value in told.items())
    settings_file(county.workspace).write_text(f"schema: 1\n{text}", encoding="utf-8")
    return read_mail_settings(county.workspace)


def sent(county, server, again=(), patience=10.0, password="", **more):
    """Plan and send; give what `carry_out` gives."""
    found = settings(county, server, **more)
    issued = county.standing()
    with register_held(county.workspace, SURVEY, WAVE) as file:
        register = read_register(file)
        plan = make_plan(county.workspace, SURVEY, WAVE, "zh", "smtp", "plain", issued, register, frozenset(again))
        with postbox(county.workspace, found, password, patience) as box:
            return carry_out(county.workspace, plan, file, Means({}, sender_of(found), box), NOON)


def address(school):
    return f"office@{school.lower()}.example.org"


def arrived(server):
    return Counter(to for to, _ in server.taken)


def last(county):
    register = read_register(register_file(county.workspace, SURVEY, WAVE))
    return {school: line.event for school in NAMES if (line := register.last(school, "zh"))}


@pytest.mark.parametrize("security", ["tls", "starttls"])
def test_every_school_gets_one_mail_with_its_own_report(county, certificate, security):
    server = MailServer(certificate, starttls=security == "starttls").start()
    result = sent(county, server, security=security)
    server.stop()
    assert result.endings == dict.fromkeys(NAMES, "sent")
    assert arrived(server) == Counter(address(school) for school in NAMES)
    for to, content in server.taken:
        school = to.partition("@")[2].partition(".")[0].upper()
        mail = email.message_from_bytes(content, policy=email.policy.default)
        assert mail["To"] == to
        report, signature = mail.iter_attachments()
        assert (report.get_filename(), signature.get_filename()) == (f"{school}_{WAVE}.pdf", f"{school}_{WAVE}.pdf.sig")
        pdf = report.get_payload(decode=True)
        assert codes_inside(pdf) == (UNITS[school], SURVEY, WAVE)
        assert pdf == (county.reports / f"{UNITS[school]}_{WAVE}.pdf").read_bytes()
        assert NAMES[school] in mail.get_body().get_content()
    # Before TLS nothing but the greeting went over the wire.
    assert not any(b"MAIL" in line or b"AUTH" in line for line in server.plain)
    assert sent(county, server).endings == {}


def test_sixty_schools_get_sixty_mails_and_each_is_opened_and_is_its_schools_own(
    tmp_path, certificate, server, monkeypatch
):
    """From submit to the mailbox by the commands. benchmarks/to_each_desk.py does it with the demo's own reports."""
    county = trusting(make_county(tmp_path / "county", SIXTY, SIXTY_UNITS), certificate)
    settings(county, server)
    monkeypatch.chdir(county.workspace.root)
    monkeypatch.setattr("wellbeing.keys.files.locked_bytes", lambda path: b"")
    monkeypatch.setattr("wellbeing.keys.passphrases.ask", lambda file: "")
    monkeypatch.setattr("wellbeing.keys.files.read_release_key", lambda path, passphrase: county.keys[path.name])
    monkeypatch.setattr("wellbeing.keys.read_release_key", lambda path, passphrase: county.keys[path.name])
    wave = ["--wave", WAVE]
    assert call(["release", "submit", *wave, "--key", "maker"]) == 0
    mark = ["--mark", look(county.workspace, SURVEY, WAVE).material.mark]
    assert call(["release", "approve", *wave, "--key", "first", *mark]) == 0
    assert call(["distribute", *wave, "--as", "smtp", "--send"]) == 4
    assert call(["release", "approve", *wave, "--key", "second", "--office", "counsellor", *mark]) == 0
    assert call(["release", "issue", *wave, "--release-key", "county"]) == 0
    assert call(["distribute", *wave, "--as", "smtp", "--send"]) == 0
    assert arrived(server) == Counter(address(school) for school in SIXTY)

    public = county.keys["county"].public_key().public_bytes_raw().hex()
    listed = list_file(county.workspace, SURVEY, WAVE)
    for to, content in server.taken:
        school = to.partition("@")[2].partition(".")[0].upper()
        mail = email.message_from_bytes(content, policy=email.policy.default)
        folder = tmp_path / "schools" / school
        folder.mkdir(parents=True)
        for part in mail.iter_attachments():
            (folder / part.get_filename()).write_bytes(part.get_payload(decode=True))
        assert {path.name for path in folder.iterdir()} == {f"{school}_{WAVE}.pdf", f"{school}_{WAVE}.pdf.sig"}
        verdict = check_genuine(folder / f"{school}_{WAVE}.pdf", public=public, in_use=listed)
        assert (verdict.statement.school, verdict.statement.unit) == (school, SIXTY_UNITS[school])
        assert (verdict.known_key, verdict.currency) == (True, "current")
        letter = mail["Subject"] + mail.get_body().get_content()
        assert set(re.findall(r"第[0-9]+小学", letter)) == {SIXTY[school]}
    # Twenty schools hold the reports of five groups; no other two hold the same.
    assert len({(tmp_path / "schools" / s / f"{s}_{WAVE}.pdf").read_bytes() for s in SIXTY}) == 45


@pytest.mark.parametrize(
    ("trouble", "event", "second"),
    [
        ("refuse", "refused", {"S002": "sent"}),
        ("later", "failed", {"S002": "sent"}),
        ("drop_before", "failed", {"S002": "sent"}),
        ("refuse_content", "refused", {"S002": "sent"}),
        ("drop_middle", "unsure", {}),
        ("drop_after", "unsure", {}),
    ],
)
def test_trouble_with_one_school_keeps_nothing_from_the_others_and_nobody_gets_two(
    county, server, trouble, event, second
):
    server.trouble[address("S002")] = trouble
    result = sent(county, server)
    assert result.endings == {**dict.fromkeys(NAMES, "sent"), "S002": event}
    assert last(county)["S002"] == event
    server.trouble.clear()
    assert sent(county, server).endings == second
    assert all(count == 1 for count in arrived(server).values())


def test_a_server_that_falls_silent_may_have_taken_it(county, server):
    server.trouble[address("S002")] = "silent"
    assert sent(county, server, patience=1.0).endings["S002"] == "unsure"
    server.trouble.clear()
    assert sent(county, server).endings == {}
    assert arrived(server)[address("S002")] == 1
    # Only a person who has asked the school sends it again; the mail has the same number then.
    assert sent(county, server, again=["S002"]).endings == {"S002": "sent"}
    numbers = [email.message_from_bytes(content)["Message-ID"] for to, content in server.taken if to == address("S002")]
    assert len(numbers) == 2
    assert len(set(numbers)) == 1


def test_a_process_that_dies_while_sending_sends_nothing_twice(county, server):
    class Killed(BaseException):
        pass

    class Box:
        def __init__(self, box):
            self.box = box

        def send(self, to, mail):
            self.box.send(to, mail)
            raise Killed

    found = settings(county, server)
    issued = county.standing()
    with register_held(county.workspace, SURVEY, WAVE) as file:
        plan = make_plan(county.workspace, SURVEY, WAVE, "zh", "smtp", "plain", issued, read_register(file))
        with postbox(county.workspace, found) as box, pytest.raises(Killed):
            carry_out(county.workspace, plan, file, Means({}, sender_of(found), Box(box)), NOON)
    assert last(county) == {"S001": "sending"}
    assert sorted(sent(county, server).endings) == ["S002", "S003", "S004", "S005"]
    assert all(count == 1 for count in arrived(server).values())


def test_where_the_register_cannot_be_written_nothing_is_sent(county, server, monkeypatch):
    def full(path, line):
        if line.event == "sending" and line.school == "S002":
            raise OSError(28, "no space")
        enter(path, line)

    monkeypatch.setattr("wellbeing.distribution.carrying.enter", full)
    with pytest.raises(OSError, match="no space"):
        sent(county, server)
    assert arrived(server) == Counter([address("S001")])


def test_a_server_that_is_not_there_stops_before_anything_is_sent(county, certificate):
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    server = MailServer(certificate)
    server.port = port
    result = sent(county, server)
    assert (result.endings, result.stopped.key) == ({}, "mail_no_server")
    assert last(county) == {"S001": "failed"}


def test_a_server_that_never_answers_is_given_up(county):
    with socket.create_server(("127.0.0.1", 0)) as mute:
        server = MailServer(None)
        server.port = mute.getsockname()[1]
        assert sent(county, server, patience=1.0).stopped.key == "mail_no_server"


@pytest.mark.parametrize("host", ["other.example.org", None])
def test_a_certificate_that_does_not_fit_is_refused(county, server, tmp_path, host):
    """Another server's, and one whose authority nobody named: in both no mail leaves."""
    if host is None:
        result = sent(county, server, ca_file='""')
    else:
        other = MailServer(make_certificate(tmp_path, host)).start()
        (county.workspace.root / "data" / "authority.pem").write_bytes((tmp_path / "authority.pem").read_bytes())
        result = sent(county, other)
        other.stop()
        assert not other.taken
    assert (result.endings, result.stopped.key) == ({}, "mail_tls")
    assert not server.taken


def test_a_server_without_tls_gets_nothing(county, server, certificate):
    plain = MailServer(certificate, starttls=True).start()
    assert sent(county, plain, security="tls").stopped is not None
    plain.stop()
    assert not plain.taken


@pytest.mark.parametrize(("password", "stopped"), [("right", None), ("wrong", "mail_login")])
def test_the_account(county, certificate, password, stopped):
    server = MailServer(certificate, login=("bureau", "right")).start()
    result = sent(county, server, password=password, user="bureau")
    server.stop()
    assert (result.stopped and result.stopped.key) == stopped
    assert len(server.taken) == (0 if stopped else len(NAMES))


@pytest.mark.parametrize(
    "wrong",
    [{"security": "none"}, {"sender": "nobody"}, {"port": 0}, {"host": '""'}, {"ca_file": "data/none.pem"}, {"x": 1}],
    ids=lambda wrong: next(iter(wrong)),
)
def test_faults_of_the_settings_are_named(county, server, wrong):
    with pytest.raises(InputError):
        settings(county, server, **wrong)


def test_a_way_without_encryption_does_not_exist():
    assert set(MailSettings.__annotations__["security"].__args__) == {"tls", "starttls"}


def test_the_command_sends_and_asks_for_the_password(county, certificate, monkeypatch, capsys):
    server = MailServer(certificate, login=("bureau", "right")).start()
    settings(county, server, user="bureau")
    monkeypatch.chdir(county.workspace.root)
    monkeypatch.setattr("wellbeing.keys.passphrases.ask_password", lambda text: "right")
    server.trouble[address("S003")] = "refuse"
    assert call(["distribute", "--wave", WAVE, "--as", "smtp"]) == 0
    assert not server.taken
    assert call(["distribute", "--wave", WAVE, "--as", "smtp", "--send"]) == 5
    assert len(server.taken) == len(NAMES) - 1
    server.trouble.clear()
    assert call(["distribute", "--wave", WAVE, "--as", "smtp", "--send"]) == 0
    server.stop()
    assert arrived(server) == Counter(address(school) for school in NAMES)
    assert "right" not in capsys.readouterr().out


def test_recall_letters_are_sent_once(county, server, monkeypatch):
    settings(county, server)
    sent(county, server)
    server.taken.clear()
    approval.recall(county.workspace, SURVEY, WAVE, county.keys["county"], "officer", NOON)
    monkeypatch.chdir(county.workspace.root)
    server.trouble[address("S004")] = "drop_after"
    assert call(["distribute", "--wave", WAVE, "--recall", "--as", "smtp", "--send"]) == 5
    server.trouble.clear()
    assert call(["distribute", "--wave", WAVE, "--recall", "--as", "smtp", "--send"]) == 5
    assert arrived(server) == Counter(address(school) for school in NAMES)
    assert all("撤回" in email.message_from_bytes(c, policy=email.policy.default)["Subject"] for _, c in server.taken)


def test_no_settings_no_mail(county, monkeypatch):
    monkeypatch.chdir(county.workspace.root)
    assert call(["distribute", "--wave", WAVE, "--as", "smtp", "--send"]) == UsageError.exit_code
