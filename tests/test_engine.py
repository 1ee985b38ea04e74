"""The warm engines: nothing is carried from one notebook to the next, and what is stuck, killed or greedy is told."""

import os
import signal
import subprocess
import sys
import time

import nbformat
import papermill
import pytest
from nbclient.exceptions import CellTimeoutError, DeadKernelError
from nbformat import v4
from papermill.exceptions import PapermillExecutionError

from wellbeing.engine.engines import is_this_python, register
from wellbeing.engine.pool import leaves_traces
from wellbeing.engine.sources import warm_parent

pytestmark = [pytest.mark.xdist_group("engine")]

ENGINES = [
    pytest.param("wellbeing-warm", marks=pytest.mark.skipif(sys.platform == "win32", reason="Windows cannot fork")),
    pytest.param("wellbeing-warm-pool"),
]

#: What a notebook may leave behind, and how the next one sees whether it did.
TRACES = """
import os, sys, random, warnings, decimal, logging
import numpy as np, pandas as pd, matplotlib, matplotlib.pyplot as plt
left = 1
os.environ["LEFT"] = "1"; os.chdir("/"); sys.path.insert(0, "/left"); random.seed(1); np.random.seed(1)
np.set_printoptions(precision=2); np.seterr(all="raise"); pd.options.display.max_rows = 3
plt.rcParams["font.size"] = 33; plt.figure(); warnings.simplefilter("error"); decimal.getcontext().prec = 3
logging.getLogger().setLevel(1); sys.setrecursionlimit(1234)
"""
SEEN = """
import os, sys, random, warnings, decimal, logging
import numpy as np, pandas as pd, matplotlib, matplotlib.pyplot as plt
found = [
    "left" in globals(), "LEFT" in os.environ, os.getcwd() == "/", "/left" in sys.path,
    np.get_printoptions()["precision"] == 2, np.geterr()["divide"] == "raise", pd.options.display.max_rows == 3,
    plt.rcParams["font.size"] == 33, bool(plt.get_fignums()),
    any(f[0] == "error" and f[2] is Warning for f in warnings.filters), decimal.getcontext().prec == 3,
    logging.getLogger().level == 1, sys.getrecursionlimit() == 1234,
]
print(found.count(True), random.random(), np.random.random())
"""


@pytest.fixture(autouse=True)
def _one_environment(monkeypatch):
    """pytest tells each test's name in the environment, and a warm process is for one environment."""
    register()
    monkeypatch.delenv("PYTEST_CURRENT_TEST", raising=False)


def run(engine, folder, *cells, **known):
    made = v4.new_notebook(cells=[v4.new_code_cell(cell, id=f"c{place}") for place, cell in enumerate(cells)])
    made.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    path = folder / "n.ipynb"
    nbformat.write(made, path)
    return papermill.execute_notebook(path, None, engine_name=engine, progress_bar=False, cwd=folder, **known)


def printed(executed, cell=-1):
    return "".join(output.text for output in executed.cells[cell].outputs if output.output_type == "stream")


@pytest.mark.parametrize("engine", ENGINES)
def test_nothing_is_left_for_the_next_notebook_and_seeds_are_fresh(engine, tmp_path):
    seen = [printed(run(engine, tmp_path, SEEN)).split()]
    run(engine, tmp_path, TRACES)
    seen += [printed(run(engine, tmp_path, SEEN)).split() for _ in range(2)]
    assert [numbers[0] for numbers in seen] == ["0", "0", "0"]
    assert len({numbers[1] for numbers in seen}) == len({numbers[2] for numbers in seen}) == 3


def test_a_pooled_kernel_is_used_again_when_it_is_like_new_and_not_when_it_is_not(tmp_path):
    def number(*cells):
        return printed(run("wellbeing-warm-pool", tmp_path, *cells, "import os; print(os.getpid())"))

    number()  # what it lacked of libraries, the next kernel has
    assert number() == number("x = 1; import json")
    for dirty in (
        "import threading, time; threading.Thread(target=time.sleep, args=(60,), daemon=True).start()",
        "import pandas as pd; pd.DataFrame.total = lambda self: 0",
        "import threadpoolctl; threadpoolctl.threadpool_limits(1)",
        "%config InlineBackend.figure_formats = ['svg']",
        "import matplotlib; matplotlib.use('agg')",
    ):
        if "threadpoolctl" in dirty:
            pytest.importorskip("threadpoolctl")
            if (os.cpu_count() or 1) < 2 or os.environ.get("OPENBLAS_NUM_THREADS") == "1":
                continue
        assert number(dirty) != number(), dirty


