"""Write what is generated from the definitions: these pages, the JSON Schema, the table of agreed keys.

Run ``python docs/instruments/generate.py`` after a definition was changed. A key that changed without its version
is refused: raise the version in the definition first.
"""

import json
import sys
from pathlib import Path

from wellbeing.instruments import definitions_folder, instrument_ids, load_instrument
from wellbeing.instruments.cards import listing, page
from wellbeing.instruments.checks import VERSIONS
from wellbeing.instruments.definitions import definition_schema
from wellbeing.library import check_definitions

ABOUT = """Generated from the definitions under `surveys/instruments/` by `docs/instruments/generate.py`; do not edit.

To change a definition: edit its YAML file (an editor that knows YAML schemas completes and checks it by
`surveys/instrument.schema.json`), raise its version if scores can change, add a worked example with its source, run
`python docs/instruments/generate.py` and the tests. `wellbeing check` works the examples and names every fault.
*Key only* means that the licence keeps the wording out: a deployer writes licensed wording into
`wording/<id>.<lang>.yaml` of the workspace.

What a score promises, whatever answers are missing:

- It is made by its authors' missing rule, or it is unscorable; a blank never counts as zero.
- A critical answer that was given is reported even where the total is unscorable; one that was not given is
  `unanswered`, never `no`.
- Where a prorated sum of answers coded from zero reaches a cutoff by the answers that are there, the score reaches it.
  Otherwise leaving an answer out can lower a prorated score or a mean below a cutoff, as the published rule has it; the
  column `_prorated` is then true, so the negative is not silent. Any other scale becomes unscorable.

"""
HEAD = "# id, version, key: what scores depend on. A key may not change without its version; see docs/instruments.\n"


def schema_text() -> str:
    """Give the content of ``surveys/instrument.schema.json``."""
    return json.dumps(definition_schema(), indent=2, ensure_ascii=False) + "\n"


def versions_text() -> str:
    """Give the content of ``surveys/instruments/VERSIONS``."""
    instruments = [load_instrument(name) for name in instrument_ids()]
    return HEAD + "".join(f"{i.id} {i.version} {i.key}\n" for i in instruments)


def pages() -> dict[str, str]:
    """Give each page of ``docs/instruments`` by its file name."""
    written = {f"{name}.md": page(load_instrument(name)) for name in instrument_ids()}
    rows = [
        f"| [{r.id}]({r.id}.md) | {r.name.en} · {r.name.zh} | {r.items} | {r.minutes:g} "
        f"| {', '.join(r.languages) or '-'} | {r.licence} "
        f"| {r.status.replace('_', ' ')}{'' if r.scorable else ', not scorable yet'} |"
        for r in listing()
    ]
    head = "| id | name | items | minutes | wording | licence | checked |\n|---|---|---|---|---|---|---|\n"
    written["README.md"] = "# Instruments\n\n" + ABOUT + head + "\n".join(rows) + "\n"
    return written


def main() -> int:
    """Write all of it; 3 if a definition has a fault."""
    problems = check_definitions()
    for problem in problems:
        print(problem.file, problem.line("en"), file=sys.stderr)
    if problems:
        return 3
    folder = definitions_folder()
    (folder / VERSIONS).write_text(versions_text(), encoding="utf-8", newline="\n")
    (folder.parent / "instrument.schema.json").write_text(schema_text(), encoding="utf-8", newline="\n")
    for name, text in pages().items():
        (Path(__file__).parent / name).write_text(text, encoding="utf-8", newline="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
