"""The cluster: the same bytes as on one machine, and a worker that is lost in the middle costs nothing but time."""

import os
import signal
import subprocess
import sys

import nbformat
import pytest
from nbformat import v4

pytest.importorskip("distributed", reason="the extra `cluster` is not installed")

from signed_off import SURVEY, WAVE, make_county
from test_batch_render import SOURCE
from wellbeing.batch.render import Job, Renderers, lay_out, workplace
from wellbeing.cluster.connecting import connected
from wellbeing.cluster.node import OTHER_SOFTWARE, Node, pack, software
from wellbeing.cluster.rendering import ClusterRenderers
from wellbeing.errors import UsageError

KILL = "if first: os.kill({}, signal.SIGKILL); time.sleep(30)"


def report(unit):
    parameters = {"unit": unit, "lang": "zh", "release_folder": "release", "output_folder": "out"}
    return Job(unit, f"{unit}_{WAVE}", "school_report.ipynb", parameters)


def small(unit, what=""):
    return Job(unit, unit, "n.ipynb", {"unit": unit, "what": what})


def small_notebook(folder):
    cell = v4.new_code_cell('unit = ""\nwhat = ""', id="p", metadata={"tags": ["parameters"]})
    made = v4.new_notebook(cells=[cell, v4.new_code_cell(SOURCE, id="c")])
    made.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    nbformat.write(made, folder / "notebooks" / "n.ipynb")


def files_of(folder, jobs):
    return {
        f"{job.name}{end}": (folder / "out" / f"{job.name}{end}").read_bytes()
        for job in jobs
        for end in (".pdf", ".ipynb")
    }


@pytest.fixture(scope="module")
def workspace(tmp_path_factory):
    return make_county(tmp_path_factory.mktemp("county") / "w").workspace


@pytest.fixture(scope="module")
def scheduler(tmp_path_factory):
    """A scheduler on loopback with two workers of its own processes; gives its address and the workers."""
    from distributed import LocalCluster

    place = tmp_path_factory.mktemp("dask")
    with LocalCluster(n_workers=0, host="127.0.0.1", dashboard_address=None, processes=True) as cluster:
        command = [sys.executable, "-m", "distributed.cli.dask_worker", cluster.scheduler_address]
        command += ["--nthreads", "1", "--no-nanny", "--no-dashboard", "--local-directory", str(place)]
        workers = [
            subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=place) for _ in range(2)
        ]
        try:
            yield cluster.scheduler_address, workers
        finally:
            for worker in workers:
                worker.terminate()
            for worker in workers:
                worker.wait(timeout=30)


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="no SIGKILL on Windows")
def test_a_lost_worker_costs_no_report_and_all_bytes_are_those_of_one_machine(workspace, scheduler):
    address, workers = scheduler
    jobs = [report(unit) for unit in ("S001",)]
    with workplace(workspace, SURVEY, WAVE) as folder:
        with Renderers(folder, "zh", 1) as here:
            lay_out(folder, workspace, SURVEY, WAVE)
            here.run(jobs, lambda outcome: None)
        expected = files_of(folder, jobs)
        for name in expected:
            (folder / "out" / name).unlink()
        small_notebook(folder)
        late = [small("bad", "raise KeyError('7Q4K-2291')"), small("killed", KILL.format("os.getpid()"))]
        late += [small(f"n{number}", "time.sleep(0.3)") for number in range(3)]
        told = []

        def lose_one(outcome):
            told.append(outcome.job.key)
            if len(told) == 1:
                workers[0].kill()

        with ClusterRenderers(address, folder, "zh", 0) as cluster:
            outcomes = cluster.run([*jobs, *late], lose_one)
            assert workers[0].wait(timeout=30) == -signal.SIGKILL
            # The file beside the bundle comes with each job, as it is then.
            (folder / "statuses.csv").write_text("later", encoding="utf-8")
            reads = "assert pathlib.Path('statuses.csv').read_text() == 'later'; assert 'HOME' in os.environ"
            private = "assert not {name for name in os.environ if name.startswith(('DASK', 'PYTEST'))}"
            (last,) = cluster.run([small("last", f"{reads}; {private}")], lambda outcome: None)
        assert [outcome.job.key for outcome in outcomes] == [job.key for job in (*jobs, *late)]
        assert sorted(told) == sorted(job.key for job in (*jobs, *late))
        assert {outcome.job.key: outcome.error for outcome in outcomes if outcome.error} == {"bad": "KeyError"}
        assert files_of(folder, jobs) == expected
        assert not (folder / "out" / "bad.pdf").exists()
        assert last.error is None


def test_what_is_sent_is_what_was_laid_out_and_its_bytes_are_the_same_again(workspace):
    with workplace(workspace, SURVEY, WAVE) as folder:
        lay_out(folder, workspace, SURVEY, WAVE)
        (folder / "home" / "own").write_text("not for anybody", encoding="utf-8")
        first = pack(folder)
        os.utime(folder / "release" / "release.json", (0, 0))
        assert pack(folder) == first
        assert b"home" not in first


def test_a_worker_with_other_software_makes_nothing(tmp_path):
    class Worker:
        local_directory = str(tmp_path)

    (tmp_path / "given").mkdir()
    node = Node("n", pack(tmp_path / "given"), "zh", software() | {"typst": "0.0.1"})
    node.setup(Worker())
    assert node.make(small("a"), {}).error == OTHER_SOFTWARE
    node.teardown(Worker())
    assert [path.name for path in tmp_path.iterdir()] == ["given"]


def test_nobody_at_the_address_is_said():
    with pytest.raises(UsageError) as silent, connected("tcp://127.0.0.1:9", 1, patience=0.2):
        pass
    assert "tcp://127.0.0.1:9" in silent.value.message()


@pytest.mark.slow
def test_a_local_cluster_is_encrypted_and_listens_on_this_machine_only():
    with connected("local", 1) as client:
        assert client.scheduler.address.startswith("tls://127.0.0.1:")
        assert list(client.nthreads().values()) == [1]
        assert all(address.startswith("tls://127.0.0.1:") for address in client.nthreads())
