"""What a warm process has imported before the first notebook asks for it."""

import gc
import importlib
import io
import os
import sys
import threading
from collections.abc import Iterable
from importlib.util import find_spec

from wellbeing.engine.schemas import import_jsonschema
from wellbeing.errors import KitFault

#: What every kernel imports while it starts, before it is asked for anything.
KERNEL = (
    "ipykernel_launcher",
    "ipykernel.kernelapp",
    "ipykernel.ipkernel",
    "ipykernel.zmqshell",
    "ipykernel.debugger",
    "ipykernel.kernelspec",
    "IPython.core.completerlib",
    "IPython.core.debugger",
    "IPython.core.logger",
    "IPython.core.oinspect",
    "IPython.extensions.storemagic",
    "encodings.unicode_escape",
    "faulthandler",
    "pdb",
    "psutil",
    "sqlite3",
    "tornado.platform.asyncio",
    "wellbeing.engine.kernel_app",
)
#: What most notebooks import first; those that are not installed are left out.
LIBRARIES = ("numpy", "pandas", "matplotlib", "matplotlib.pyplot")

_INLINE = "module://matplotlib_inline.backend_inline"


def import_all(libraries: Iterable[str] = LIBRARIES) -> None:
    """Import what kernels need and what notebooks use, as a kernel would.

    Parameters
    ----------
    libraries : iterable of str
        Modules; what is not installed is left for the notebook to miss.

    Raises
    ------
    ImportError
        If a module is installed and cannot be imported.
    """
    unset = "MPLBACKEND" not in os.environ
    if unset:
        # matplotlib looks once, when it is imported; a kernel sets this before a notebook can import it.
        os.environ["MPLBACKEND"] = _INLINE
    path = list(sys.path)
    try:
        names = (*KERNEL, *libraries)
        if "papermill" in names:
            import_jsonschema()
        for name in names:
            if find_spec(name.partition(".")[0]) is not None:
                importlib.import_module(name)
    finally:
        # The launcher takes what it thinks is the working directory off the path.
        sys.path[:] = path
        if unset:
            del os.environ["MPLBACKEND"]


def draw_once() -> None:
    """Draw a figure that nobody sees: with the first one matplotlib looks for its fonts and reads them."""
    if "matplotlib" not in sys.modules:
        return
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure()
    figure.add_subplot(title="1").plot([0, 1])
    FigureCanvasAgg(figure)
    figure.savefig(io.BytesIO(), format="png")


def make_ready() -> None:
    """Do beforehand what a client does for its first notebook: compile the schema, look for ways to start kernels."""
    import nbformat
    from jupyter_client.provisioning.factory import KernelProvisionerFactory

    nbformat.validate(nbformat.v4.new_notebook())
    KernelProvisionerFactory.instance()
    settle()


def settle() -> None:
    """Make a process ready to be forked: nothing of what it holds is looked at again by the collector.

    Raises
    ------
    KitFault
        If it runs more than one thread: the others would be missing in a fork, with whatever they held locked.
    """
    if threading.active_count() > 1:
        raise KitFault(f"a process with {threading.active_count()} threads cannot be forked safely")
    gc.collect()
    gc.freeze()


def can_fork() -> bool:
    """Say whether processes are forked here: Linux and macOS; Windows cannot."""
    return hasattr(os, "fork") and sys.platform in ("linux", "darwin")


def cores() -> int:
    """Give the number of cores that this process may use."""
    allowed = getattr(os, "sched_getaffinity", None)
    return len(allowed(0)) if allowed is not None else os.cpu_count() or 1
