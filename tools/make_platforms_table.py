"""Write docs/platforms.md from the tests: `python tools/make_platforms_table.py`."""

import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tests"))

from platform_table import table  # noqa: E402  the tests' folder is no package

if __name__ == "__main__":
    (ROOT / "docs" / "platforms.md").write_text(table(), encoding="utf-8", newline="\n")
