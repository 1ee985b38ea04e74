"""What is loaded before anything is done: a heavy library that is imported at the start is waited for by everybody."""

import subprocess
import sys

import pytest

HEAVY = (
    "numpy", "pandas", "scipy", "statsmodels", "matplotlib", "papermill", "nbclient", "nbformat", "openpyxl", "typst",
    "highspy", "cryptography", "pyrage", "pydantic", "distributed",
)  # fmt: skip


@pytest.mark.parametrize(
    "start",
    ["import wellbeing", "import sys; from wellbeing.cli import call; assert call(['--help']) in (0, None)"],
    ids=["import wellbeing", "wellbeing --help"],
)
def test_nothing_heavy_is_loaded_at_the_start(start):
    told = f"print('loaded', *set({HEAVY!r}).intersection(sys.modules), file=sys.stderr)"
    code = f"{start}\nimport sys\n{told}"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, encoding="utf-8", check=False)
    assert (done.returncode, done.stderr.strip()) == (0, "loaded")
