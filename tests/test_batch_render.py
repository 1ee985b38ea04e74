"""The rendering processes: one that dies costs its own report one more try, and nobody else's anything."""

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import nbformat
import pytest
from nbformat import v4

from wellbeing.batch.render import Job, Renderers

pytestmark = [pytest.mark.xdist_group("engine")]

WAYS = [
    pytest.param(True, id="fork", marks=pytest.mark.skipif(sys.platform == "win32", reason="Windows cannot fork")),
    pytest.param(False, id="pool", marks=pytest.mark.slow),  # each of its processes imports everything for itself
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
    with Renderers(folder, "zh", 2 if request.param else 1, request.param) as started:
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


def test_nothing_of_one_report_is_left_in_the_next_and_one_not_written_is_a_failure(renderers):
    first, *ended = run(renderers, job("a", "os.environ['LEFT'] = 'left'"), job("none", "unit = 'elsewhere'"), job("b"))
    assert first == (None, 1)
    assert ended == [("NoReportWritten", 1), (None, 1)]
    assert (renderers.folder / "out" / "a.pdf").read_bytes() == b"%PDF left"
    assert (renderers.folder / "out" / "b.pdf").read_bytes() == b"%PDF "


@pytest.mark.skipif(sys.platform == "win32", reason="no SIGKILL on Windows")
def test_a_killed_process_costs_its_own_report_one_more_try_and_nobody_elses(renderers):
    ended = run(renderers, job("a"), job("killed", KILL.format("int(os.environ['JPY_PARENT_PID'])")), job("b"))
    assert ended == [(None, 1), (None, 2), (None, 1)]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows cannot fork")
@pytest.mark.parametrize("renderers", [True], indirect=True, ids=["fork"])
def test_failures_are_told_by_class_and_only_what_died_is_tried_again(renderers):
    killed = "os.kill(os.getpid(), signal.SIGKILL)"
    jobs = [job("fails", "raise KeyError('7Q4K-2291')"), job("first", KILL.format("os.getpid()")), job("ever", killed)]
    # Only Linux keeps the bound of memory.
    greedy = [job("greedy", "held = bytearray(3 << 30)")] if sys.platform == "linux" else []
    assert run(renderers, job("a"), *jobs, *greedy, job("b")) == [
        (None, 1),
        ("KeyError", 1),
        (None, 2),
        ("DeadKernelError", 2),
        *[("MemoryError", 1) for _ in greedy],
        (None, 1),
    ]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows cannot fork")
@pytest.mark.parametrize("renderers", [True], indirect=True, ids=["fork"])
def test_where_the_warm_process_itself_is_killed_a_new_one_goes_on(renderers):
    os.kill(renderers._processes[0]._popen.pid, signal.SIGKILL)
    assert [error for error, _ in run(renderers, job("b"), job("c"))] == [None, None]


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
@pytest.mark.parametrize("fork", WAYS)
def test_ctrl_c_ends_everything_and_leaves_nothing(tmp_path, fork):
    script = (
        "import os, signal, sys; sys.path.insert(0, os.path.dirname(sys.argv[1])); from pathlib import Path\n"
        "from test_batch_render import Job, Renderers, place, job\n"
        # What a shell starts beside itself ignores Ctrl-C; so would this, where such a shell started the tests.
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "folder = place(Path(sys.argv[2]))\n"
        f"with Renderers(folder, 'zh', 1, {fork}) as r:\n"
        '    what = \'pathlib.Path("pids").write_text(f"{os.getpid()} {os.getppid()} ."); time.sleep(600)\'\n'
        "    r.run([job('long', what)], print)"
    )
    running = subprocess.Popen([sys.executable, "-c", script, __file__, str(tmp_path)], stderr=subprocess.PIPE)
    pids = tmp_path / "pids"
    while not (pids.exists() and pids.read_text().endswith(".")):
        assert running.poll() is None
        time.sleep(0.05)
    running.send_signal(signal.SIGINT)
    # No seconds: how many pass is the machine's matter. The notebook would sleep for ten minutes.
    assert b"KeyboardInterrupt" in running.communicate(timeout=300)[1]
    until = time.monotonic() + 120
    while left := [pid for pid in pids.read_text().split()[:2] if os.path.exists(f"/proc/{pid}")]:  # noqa: PTH110
        assert time.monotonic() < until, left
        time.sleep(0.05)
    # Nor does anything else work there: no process has its working directory in this folder.
    assert not [pid for pid in Path("/proc").glob("[0-9]*") if _works_in(pid, tmp_path)]


def _works_in(process, folder):
    try:
        return folder in [place := (process / "cwd").readlink(), *place.parents]
    except OSError:  # it has ended, or is somebody else's
        return False
