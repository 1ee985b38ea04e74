"""The cluster: the same bytes as on one machine, and a worker that is lost in the middle costs nothing but time."""

import os
import signal
import subprocess
import sys

import nbformat
import pandas as pd
import pytest
from nbformat import v4

pytest.importorskip("distributed", reason="the extra `cluster` is not installed")

from signed_off import SURVEY, WAVE, make_county
from test_batch_render import SOURCE
from wellbeing.answer_frames import answer_bytes, frame_of
from wellbeing.batch.render import Job, Renderers, lay_out, workplace
from wellbeing.cluster.connecting import connected
from wellbeing.cluster.node import OTHER_SOFTWARE, Node, pack, software
from wellbeing.cluster.partitions import add_up, count_partition, count_wave
from wellbeing.cluster.rendering import ClusterRenderers
from wellbeing.errors import UsageError
from wellbeing.surveys import load_survey
from wellbeing.workspace import Workspace, kit_root

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
def test_a_local_cluster_is_encrypted_and_listens_on_this_machine_only(stored):
    with connected("local", 1) as client:
        assert client.scheduler.address.startswith("tls://127.0.0.1:")
        assert list(client.nthreads().values()) == [1]
        paths, survey, units = stored
        assert totals(count_wave(client, paths[:2], survey, "2026-autumn", units))["S2"] == (5, 2, 63)
        assert all(address.startswith("tls://127.0.0.1:") for address in client.nthreads())


#: Five schools, and what six people answered in each; the sums below are counted by hand from this.
PHQ9 = ([0] * 9, [1] * 9, [2] * 9, [3] * 9, [1] * 8 + [None], [None] * 9)
#: 0, 9, 18, 27, 9 (eight answers of 1, one missing: 8 * 9 / 8) and unscorable.
TOTALS = (0, 9, 18, 27, 9)


def wave_of(survey, schools):
    """Write one stored file for each school."""
    rows = [
        {
            "school_id": school,
            "code": f"{school}{number}",
            "consent_statistics": "no" if school == "S5" and number == 0 else "yes",
            "sex": "female" if number % 2 else "male",
            **{f"phq9_{item + 1}": code for item, code in enumerate(codes)},
        }
        for school in schools
        for number, codes in enumerate(PHQ9)
    ]
    return {name: [row.get(name) for row in rows] for name in survey.columns}


@pytest.fixture(scope="module")
def stored(tmp_path_factory):
    """The stored files of five schools, the survey and the units: one for each school, and the county."""
    folder = tmp_path_factory.mktemp("answers")
    survey = load_survey(Workspace(kit_root()), "screening")
    schools = [f"S{number}" for number in range(1, 6)]
    units = pd.DataFrame({"unit": schools, "schools": schools})
    for school in schools:
        answers = frame_of(wave_of(survey, [school]), survey)
        (folder / f"{school}.csv").write_bytes(answer_bytes(answers, survey))
    return sorted(folder.glob("*.csv")), survey, units


def totals(found):
    figures = found.figures.set_index(["unit", "group", "measure"])
    return {
        unit: tuple(figures.loc[(unit, "all", "phq9_total"), ["n", "cases", "total"]])
        for unit in found.respondents.index
    }


def test_partitions_add_up_to_what_the_schools_answered(stored, tmp_path):
    paths, survey, units = stored
    # Two rows in memory at once: sums do not depend on where the pieces end.
    parts = [count_partition(path, survey, "2026-autumn", units, tmp_path / path.name, rows=2) for path in paths]
    found = add_up(parts)
    everybody = (len(TOTALS), sum(total >= 10 for total in TOTALS), sum(TOTALS))
    # Whoever does not agree to statistics has a score of 0 in S5: one person less, no case less.
    assert totals(found) == dict.fromkeys(("S1", "S2", "S3", "S4"), everybody) | {"S5": (4, 2, 63)}
    assert found.left_out == 1
    assert found.people["S1", "sex=female"] == 3
    written = pd.concat([pd.read_csv(path, dtype="str") for path in sorted(tmp_path.glob("*.csv"))])
    assert len(written) == 30
    assert written["phq9_total"].tolist()[:6] == ["0", "9", "18", "27", "9", "unscorable"]


def test_partitions_of_different_units_are_not_added(stored):
    paths, survey, units = stored
    one = count_partition(paths[0], survey, "2026-autumn", units)
    other = count_partition(paths[0], survey, "2026-autumn", units.iloc[:2])
    with pytest.raises(ValueError, match="different units"):
        add_up([one, other])
    with pytest.raises(ValueError, match="no partitions"):
        add_up([])
