"""papermill's traps, shut one by one, and what may stay of an executed notebook."""

import json
import os
import tempfile
from pathlib import Path

import nbformat
import pytest
from nbformat import v4

from wellbeing.batch.notebooks import (
    NotebookFailed,
    as_distributed,
    as_source,
    check_parameters,
    execute,
    write_notebook,
)
from wellbeing.engine.channels import channels
from wellbeing.errors import KitFault


def notebook(*cells, parameters='unit = ""\nlang = "zh"', tags=("parameters",)):
    first = v4.new_code_cell(parameters, metadata={"tags": list(tags)})
    built = v4.new_notebook(cells=[v4.new_markdown_cell("# a"), first, *map(v4.new_code_cell, cells)])
    built.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return built


def test_an_unknown_parameter_is_refused():
    with pytest.raises(KitFault, match="no parameter school"):
        check_parameters(notebook(), {"unit": "S001", "lang": "zh", "school": "S001"})


def test_a_parameter_left_at_its_default_is_refused():
    with pytest.raises(KitFault, match="unit is not given"):
        check_parameters(notebook(), {"lang": "zh"})


def test_a_notebook_without_a_tagged_cell_is_refused():
    with pytest.raises(KitFault, match="exactly one"):
        check_parameters(notebook(tags=()), {"unit": "S001", "lang": "zh"})


def test_a_notebook_with_two_tagged_cells_is_refused():
    twice = notebook()
    twice.cells.append(v4.new_code_cell("unit = 1", metadata={"tags": ["parameters"]}))
    with pytest.raises(KitFault, match="exactly one"):
        check_parameters(twice, {"unit": "S001", "lang": "zh"})


@pytest.fixture(scope="module")
def executed(tmp_path_factory):
    folder = tmp_path_factory.mktemp("canary folder")
    path = folder / "n.ipynb"
    source = notebook(
        "from IPython.display import HTML\nimport os\nprint(os.getcwd())\nHTML(f'<b>{unit}</b>')",
        "import sys\nprint('金丝' + '雀', file=sys.stderr)\nunit",
    )
    write_notebook(source, path)
    return folder, execute(path, {"unit": "S001", "lang": "zh"}, folder)


def test_an_executed_notebook_shows_its_tables(executed):
    _, done = executed
    outputs = [output for cell in as_distributed(done).cells if cell.cell_type == "code" for output in cell.outputs]
    assert [output.data for output in outputs] == [{"text/html": "<b>S001</b>"}]


def test_an_executed_notebook_carries_no_parameters_paths_times_or_streams(executed):
    folder, done = executed
    raw = json.dumps(done, ensure_ascii=False)
    assert str(folder) in raw
    assert "papermill" in raw
    assert "injected-parameters" in raw
    text = nbformat.writes(as_distributed(done))
    for trace in (
        str(folder),
        folder.name,
        "papermill",
        "injected",
        "start_time",
        "iopub",
        "金丝雀",
        'unit = \\"S001\\"',
    ):
        assert trace not in text
    assert all(cell.get("execution_count") is None for cell in as_distributed(done).cells)


def test_the_distributed_form_is_valid_and_always_the_same(executed):
    _, done = executed
    once = as_distributed(done)
    nbformat.validate(once)
    assert nbformat.writes(once) == nbformat.writes(as_distributed(done))


def test_the_source_form_has_no_outputs(executed):
    _, done = executed
    source = as_source(done)
    assert [cell.outputs for cell in source.cells if cell.cell_type == "code"] == [[], [], []]
    assert [cell.metadata for cell in source.cells if cell.metadata] == [{"tags": ["parameters"]}]


def test_a_failing_cell_tells_its_class_and_number_and_never_its_values(tmp_path):
    path = tmp_path / "n.ipynb"
    write_notebook(notebook("answers = {'code': '金丝雀-7Q4K'}", "raise KeyError(answers['code'])"), path)
    with pytest.raises(NotebookFailed) as failure:
        execute(path, {"unit": "S001", "lang": "zh"}, tmp_path)
    assert failure.value.error == "KeyError"
    assert failure.value.cell >= 0
    assert "金丝雀" not in str(failure.value)
    assert failure.value.__cause__ is None
    assert failure.value.__suppress_context__


@pytest.mark.skipif(os.name != "posix", reason="no socket files on Windows")
def test_kernels_that_run_at_the_same_time_share_no_channel():
    # On ports, two that start at the same moment can be given the same one, and answer each other's client.
    with channels() as one, channels() as other:
        ours, theirs = one["ConnectionFileMixin"], other["ConnectionFileMixin"]
        assert ours["transport"] == theirs["transport"] == "ipc"
        assert ours["ip"] != theirs["ip"]
        folder = Path(ours["ip"]).parent
        assert folder.is_dir()
    assert not folder.exists()


@pytest.mark.skipif(os.name != "posix", reason="no socket files on Windows")
def test_where_a_socket_file_would_have_too_long_a_path_ports_are_used(monkeypatch, tmp_path):
    deep = tmp_path / ("x" * 80)
    deep.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(deep))
    with channels() as chosen:
        assert not chosen


@pytest.mark.parametrize(
    "path", sorted((Path(__file__).parents[1] / "notebooks").glob("*.ipynb")), ids=lambda p: p.name
)
def test_notebooks_are_committed_without_outputs_and_with_a_parameters_cell(path):
    text = path.read_text(encoding="utf-8")
    kept = nbformat.reads(text, as_version=4)
    assert nbformat.writes(as_source(kept)) + "\n" == text
    tags = [tag for cell in kept.cells for tag in cell.metadata.get("tags", ())]
    assert tags == ["parameters"]
