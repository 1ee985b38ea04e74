"""What a researcher may put on the net: a release's own tables, and nothing else can be written here (R1 to R15)."""

import hashlib
import json
from pathlib import Path

from wellbeing.disclosure.release import Release, check_seal
from wellbeing.whole_files import write_whole

#: What the columns of a release's tables mean, for whoever was not there.
_COLUMNS = {
    "unit": "school, group of schools, part of the county, or the county",
    "group": "all, or a subgroup as question=code",
    "measure": "see measures.csv",
    "low": "least count of the smaller side that stays possible; - where withheld",
    "high": "greatest count of the smaller side that stays possible; - where withheld",
    "side": "few: the smaller side is the cases; many: it is the rest; untold; withheld",
    "mean_low": "the mean lies at or above this; - where withheld",
    "mean_high": "the mean lies at or below this; - where withheld",
    "sd": "standard deviation to the policy's step; - where withheld",
    "respondents": "to the nearest 5; - where withheld",
    "response": "per cent of the staff, to 5 points; 95 means 95 or more; - where withheld",
}


def write_public_use(release: Release, folder: Path | str) -> tuple[Path, ...]:
    """Write a release as a data package for anybody: its tables, their description, the policy they were cleared by.

    Parameters
    ----------
    release : Release
        From `wellbeing.read_release`. A frame of answers, scores or counts is refused.
    folder : Path

    Returns
    -------
    tuple of Path

    Raises
    ------
    TypeError
        If `release` is anything but a release, or was altered.
    """
    sealed = check_seal(release)
    files = sealed.files()
    resources = [
        {
            "name": name.removesuffix(".csv"),
            "path": name,
            "format": "csv",
            "encoding": "utf-8",
            "hash": f"sha256:{hashlib.sha256(content).hexdigest()}",
            "schema": {"fields": [_field(column) for column in _header(content)], "missingValues": ["-"]},
        }
        for name, content in files.items()
        if name.endswith(".csv")
    ]
    package = {
        "$schema": "https://datapackage.org/profiles/2.0/datapackage.json",
        "name": f"{sealed.survey}-{sealed.wave}-public".lower().replace("_", "-"),
        "release": sealed.digest,
        "frozen": sealed.frozen,
        "certificate": sealed.certificate,
        "resources": resources,
    }
    described = (json.dumps(package, ensure_ascii=False, indent=1, sort_keys=True) + "\n").encode("utf-8")
    place = Path(folder)
    for name, content in (*files.items(), ("datapackage.json", described)):
        write_whole(place / name, content)
    return tuple(place / name for name in (*files, "datapackage.json"))


def _header(content: bytes) -> list[str]:
    return content.decode("utf-8").splitlines()[0].split(",")


def _field(column: str) -> dict[str, str]:
    return {"name": column} | ({"description": _COLUMNS[column]} if column in _COLUMNS else {})