def test_a_pooled_kernel_that_drew_is_used_again_and_shows_its_next_figure_too(tmp_path):
    draw = "import os, matplotlib.pyplot as plt\nplt.plot([1, 2])\nprint(os.getpid())"
    made = [run("wellbeing-warm-pool", tmp_path, draw) for _ in range(2)]
    assert [sum("image/png" in output.get("data", {}) for output in one.cells[0].outputs) for one in made] == [1, 1]
    assert printed(made[0]) == printed(made[1])


@pytest.mark.parametrize(
    ("source", "leaves"),
    [
        ("x = 1", False),
        ("from IPython.display import HTML\nHTML('a')", False),
        ("%matplotlib inline", True),
        ("!ls", True),
        ("get_ipython().events", True),
        ("from IPython.core import magic", True),
    ],
)
def test_code_that_speaks_to_ipython_itself_is_known(source, leaves):
    assert leaves_traces([source]) is leaves


@pytest.mark.parametrize("engine", ENGINES)
def test_a_cell_that_takes_too_long_is_ended_and_the_next_notebook_runs(engine, tmp_path):
    with pytest.raises(CellTimeoutError):
        run(engine, tmp_path, "import time; time.sleep(60)", execution_timeout=1)
    assert printed(run(engine, tmp_path, "print('next')")) == "next\n"


@pytest.mark.parametrize("engine", ENGINES)
def test_a_cell_is_interrupted_as_by_papermills_own_engine(engine, tmp_path):
    with pytest.raises(PapermillExecutionError) as raised:
        run(engine, tmp_path, "import time; time.sleep(60)", execution_timeout=1, interrupt_on_timeout=True)
    assert raised.value.ename == "KeyboardInterrupt"


@pytest.mark.skipif(sys.platform == "win32", reason="no SIGKILL on Windows")
@pytest.mark.parametrize("engine", ENGINES)
def test_a_kernel_that_is_killed_is_told_and_the_next_notebook_runs(engine, tmp_path):
    with pytest.raises(DeadKernelError):
        run(engine, tmp_path, "import os, signal; os.kill(os.getpid(), signal.SIGKILL)")
    assert printed(run(engine, tmp_path, "print('next')")) == "next\n"


@pytest.mark.skipif(sys.platform == "win32", reason="Windows cannot fork")
def test_the_warm_process_is_started_once_for_one_environment_and_anew_for_another(tmp_path, monkeypatch):
    first = warm_parent()
    run("wellbeing-warm", tmp_path, "1")
    assert warm_parent() is first
    monkeypatch.setenv("OPENBLAS_NUM_THREADS", "3")
    assert printed(run("wellbeing-warm", tmp_path, "import os; print(os.environ['OPENBLAS_NUM_THREADS'])")) == "3\n"
    assert warm_parent() is not first


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
def test_kernels_end_when_the_process_that_asked_for_them_is_killed(tmp_path):
    script = (
        "import os, sys; sys.path.insert(0, os.path.dirname(sys.argv[1])); from test_engine import run, register; "
        "from pathlib import Path; register(); "
        "run('wellbeing-warm', Path(sys.argv[2]), "
        "'import os, pathlib, time; pathlib.Path(\"pid\").write_text(str(os.getpid())); time.sleep(60)')"
    )
    asking = subprocess.Popen([sys.executable, "-c", script, __file__, str(tmp_path)], stderr=subprocess.DEVNULL)
    until = time.monotonic() + 60
    while not ((tmp_path / "pid").exists() and (tmp_path / "pid").read_text()) and time.monotonic() < until:
        time.sleep(0.05)
    kernel = int((tmp_path / "pid").read_text())
    asking.send_signal(signal.SIGKILL)
    asking.wait()
    while os.path.exists(f"/proc/{kernel}") and time.monotonic() < until:  # noqa: PTH110 - of another process
        time.sleep(0.05)
    assert time.monotonic() < until


def test_a_kernel_of_another_language_or_python_is_not_forked(tmp_path, monkeypatch):
    kernel = tmp_path / "kernels" / "other"
    kernel.mkdir(parents=True)
    (kernel / "kernel.json").write_text(
        '{"argv": ["R", "-f", "{connection_file}"], "display_name": "R", "language": "R"}', encoding="utf-8"
    )
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path))
    assert is_this_python("python3")
    assert not is_this_python("other")
