"""The rendering processes: one that dies costs its own report one more try, and nobody else's anything."""

import os
import signal
import subprocess
import sys
import time
from collections import Counter

import nbformat
import pytest
from nbformat import v4

from wellbeing.batch.render import Job, Renderers

pytestmark = [pytest.mark.xdist_group("engine")]

WAYS = [
    pytest.param(True, id="fork", marks=pytest.mark.skipif(sys.platform == "win32", reason="Windows cannot fork")),
    pytest.param(False, id="pool"),
]

#: Writes what stands for a report; before that, whatever the test asks for in the kernel's folder.
SOURCE = """
import os, pathlib, signal, time
tries = pathlib.Path(f"{unit}.tries")
tries.write_text(tries.read_text() + "x" if tries.exists() else "x")
first = len(tries.read_text()) == 1
exec(what)
pathlib.Path("out", f"{unit}.pdf").write_bytes(b"%PDF " + os.environ.get("LEFT", "").encode())
"""
KILL = "if first: os.kill({}, signal.SIGKILL); time.sleep(30)"


def place(folder):
    """A working directory as `workplace` and `lay_out` make one, with one small notebook and no release."""
    for name in ("out", "home", "tmp", "notebooks"):
        (folder / name).mkdir()
    cell = v4.new_code_cell('unit = ""\nwhat = ""', id="p", metadata={"tags": ["parameters"]})
    made = v4.new_notebook(cells=[cell, v4.new_code_cell(SOURCE, id="c")])
    made.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    nbformat.write(made, folder / "notebooks" / "n.ipynb")
    return folder


def job(unit, what=""):
    return Job(unit, unit, "n.ipynb", {"unit": unit, "what": what})


@pytest.fixture(scope="module", params=WAYS)
def renderers(request, tmp_path_factory):
    folder = place(tmp_path_factory.mktemp("r"))
    with Renderers(folder, "zh", 2, request.param) as started:
        yield started


def run(renderers, *jobs):
    """Run jobs and give for each how it ended and how often it was begun."""
    for path in renderers.folder.glob("*.tries"):
        path.unlink()
    told = Counter()
    outcomes = renderers.run(jobs, lambda outcome: told.update([outcome.job.key]))
    assert told == Counter(job.key for job in jobs)
    assert [outcome.job for outcome in outcomes] == list(jobs)
    tries = [len((renderers.folder / f"{job.key}.tries").read_text()) for job in jobs]
    return list(zip([outcome.error for outcome in outcomes], tries, strict=True))


def test_reports_are_made_in_the_order_asked_for_and_failures_are_told_by_class(renderers):
    ended = run(renderers, job("a"), job("b", "raise KeyError('7Q4K-2291')"), job("c"))
    assert ended == [(None, 1), ("KeyError", 1), (None, 1)]


def test_a_report_that_was_not_written_is_a_failure(renderers):
    assert run(renderers, job("none", "unit = 'elsewhere'")) == [("NoReportWritten", 1)]


@pytest.mark.skipif(sys.platform == "win32", reason="no SIGKILL on Windows")
@pytest.mark.parametrize("victim", ["os.getpid()", "os.getppid()"], ids=["kernel", "worker"])
def test_a_killed_process_costs_its_own_report_one_more_try(renderers, victim):
    ended = run(renderers, job("a"), job("killed", KILL.format(victim)), job("b"), job("c"))
    assert ended == [(None, 1), (None, 2), (None, 1), (None, 1)]


@pytest.mark.skipif(sys.platform == "win32", reason="no SIGKILL on Windows")
def test_one_that_is_killed_every_time_fails_and_the_others_are_made(renderers):
    ended = run(renderers, job("always", "os.kill(os.getpid(), signal.SIGKILL)"), job("a"), job("b"))
    assert [tries for _, tries in ended] == [2, 1, 1]
    assert [error is None for error, _ in ended] == [False, True, True]
    assert ended[0][0] == "DeadKernelError"


def test_nothing_of_one_report_is_left_in_the_next(renderers):
    run(renderers, job("a", "os.environ['LEFT'] = 'left'"))
    run(renderers, *(job(unit) for unit in "bcde"))
    assert {(renderers.folder / "out" / f"{unit}.pdf").read_bytes() for unit in "bcde"} == {b"%PDF "}


@pytest.mark.skipif(sys.platform != "linux", reason="a bound that only Linux keeps")
def test_a_report_that_takes_too_much_memory_fails_alone(tmp_path):
    with Renderers(place(tmp_path), "zh", 2, fork=True) as renderers:
        greedy = job("greedy", "held = bytearray(3 << 30)")
        assert run(renderers, greedy, job("a")) == [("MemoryError", 1), (None, 1)]
        # The warm process itself is killed: whatever was at work is done again, by a new one.
        os.kill(renderers._processes[0]._popen.pid, signal.SIGKILL)
        assert [error for error, _ in run(renderers, job("b"), job("c"))] == [None, None]


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
@pytest.mark.parametrize("fork", [True, False], ids=["fork", "pool"])
def test_ctrl_c_ends_everything_within_a_second(tmp_path, fork):
    script = (
        "import os, sys; sys.path.insert(0, os.path.dirname(sys.argv[1])); from pathlib import Path\n"
        "from test_batch_render import Job, Renderers, place, job\n"
        "folder = place(Path(sys.argv[2]))\n"
        f"with Renderers(folder, 'zh', 1, {fork}) as r:\n"
        "    r.run([job('long', 'pathlib.Path(\"pid\").write_text(str(os.getpid())); time.sleep(60)')], print)"
    )
    running = subprocess.Popen([sys.executable, "-c", script, __file__, str(tmp_path)], stderr=subprocess.DEVNULL)
    until = time.monotonic() + 90
    while not ((tmp_path / "pid").exists() and (tmp_path / "pid").read_text()) and time.monotonic() < until:
        time.sleep(0.05)
    kernel = int((tmp_path / "pid").read_text())
    began = time.monotonic()
    running.send_signal(signal.SIGINT)
    running.wait(timeout=10)
    while os.path.exists(f"/proc/{kernel}") and time.monotonic() < began + 10:  # noqa: PTH110 - of another process
        time.sleep(0.02)
    # The kernel looks once a second whether its parent is there where nothing else can tell it. A machine that is
    # busy with other things gives each process its part of a second only.
    busy = max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1))
    assert time.monotonic() - began < (1 if fork else 3) * busy
