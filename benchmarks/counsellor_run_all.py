"""How long the counsellor waits: Run All for a school of 200 staff, from a cold start, and opening the list.

Everything begins in new processes, as on her machine: a kernel, the libraries, the definitions, both terms' answers of
the whole county. Writes benchmarks/results/counsellor_run_all.json.
"""

import json
import os
import platform
import tempfile
import time
from pathlib import Path

from wellbeing.batch.notebooks import execute
from wellbeing.counsellor import open_desk
from wellbeing.counsellor.shown import worklist
from wellbeing.demo import PASSPHRASE, demo_key, make_demo_keys
from wellbeing.synthetic import make_county
from wellbeing.workspace import unpack

STAFF = 200
AUTUMN = "2026-autumn"


def main() -> None:
    """Measure and write the figures down."""
    with tempfile.TemporaryDirectory() as folder:
        workspace = unpack(Path(folder) / "county")
        made = make_county(workspace.root, schools=60)
        make_demo_keys(workspace)
        school = str((made.roster["staff"] - STAFF).abs().idxmin())
        zone = workspace.root / "data" / "confidential"
        zone.mkdir(parents=True, exist_ok=True)
        os.chdir(zone)
        for wave, export in made.exports.items():
            began = time.perf_counter()
            open_desk(wave, file=str(export))
            reading = time.perf_counter() - began
        parameters = {"wave": AUTUMN, "school": school, "file": "", "survey": "screening", "lang": "zh", "per_week": 8}
        began = time.perf_counter()
        execute(workspace.notebooks / "screening.ipynb", parameters, zone)
        run_all = time.perf_counter() - began
        desk = open_desk(AUTUMN, school)
        began = time.perf_counter()
        desk.unlock(demo_key(workspace, "counsellor"), PASSPHRASE)
        shown = worklist(desk)
        opening = time.perf_counter() - began
        os.chdir(Path(folder).parent)
    found = {
        "school_staff": int(made.roster.loc[school, "staff"]),
        "county_answers": len(made.answers[AUTUMN]),
        "lines_shown": shown.count("<tr>") - shown.count("<thead>"),
        "seconds": {
            "read_export_of_the_county": round(reading, 1),
            "run_all_cold": round(run_all, 1),
            "open_list": round(opening, 1),
        },
        "cores": os.cpu_count(),
        "python": platform.python_version(),
    }
    out = Path(__file__).parent / "results" / "counsellor_run_all.json"
    out.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    print(json.dumps(found, indent=1))


if __name__ == "__main__":
    main()
