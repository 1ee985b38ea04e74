"""Run one notebook by papermill with its traps shut, and give it the form in which it may leave the machine.

papermill only warns about a parameter that the notebook does not know and then runs it with its defaults, runs a
notebook without a parameters cell just the same, leaves parameters and absolute paths in the output's metadata
and repeats the parameters in a cell of their own. Each of these would hand a school another school's report or
tell more than the report: see `check_parameters` and `as_distributed`.
"""

import copy
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from wellbeing.engine.channels import channels
from wellbeing.engine.schemas import import_jsonschema
from wellbeing.errors import KitFault

#: What may stay of an output. Plain text only where there is nothing else: a repr may hold an address or a path.
_KEPT = ("text/html", "image/svg+xml", "image/png")
_KERNEL = {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}}


class NotebookFailed(Exception):
    """A cell raised. Holds the exception's class and the cell's number, never its message or its values."""

    def __init__(self, error: str, cell: int) -> None:
        super().__init__(f"{error} in cell {cell}")
        self.error = error
        self.cell = cell


def check_parameters(notebook: Any, parameters: dict[str, Any]) -> None:
    """Refuse to run a notebook with parameters that it would ignore, or with a default it should not fall back on.

    Raises
    ------
    KitFault
        If the notebook has no cell tagged ``parameters``, or more than one; if a parameter is not set in that cell;
        if one that is set there is not given.
    """
    tagged = [cell for cell in notebook.cells if "parameters" in cell.metadata.get("tags", ())]
    if len(tagged) != 1 or tagged[0].cell_type != "code":
        raise KitFault(f"the notebook needs exactly one code cell tagged `parameters`, not {len(tagged)}")
    known = _assigned(tagged[0].source)
    if unknown := sorted(set(parameters) - known):
        raise KitFault(f"the notebook knows no parameter {', '.join(unknown)}")
    if left := sorted(known - set(parameters)):
        raise KitFault(f"the notebook's parameter {', '.join(left)} is not given; it must not run with its default")


def _assigned(source: str) -> set[str]:
    import ast

    names: set[str] = set()
    for statement in ast.parse(source).body:
        if isinstance(statement, ast.Assign):
            names |= {target.id for target in statement.targets if isinstance(target, ast.Name)}
        elif isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name):
            names.add(statement.target.id)
    return names


def execute(
    path: Path,
    parameters: dict[str, Any],
    folder: Path,
    timeout: int = 300,
    engine: Mapping[str, Any] | None = None,
) -> Any:
    """Run a notebook in a kernel of its own and give it back executed.

    Parameters
    ----------
    path : Path
        The notebook.
    parameters : dict
        Every name of its parameters cell, as plain values.
    folder : Path
        The kernel's working directory.
    timeout : int
        Seconds a cell may take.
    engine : mapping, optional
        ``engine_name`` of one of `wellbeing.engine.engines`, and what it is given; by default papermill's own.

    Raises
    ------
    KitFault
        If the parameters do not fit the notebook.
    NotebookFailed
        If a cell raises, or takes too long.
    """
    import_jsonschema()
    if engine is not None:
        return _execute(path, parameters, folder, timeout, **engine)
    try:
        return _cold(path, parameters, folder, timeout)
    except KernelNotStarted:
        # No cell has run yet, so nothing can be done twice.
        return _cold(path, parameters, folder, timeout)


class KernelNotStarted(NotebookFailed):
    """The kernel did not come up: the machine's fault, not the notebook's."""

    def __init__(self) -> None:
        super().__init__("KernelNotStarted", -1)


def _cold(path: Path, parameters: dict[str, Any], folder: Path, timeout: int) -> Any:
    with channels() as config:
        return _execute(path, parameters, folder, timeout, config=config)


