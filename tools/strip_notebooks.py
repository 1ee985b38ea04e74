"""Strip outputs, execution counts and machine metadata from notebooks: `python tools/strip_notebooks.py FILE...`.

Exits with 1 if a file had to be changed, so that a commit stops until it is added again.
"""

import sys
from pathlib import Path

import nbformat

from wellbeing.batch.notebooks import as_source


def main() -> int:
    """Rewrite the named notebooks as they are committed."""
    changed = 0
    for name in sys.argv[1:]:
        path = Path(name)
        before = path.read_text(encoding="utf-8")
        after = nbformat.writes(as_source(nbformat.reads(before, as_version=4))) + "\n"
        if after != before:
            path.write_text(after, encoding="utf-8", newline="\n")
            print(f"stripped {name}")
            changed = 1
    return changed


if __name__ == "__main__":
    raise SystemExit(main())
