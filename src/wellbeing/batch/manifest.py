"""What a run made: each file with its SHA-256, each school with its run status; and the officer's own log.

The manifest lies beside the reports and may go with them; it holds no reason and no time. The log lies in the working
zone and says why; its events are a closed set, with whole numbers and words of the kit's own as their only values.
"""

import hashlib
import json
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from wellbeing.whole_files import write_whole

if TYPE_CHECKING:
    import pandas as pd

#: Seconds between two times that the manifest is written while reports are made.
_EVERY = 1.0

RunStatus = Literal["done", "in_group", "withheld", "failed", "pending"]

Event = Literal[
    "run_started",
    "scored",
    "released",
    "unit_withheld",
    "cell_withheld",
    "report_done",
    "report_kept",
    "report_failed",
    "audited",
    "scanned",
    "numbers_read",
    "run_finished",
]


@dataclass
class Manifest:
    """Files of one survey, wave and language. Written anew, whole, while reports are made, and at the end.

    Not after every report: for a country's reports that would be most of the work. A run that is killed makes again
    what it made in its last moments.
    """

    path: Path
    survey: str
    wave: str
    lang: str
    release: str
    files: dict[str, str] = field(default_factory=dict)
    schools: list[dict[str, str]] = field(default_factory=list)
    _written: float = field(default=0.0, repr=False)

    @classmethod
    def read(cls, path: Path, survey: str, wave: str, lang: str, release: str) -> "Manifest":
        """Read the manifest at `path`; an empty one if there is none or it belongs to another release."""
        manifest = cls(path, survey, wave, lang, release)
        if path.exists():
            stored = json.loads(path.read_text(encoding="utf-8"))
            if stored["release"] == release:
                manifest.files = stored["files"]
                manifest.schools = stored["schools"]
        return manifest

    def holds(self, name: str) -> bool:
        """Say whether `name` is there with the bytes that it was made with."""
        file = self.path.parent / name
        return name in self.files and file.is_file() and file_digest(file) == self.files[name]

    def add(self, name: str) -> None:
        """Enter a finished file, and write the manifest if it was not written just now."""
        self.files[name] = file_digest(self.path.parent / name)
        if time.monotonic() - self._written > _EVERY:
            self.write()

    def write(self) -> None:
        """Write the manifest, whole or not at all."""
        content: dict[str, Any] = {
            "schema": 1,
            "survey": self.survey,
            "wave": self.wave,
            "lang": self.lang,
            "release": self.release,
            "schools": self.schools,
            "files": dict(sorted(self.files.items())),
        }
        write_whole(self.path, (json.dumps(content, ensure_ascii=False, indent=1) + "\n").encode("utf-8"))
        self._written = time.monotonic()


def file_digest(path: Path) -> str:
    """Give a file's SHA-256 in hexadecimal."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def log(folder: Path, event: Event, **values: int | str) -> None:
    """Append one event to ``run.jsonl`` in the working zone."""
    folder.mkdir(parents=True, exist_ok=True)
    entry = {"at": datetime.now(UTC).isoformat(timespec="seconds"), "event": event, **values}
    with (folder / "run.jsonl").open("a", encoding="utf-8", newline="\n") as file:
        file.write(json.dumps(entry, ensure_ascii=False) + "\n")


def school_statuses(units: "pd.DataFrame", names: "pd.Series[str]", rendered: dict[str, bool]) -> list[dict[str, str]]:
    """Give every school of the roster one run status.

    Parameters
    ----------
    units : DataFrame
        Of a release.
    names : Series
        School names by school_id, in roster order.
    rendered : dict
        Unit to whether its report is there; units that this run did not come to are left out.

    Returns
    -------
    list of dict
        ``school_id``, ``name``, ``unit``, ``status``. A school that no unit holds is ``failed``: nobody is dropped.
    """
    homes = {
        school: unit
        for unit in units[units["level"].isin(["school", "group"])].to_dict("records")
        for school in str(unit["schools"]).split()
    }
    statuses = []
    for school, name in names.items():
        unit = homes.get(str(school))
        status: RunStatus
        if unit is None:
            status = "failed"
        elif unit["unit"] not in rendered:
            status = "pending"
        elif not rendered[str(unit["unit"])]:
            status = "failed"
        elif unit["respondents"] != unit["respondents"]:  # NaN: withheld
            status = "withheld"
        else:
            status = "in_group" if unit["level"] == "group" else "done"
        statuses.append(
            {"school_id": str(school), "name": str(name), "unit": str(unit["unit"]) if unit else "", "status": status}
        )
    return statuses
