"""The warm engines: nothing is carried from one notebook to the next, and what is stuck, killed or greedy is told."""

import json
import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager

import nbformat
import papermill
import pytest
from nbclient.exceptions import CellTimeoutError, DeadKernelError
from nbformat import v4

from wellbeing.engine.engines import is_this_python, register
from wellbeing.engine.pool import _CLEANING, Pool, _ask, leaves_traces
from wellbeing.engine.sources import warm_parent

pytestmark = [pytest.mark.xdist_group("engine")]

ENGINES = [
    pytest.param("wellbeing-warm", marks=pytest.mark.skipif(sys.platform == "win32", reason="Windows cannot fork")),
    pytest.param("wellbeing-warm-pool"),
]

STUCK = "import time; time.sleep(60)"
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


def run(engine, folder, *cells, **known):
    """Run a notebook of these cells; a tuple is a cell and its tags."""
    register()
    built = v4.new_notebook()
    for place, cell in enumerate(cells):
        source, tags = cell if isinstance(cell, tuple) else (cell, [])
        built.cells.append(v4.new_code_cell(source, id=f"c{place}", metadata={"tags": tags}))
    built.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    path = folder / "n.ipynb"
    nbformat.write(built, path)
    with one_environment():
        return papermill.execute_notebook(path, None, engine_name=engine, progress_bar=False, cwd=folder, **known)


@contextmanager
def one_environment():
    """pytest tells what it is doing in the environment, and a warm process is for one environment."""
    with pytest.MonkeyPatch.context() as patched:
        patched.delenv("PYTEST_CURRENT_TEST", raising=False)
        yield


def printed(executed, cell=-1):
    return "".join(output.text for output in executed.cells[cell].outputs if output.output_type == "stream")


@pytest.mark.parametrize("engine", ENGINES)
def test_nothing_is_left_for_the_next_notebook_and_seeds_are_fresh(engine, tmp_path):
    seen = [printed(run(engine, tmp_path, SEEN)).split()]
    run(engine, tmp_path, TRACES)
    seen += [printed(run(engine, tmp_path, SEEN)).split() for _ in range(2)]
    assert [numbers[0] for numbers in seen] == ["0", "0", "0"]
    assert len({numbers[1] for numbers in seen}) == len({numbers[2] for numbers in seen}) == 3


def test_a_pooled_kernel_is_used_again_when_it_is_like_new(tmp_path):
    def number(*cells):
        return printed(run("wellbeing-warm-pool", tmp_path, *cells, "import os; print(os.getpid())"))

    number()  # what it lacked of libraries, the next kernel has
    assert number() == number("x = 1; import json")


#: What cannot be put back, and how the test itself takes it away again, so that one kernel does for all.
LEFT = [
    (
        "import sys, threading; sys.kept = threading.Event(); threading.Thread(target=sys.kept.wait).start()",
        "import sys, threading; sys.kept.set(); [t.join() for t in threading.enumerate() if t.name.endswith('(wait)')]",
    ),
    (
        "import sys, subprocess; sys.kept = subprocess.Popen([sys.executable, '-c', 'input()'], stdin=-1)",
        "import sys; sys.kept.communicate()",
    ),
    ("import pandas as pd; pd.DataFrame.total = lambda self: 0", "import pandas as pd; del pd.DataFrame.total"),
    (
        "import sys, threadpoolctl as t; sys.kept = t.threadpool_limits(t.threadpool_info()[0]['num_threads'] + 1)",
        "import sys; sys.kept.restore_original_limits()",
    ),
    ("import matplotlib; matplotlib.use('agg')", ""),
]


def test_a_pooled_kernel_that_is_not_like_new_is_known_and_ended(tmp_path):
    pool = Pool()
    with one_environment(), pool.kernel("python3", str(tmp_path), True, []) as kernel:
        for left, undone in LEFT:
            _ask(kernel, f"exec({left!r})")
            assert not json.loads(_ask(kernel, f"{_CLEANING}.clean()"))["reuse"], left
            _ask(kernel, f"exec({undone!r})")
            _ask(kernel, f"{_CLEANING}.clean()")
            assert json.loads(_ask(kernel, f"{_CLEANING}.clean()"))["reuse"], undone
    assert not pool._idle


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


@pytest.mark.skipif(sys.platform == "win32", reason="no SIGKILL on Windows")
@pytest.mark.parametrize("engine", ENGINES)
def test_what_is_stuck_or_killed_is_told_as_by_papermills_own_engine_and_the_next_notebook_runs(engine, tmp_path):
    with pytest.raises(CellTimeoutError):
        run(engine, tmp_path, STUCK, execution_timeout=1)
    # A cell is interrupted and goes on as its tag says; the next one kills its kernel.
    with pytest.raises(DeadKernelError):
        run(
            engine,
            tmp_path,
            (f"try:\n    {STUCK}\nexcept KeyboardInterrupt:\n    open('interrupted', 'w').close()", []),
            "import os, signal; os.kill(os.getpid(), signal.SIGKILL)",
            execution_timeout=1,
            interrupt_on_timeout=True,
        )
    assert (tmp_path / "interrupted").exists()
    assert printed(run(engine, tmp_path, "print('next')")) == "next\n"


@pytest.mark.skipif(sys.platform == "win32", reason="Windows cannot fork")
def test_the_warm_process_is_kept_for_one_environment_and_another_needs_its_own(tmp_path, monkeypatch):
    with one_environment():
        first = warm_parent()
        run("wellbeing-warm", tmp_path, "1")
        assert warm_parent() is first
        assert first.usable()
        monkeypatch.setenv("OPENBLAS_NUM_THREADS", "3")
        assert not first.usable()


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
def test_kernels_end_when_the_process_that_asked_for_them_is_killed(tmp_path):
    script = (
        "import os, sys; sys.path.insert(0, os.path.dirname(sys.argv[1])); from test_engine import run; "
        "from pathlib import Path; "
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
