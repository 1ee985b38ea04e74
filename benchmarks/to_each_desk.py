"""The whole way for a county of 60: `wellbeing demo`, sign-off by two, issue, and a mail for every school.

By the commands alone, as an officer types them; only passphrases are given by this script. A mail server on loopback
takes the mails over TLS. Each is then opened as its school would: the letter names that school and no other, the PDF
holds its code, `wellbeing verify` with the published key and list finds the file genuine and in use, and refuses it
once a byte is changed. Writes benchmarks/results/to_each_desk.json. ``--schools N`` for another county than one of 60;
``--demo FOLDER`` for one that `wellbeing demo` made before: a copy of it, and those surveys that have reports.
"""

import argparse
import csv
import email
import email.policy
import io
import json
import os
import shutil
import sys
import tempfile
import time
from collections import Counter
from contextlib import redirect_stdout
from email.message import EmailMessage
from pathlib import Path
from unittest.mock import patch

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests"))

from mail_server import MailServer, make_certificate  # noqa: E402
from wellbeing.cli import call  # noqa: E402
from wellbeing.distribution.matching import codes_inside  # noqa: E402
from wellbeing.keys.holders import read_holders  # noqa: E402
from wellbeing.signoff.let_go import units_of_schools  # noqa: E402
from wellbeing.signoff.standing import look  # noqa: E402
from wellbeing.signoff.statements import list_file  # noqa: E402
from wellbeing.surveys import read_roster  # noqa: E402
from wellbeing.workspace import Workspace  # noqa: E402

WAVES = {"screening": "2026-autumn", "staff_opinion": "2026"}
PASSPHRASE = "a passphrase of a benchmark"


def told(*words: str, code: int = 0) -> str:
    """Run a command and give what it says; it must end as expected."""
    out = io.StringIO()
    with redirect_stdout(out):
        found = call(list(words))
    if found != code:
        raise RuntimeError(f"wellbeing {words[0]} ended with {found}, not {code}: {out.getvalue()[-500:]}")
    return out.getvalue()


def keys(sticks: Path) -> None:
    """Make the county's key, and one each for whoever makes the release and the two who approve it."""
    told("keys", "new", "--role", "release", "--name", "county")
    for name in ("maker", "officer", "lead"):
        told("keys", "new", "--role", "signer", "--name", name, "--out", str(sticks / f"{name}.key.age"))


def sign_off(workspace: Workspace, survey: str, wave: str, sticks: Path) -> None:
    """Put a release forward, approve it twice and let it go."""
    told("release", "submit", "--wave", wave, "--key", str(sticks / "maker.key.age"))
    mark = look(workspace, survey, wave).material.mark
    for name, office in (("officer", "officer"), ("lead", "counsellor")):
        key = str(sticks / f"{name}.key.age")
        told("release", "approve", "--wave", wave, "--key", key, "--office", office, "--mark", mark)
    told("release", "issue", "--wave", wave)


def addresses(workspace: Workspace, server: MailServer, authority: Path) -> dict[str, str]:
    """Write recipients and mail settings for a made-up county; give each school's address."""
    names = read_roster(workspace.roster).schools["name"]
    to = {str(school): f"office@{str(school).lower()}.example.org" for school in names.index}
    with (workspace.root / "data" / "recipients.csv").open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file)
        table.writerow(["school_id", "name", "email"])
        table.writerows([school, names[school], address] for school, address in to.items())
    (workspace.root / "data" / "authority.pem").write_bytes(authority.read_bytes())
    settings = f"schema: 1\nhost: localhost\nport: {server.port}\nsecurity: tls\n"
    settings += "sender: reports@bureau.example.org\nca_file: data/authority.pem\n"
    (workspace.root / "data" / "mail.yaml").write_text(settings, encoding="utf-8")
    return to


