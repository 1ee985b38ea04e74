"""A small county whose reports are made, for sign-off and distribution. Its PDFs are blank pages with codes."""

import hashlib
import io
import json
import shutil
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from pypdf import PdfWriter

from releases import COUNTY, build, county_units, release_of, unit
from wellbeing.disclosure.release import write_release
from wellbeing.disclosure.state import advance
from wellbeing.keys.holders import Holder, add_holder
from wellbeing.signoff import approval
from wellbeing.signoff.let_go import sign_files
from wellbeing.signoff.standing import SignOff, look
from wellbeing.workspace import Workspace, unpack

SURVEY, WAVE = "screening", "2026-autumn"
NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
NAMES = {
    "S001": "青云镇中心小学",
    "S002": "白石乡中心小学",
    "S003": "南岭教学点",
    "S004": "北坡教学点",
    "S005": "东河小学",
}
UNITS = {"S001": "S001", "S002": "S002", "S003": "G01", "S004": "G01", "S005": "G01"}
#: A county of sixty: forty schools of their own, and the last twenty in groups of four.
SIXTY = {f"S{number:03d}": f"第{number}小学" for number in range(1, 61)}
SIXTY_UNITS = {school: school if place < 40 else f"G{(place - 40) // 4 + 1:02d}" for place, school in enumerate(SIXTY)}
_CERTIFICATE = {"figures": 120, "narrowest": 5, "leaks": 0, "known": 0, "earlier": []}


@dataclass
class County:
    """A workspace, and who holds which key in it."""

    workspace: Workspace
    keys: dict[str, Ed25519PrivateKey] = field(default_factory=dict)
    #: Where its sign-off is, looked up once for all copies that leave the reports as they are.
    found: SignOff | None = None
    #: Its schools' names, and the unit in whose report each stands.
    names: dict[str, str] = field(default_factory=lambda: dict(NAMES))
    units: dict[str, str] = field(default_factory=lambda: dict(UNITS))

    @property
    def release(self) -> Path:
        return self.workspace.released(SURVEY, WAVE)

    @property
    def reports(self) -> Path:
        return self.workspace.output(SURVEY, WAVE) / "zh"

    def standing(self) -> SignOff:
        return self.found or approval.require_issued(self.workspace, SURVEY, WAVE, NOON)

    def submit(self, who: str = "maker", now: datetime = NOON) -> SignOff:
        return approval.submit(self.workspace, SURVEY, WAVE, self.keys[who], now)

    def approve(self, who: str, now: datetime = NOON, office: str = "officer") -> SignOff:
        mark = look(self.workspace, SURVEY, WAVE, now).material.mark
        return approval.approve(self.workspace, SURVEY, WAVE, self.keys[who], office, mark, now)

    def issue(self, now: datetime = NOON) -> SignOff:
        found = approval.issue(self.workspace, SURVEY, WAVE, self.keys["county"], now)
        sign_files(self.workspace, SURVEY, WAVE, found, self.keys["county"], now)
        return found

    def recipients(self, **changed: str) -> Path:
        """Write the recipients; a school's line can be given whole, or left out as ``""``."""
        lines = ["school_id,name,email"]
        for school, name in self.names.items():
            line = changed.get(school, f"{school},{name},office@{school.lower()}.example.org")
            lines += [line] if line else []
        path = self.workspace.root / "data" / "recipients.csv"
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        return path

    def roster(self, **names: str) -> None:
        known = self.names.items()
        rows = [f"{s},{names.get(s, n)},青云镇,primary,no,{40 if self.units[s] == s else 20}" for s, n in known]
        text = "\n".join(["school_id,name,town,kind,rural,staff", *rows]) + "\n"
        self.workspace.roster.write_text(text, encoding="utf-8")

    def make_reports(self, pages: int = 1, leave_out: str = "") -> None:
        """Make the reports, and the manifest as a run writes it."""
        self.found = None
        release = json.loads((self.release / "digest.txt").read_text(encoding="ascii"))
        self.reports.mkdir(parents=True, exist_ok=True)
        files = {}
        for name in (*dict.fromkeys(self.units.values()), "county"):
            if name == leave_out:
                continue
            content = blank_pdf(name, pages)
            (self.reports / f"{name}_{WAVE}.pdf").write_bytes(content)
            files[f"{name}_{WAVE}.pdf"] = hashlib.sha256(content).hexdigest()
        told = {"schema": 1, "survey": SURVEY, "wave": WAVE, "lang": "zh", "release": release, "schools": []}
        text = json.dumps({**told, "files": files}, ensure_ascii=False)
        (self.reports / "manifest.json").write_text(text, encoding="utf-8")


def blank_pdf(unit_code: str, pages: int = 1) -> bytes:
    """Make a PDF of blank pages with a report's keywords."""
    writer = PdfWriter()
    for _ in range(pages):
        writer.add_blank_page(595, 842)
    writer.add_metadata({"/Keywords": f"{unit_code}, {SURVEY}, {WAVE}"})
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def make_county(root: Path, names: dict[str, str] = NAMES, units: dict[str, str] = UNITS) -> County:
    """Make a county with an audited release, its reports, and the keys of five people."""
    workspace = unpack(root)
    county = County(workspace, names=names, units=units)
    own = []
    for code in dict.fromkeys(units.values()):
        members = [school for school, home in units.items() if home == code]
        if members == [code]:
            own.append(unit(code, 45))
        else:
            title = f"学校组（{len(members)}所）"
            own.append(unit(code, 50, level="group", name_zh=title, schools=" ".join(members)))
    plain = release_of(county_units(*own))
    head = (plain.survey, plain.wave, plain.frozen, {**COUNTY, "school_names": names})
    made = build(*head, plain.units, plain.cells, plain.measures, plain.policy, _CERTIFICATE)
    write_release(made, county.release)
    advance(county.release, "audited", "analyst", now=NOON)
    (county.release / "digest.txt").write_text(json.dumps(made.digest), encoding="ascii")
    for name in ("maker", "first", "second", "third"):
        _listed(county, name, "signer")
    _listed(county, "county", "release")
    county.roster()
    county.make_reports()
    county.recipients()
    return county


_KEPT: dict[str, County] = {}


def snapshots(factory: pytest.TempPathFactory) -> dict[str, County]:
    """Give one county as it is at each stage: made once for all modules of tests, copied by every test."""
    if not _KEPT:
        _KEPT.update(_made(factory.mktemp("county")))
    return _KEPT


def _made(folder: Path) -> dict[str, County]:
    fresh = make_county(folder / "fresh")
    kept = {"fresh": fresh}
    for stage in ("approved", "issued"):
        county = copied(fresh if stage == "approved" else kept["approved"], folder / stage)
        if stage == "approved":
            county.submit()
            county.approve("first")
            county.approve("second", office="counsellor")
        else:
            county.issue()
            county.found = approval.require_issued(county.workspace, SURVEY, WAVE, NOON)
        kept[stage] = county
    return kept


def copied(county: County, folder: Path) -> County:
    """Give a copy of a county that a test may change; the keys are the same."""
    shutil.copytree(county.workspace.root, folder)
    return County(Workspace(folder), dict(county.keys), county.found, county.names, county.units)


def _listed(county: County, name: str, role: str) -> None:
    county.keys[name] = Ed25519PrivateKey.generate()
    public = county.keys[name].public_key().public_bytes_raw().hex()
    add_holder(county.workspace, Holder(name, role, public, "2026-11-01"))