def _execute(
    path: Path,
    parameters: dict[str, Any],
    folder: Path,
    timeout: int,
    engine_name: str | None = None,
    **more: Any,
) -> Any:
    """Do what `papermill.execute_notebook` does, by its own parts.

    The whole of it would also write the notebook out, to nowhere, which takes longer than reading and preparing it.
    """
    from nbclient.exceptions import CellTimeoutError, DeadKernelError
    from papermill.engines import papermill_engines
    from papermill.exceptions import PapermillExecutionError
    from papermill.execute import raise_for_execution_errors
    from papermill.iorw import load_notebook_node
    from papermill.parameterize import parameterize_notebook
    from papermill.utils import chdir

    from wellbeing.engine.engines import register

    register()
    notebook = load_notebook_node(str(path))
    check_parameters(notebook, parameters)
    notebook = parameterize_notebook(notebook, parameters, kernel_name="python3", engine_name=engine_name)
    try:
        with chdir(str(folder)):
            executed = papermill_engines.execute_notebook_with_engine(
                engine_name,
                notebook,
                kernel_name="python3",
                progress_bar=False,
                log_output=False,
                store_widget_state=False,
                execution_timeout=timeout,
                **more,
            )
        raise_for_execution_errors(executed, None)
        return executed
    except PapermillExecutionError as error:
        # Its message is the cell's traceback with the data in it; only class and place go on.
        raise NotebookFailed(str(error.ename), int(error.cell_index)) from None
    except (CellTimeoutError, DeadKernelError) as error:
        raise NotebookFailed(type(error).__name__, -1) from None
    except RuntimeError:
        raise KernelNotStarted from None


def as_source(notebook: Any) -> Any:
    """Give a notebook as it is committed: no outputs, no counts, the least metadata, ids by position."""
    return _rebuilt(notebook, keep_outputs=False)


def as_distributed(executed: Any) -> Any:
    """Give an executed notebook as it may leave the machine, built anew rather than stripped.

    Without the injected parameters, papermill's and the kernel's metadata, execution times, streams and errors;
    with tables and figures only.
    """
    return _rebuilt(executed, keep_outputs=True)


def _rebuilt(notebook: Any, keep_outputs: bool) -> Any:
    from nbformat import NotebookNode

    # Put together as they are written, and checked once, as a whole: nbformat's own functions check every part of a
    # part by a slow way, which took as long as typesetting the report.
    cells: list[Any] = []
    for cell in notebook.cells:
        tags = list(cell.metadata.get("tags", ()))
        if "injected-parameters" in tags:
            continue
        kept = [tag for tag in tags if tag == "parameters"]
        metadata = {"tags": kept} if kept else {}
        name = f"cell-{len(cells)}"
        if cell.cell_type == "code":
            outputs = [_output(output) for output in cell.outputs if _may_stay(output)] if keep_outputs else []
            more = {"cell_type": "code", "execution_count": None, "outputs": outputs}
        else:
            more = {"cell_type": "markdown"}
        cells.append(NotebookNode(id=name, metadata=NotebookNode(metadata), source=cell.source, **more))
    known = {"metadata": NotebookNode(copy.deepcopy(_KERNEL)), "nbformat": 4, "nbformat_minor": 5}
    return NotebookNode(cells=cells, **known)


def _may_stay(output: Any) -> bool:
    return output.output_type in {"display_data", "execute_result"} and any(kind in output.data for kind in _KEPT)


def _output(output: Any) -> Any:
    from nbformat import NotebookNode

    data = {kind: output.data[kind] for kind in _KEPT if kind in output.data}
    return NotebookNode(output_type="display_data", data=NotebookNode(data), metadata=NotebookNode())


def write_notebook(notebook: Any, path: Path) -> None:
    """Write a notebook as UTF-8 with line feeds, the same bytes for the same notebook.

    Raises
    ------
    ValidationError
        Of nbformat, if it is not as a notebook must be.
    """
    import nbformat
    from nbformat import v4

    nbformat.validate(notebook)
    path.write_bytes((v4.writes(notebook) + "\n").encode("utf-8"))
