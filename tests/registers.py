"""A small county with keys, for tests of the register: identities without a passphrase, which takes a second each."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from wellbeing.followup.entries import Entry, Score
from wellbeing.followup.triage import Reason
from wellbeing.keys import envelope
from wellbeing.keys.holders import Holder, add_holder
from wellbeing.workspace import Workspace, unpack

SCHOOLS = ("S001", "S002", "S003")
WAVE, BEFORE = "2026-autumn", "2026-spring"


@dataclass(frozen=True)
class Keyed:
    """A workspace of three schools, and the identities of those who hold keys in it."""

    workspace: Workspace
    identities: dict[str, Any]

    def opens(self, name: str) -> list[Any]:
        return [self.identities[name]]


def make_keyed(folder: Path, **holders: tuple[str, tuple[str, ...]]) -> Keyed:
    """Make a workspace and holders: name to role and schools; by default one counsellor of all, and the escrow."""
    workspace = unpack(folder)
    rows = [f"{school},学校{school},镇,primary,yes,60" for school in SCHOOLS]
    workspace.roster.write_text("\n".join(["school_id,name,town,kind,rural,staff", *rows]) + "\n", encoding="utf-8")
    identities = {}
    for name, (role, schools) in (holders or {"lead": ("counsellor", ()), "escrow": ("escrow", ())}).items():
        secret, public = envelope.new_identity()
        identities[name] = envelope.identity_of(secret)
        add_holder(workspace, Holder(name, role, public, "2026-01-01", schools))  # type: ignore[arg-type]
    return Keyed(workspace, identities)


def entry(code: str, school: str = "S001", level: int = 2, score: float = 20.0, day: str = "2026-11-05") -> Entry:
    """Make an entry with one reason and one score."""
    key = {1: "critical", 2: "severe", 6: "unseen"}[level]
    measure = "phq9_critical_9" if level == 1 else "phq9_total"
    reason = Reason(key, measure) if level == 1 else Reason(key, measure, score, None, "severe")
    return Entry(school, code, level, day, (reason,), (Score("phq9_total", score, None, "severe", 9),))