def open_mail(
    folder: Path,
    school: str,
    names: dict[str, str],
    units: dict[str, str],
    survey: str,
    content: bytes,
    more: list[str],
) -> None:
    """Do what a school does with its mail; every difference from what it should be is an error."""
    mail = email.message_from_bytes(content, _class=EmailMessage, policy=email.policy.default)
    body = mail.get_body()
    letter = body.get_content() if body is not None else ""
    strangers = [name for name in names.values() if name in letter and name not in names[school]]
    if names[school] not in letter or strangers:
        raise RuntimeError(f"{school}: the letter names another school, or not this one")
    parts = {str(part.get_filename()): part.get_payload(decode=True) for part in mail.iter_attachments()}
    pdf, signature = f"{school}_{WAVES[survey]}.pdf", f"{school}_{WAVES[survey]}.pdf.sig"
    if list(parts) != [pdf, signature]:
        raise RuntimeError(f"{school}: other attachments than its report and signature")
    if codes_inside(bytes(parts[pdf])) != (units[school], survey, WAVES[survey]):
        raise RuntimeError(f"{school}: another unit's report")
    folder.mkdir()
    for name, part in parts.items():
        (folder / name).write_bytes(bytes(part))
    said = told("verify", str(folder / pdf), *more)
    if f"school {school}," not in said or "the one in use" not in said:
        raise RuntimeError(f"{school}: not found genuine and in use: {said}")
    changed = bytearray((folder / pdf).read_bytes())
    changed[len(changed) // 2] ^= 1
    (folder / pdf).write_bytes(bytes(changed))
    told("verify", str(folder / pdf), *more, code=3)


def survey_by_mail(workspace: Workspace, survey: str, server: MailServer, to: dict[str, str], away: Path) -> dict:
    """Send one survey's reports, twice as an officer who is not sure would, and open every mail."""
    wave = WAVES[survey]
    server.taken.clear()
    told("distribute", "--wave", wave, "--as", "smtp")
    if server.taken:
        raise RuntimeError("a dry run sent mails")
    began = time.perf_counter()
    for _ in range(2):
        told("distribute", "--wave", wave, "--as", "smtp", "--send")
    seconds = time.perf_counter() - began
    taken = dict(server.taken)
    if Counter(address for address, _ in server.taken) != Counter(to.values()):
        raise RuntimeError("not one mail for every school")
    release = look(workspace, survey, wave).material.cleared
    units = {school: unit for unit, school in units_of_schools(release.units.to_dict("records"))}
    names = {str(school): str(name) for school, name in read_roster(workspace.roster).schools["name"].items()}
    county = next(holder for holder in read_holders(workspace) if holder.role == "release")
    more = ["--key", county.public, "--in-use", str(list_file(workspace, survey, wave))]
    away.mkdir()
    for school, address in to.items():
        open_mail(away / school, school, names, units, survey, taken[address], more)
    return {
        "mails": len(server.taken),
        "opened_matched_and_verified": len(to),
        "tampered_copies_refused": len(to),
        "different_reports": len({units[school] for school in to}),
        "megabytes": round(sum(len(content) for content in taken.values()) / 1e6, 1),
        "seconds_to_send": round(seconds, 1),
    }


def main() -> None:
    """Go the whole way and write down what arrived."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--schools", type=int, default=60)
    parser.add_argument("--demo", type=Path)
    asked = parser.parse_args()
    os.environ["WELLBEING_LANG"] = "en"
    load = [round(value, 1) for value in os.getloadavg()]
    with tempfile.TemporaryDirectory() as temporary, patch("getpass.getpass", lambda *_, **__: PASSPHRASE):
        folder = Path(temporary)
        began = time.perf_counter()
        if asked.demo is None:
            told("demo", "--schools", str(asked.schools), "--out", str(folder / "county"))
        else:
            shutil.copytree(asked.demo, folder / "county")
        made = round(time.perf_counter() - began, 1) if asked.demo is None else None
        workspace = Workspace(folder / "county")
        os.chdir(workspace.root)
        keys(folder / "sticks")
        server = MailServer(make_certificate(folder)).start()
        to = addresses(workspace, server, folder / "authority.pem")
        found = {}
        for survey, wave in WAVES.items():
            if asked.demo is not None and not workspace.output(survey, wave).is_dir():
                continue
            sign_off(workspace, survey, wave, folder / "sticks")
            found[survey] = survey_by_mail(workspace, survey, server, to, folder / f"schools-{survey}")
        server.stop()
        os.chdir(ROOT)
    record = {"schools": len(to), "seconds_of_the_demo": made, **found, "load_before": load}
    text = json.dumps(record, indent=1) + "\n"
    (ROOT / "benchmarks" / "results" / "to_each_desk.json").write_text(text, encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
