"""The engines that papermill finds by their entry points: ``wellbeing-warm`` and ``wellbeing-warm-pool``."""

import sys
from pathlib import Path
from typing import Any

from jupyter_client.kernelspec import KernelSpec, KernelSpecManager
from papermill.clientwrap import PapermillNotebookClient
from papermill.engines import Engine, NBClientEngine, papermill_engines
from papermill.log import logger

from wellbeing.engine.channels import channels
from wellbeing.engine.managers import ForkedManager, Kernels
from wellbeing.engine.pool import Pool, leaves_traces
from wellbeing.engine.sources import warm_parent
from wellbeing.engine.warm import can_fork

#: Arguments that papermill gives its engines for itself, not for nbclient.
_PAPERMILL = ("input_path", "timeout", "startup_timeout")


class _Client(PapermillNotebookClient):  # type: ignore[misc]
    """papermill's client, which also hears when a kernel refuses to run a cell."""

    async def _check_raise_for_error(self, cell: Any, cell_index: int, exec_reply: Any) -> None:
        if exec_reply is not None and exec_reply["content"]["status"] == "aborted":
            raise RuntimeError("the kernel did not run a cell")
        await super()._check_raise_for_error(cell, cell_index, exec_reply)


class WarmEngine(Engine):  # type: ignore[misc]
    """Runs each notebook in a kernel forked from a process that has imported everything; else as papermill does."""

    @classmethod
    def execute_managed_notebook(
        cls, nb_man: Any, kernel_name: str, *, kernels: Kernels | None = None, **known: Any
    ) -> None:
        """Run a notebook.

        Parameters
        ----------
        nb_man : papermill.engines.NotebookExecutionManager
        kernel_name : str
            A kernel that is not this Python's ipykernel is started as papermill starts it.
        kernels : Kernels, optional
            What forks the kernel; by default a warm process beside this one.
        **known
            As for papermill's own engine.
        """
        if not can_fork() or not is_this_python(kernel_name):
            logger.warning("No warm kernel for %s here: it is started as usual", kernel_name)
            NBClientEngine.execute_managed_notebook(nb_man, kernel_name, **known)
            return
        with channels() as config:
            manager = type("Manager", (ForkedManager,), {"kernels": kernels or warm_parent()})
            run_by(nb_man, kernel_name, known, config=config, kernel_manager_class=manager)


class PoolEngine(Engine):  # type: ignore[misc]
    """Runs notebooks in kernels that are kept and cleaned; one that cannot be cleaned is not used again."""

    @classmethod
    def execute_managed_notebook(cls, nb_man: Any, kernel_name: str, *, pool: Pool | None = None, **known: Any) -> None:
        """Run a notebook.

        Parameters
        ----------
        nb_man : papermill.engines.NotebookExecutionManager
        kernel_name : str
            As for `WarmEngine`.
        pool : Pool, optional
            By default this process's own.
        **known
            As for papermill's own engine.
        """
        if not is_this_python(kernel_name):
            logger.warning("No warm kernel for %s here: it is started as usual", kernel_name)
            NBClientEngine.execute_managed_notebook(nb_man, kernel_name, **known)
            return
        last = leaves_traces([cell.source for cell in nb_man.nb.cells if cell.cell_type == "code"])
        extra = [*known.pop("extra_arguments", []), "--HistoryManager.hist_file=:memory:"]
        with (pool or _pool).kernel(kernel_name, str(Path.cwd()), last, extra) as manager:
            run_by(nb_man, kernel_name, known, km=manager)


_pool = Pool()


def run_by(nb_man: Any, kernel_name: str, known: dict[str, Any], **own: Any) -> None:
    """Run a notebook by papermill's client, with the arguments that papermill's own engine gives it and `own`."""
    timeout = known.pop("execution_timeout", None) or known.get("timeout")
    startup = known.pop("start_timeout", 60)
    for name in _PAPERMILL:
        known.pop(name, None)
    if "config" in known and "config" in own:
        own["config"].merge(known.pop("config"))
    client = _Client(
        nb_man, **known, timeout=timeout, startup_timeout=startup, kernel_name=kernel_name, log=logger, **own
    )
    try:
        client.execute()
    finally:
        if client.kc is not None:  # of a kernel that is kept
            client.kc.stop_channels()


def is_this_python(kernel_name: str) -> bool:
    """Say whether a kernel is ipykernel under this very Python, started with nothing that only a start can do."""
    spec: KernelSpec = KernelSpecManager().get_kernel_spec(kernel_name)
    if not spec.argv or spec.env:
        return False
    python, *rest = spec.argv
    known = {"python", f"python{sys.version_info[0]}", f"python{sys.version_info[0]}.{sys.version_info[1]}"}
    same = python in known or Path(python) == Path(sys.executable)
    return same and rest == ["-m", "ipykernel_launcher", "-f", "{connection_file}"]


def register() -> None:
    """Make the engines known to papermill, also where the package's entry points are not installed."""
    papermill_engines.register("wellbeing-warm", WarmEngine)
    papermill_engines.register("wellbeing-warm-pool", PoolEngine)
