"""Make a used kernel like a new one, from inside it; or say that it cannot be, and must not be used again.

What every notebook may leave is put back: names, modules of its own, the working directory, the environment, the
path, figures and their settings, options of numpy and pandas, seeds, warnings, signals. What cannot be put back
with certainty (a thread, a child process, a changed library, another number of BLAS threads, a library that this
kernel had not imported) ends the kernel instead.
"""

import builtins
import decimal
import gc
import importlib
import json
import locale
import logging
import os
import random
import signal
import sys
import sysconfig
import threading
import warnings
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from wellbeing.engine.warm import LIBRARIES, import_all

#: What a new kernel is like; made by `remember`.
_new: dict[str, Any] = {}
#: What is looked at for changed names: where notebooks hang their own functions on.
_WATCHED = ("builtins", "os", "random", "json", "numpy", "pandas", "matplotlib", "matplotlib.pyplot")
#: What a kernel has in its environment beside what it was given.
_OWN = ("JPY_PARENT_PID", "JPY_INTERRUPT_EVENT", "IPY_INTERRUPT_EVENT", "MPLBACKEND")
_CLASSES = (("pandas", "DataFrame"), ("pandas", "Series"), ("matplotlib.figure", "Figure"), ("matplotlib.axes", "Axes"))


def remember(libraries: Iterable[str]) -> str:
    """Import `libraries` and note what this kernel is like before its first notebook."""
    import_all((*LIBRARIES, *libraries))
    _choose_backend()
    _new.update(
        own={name: os.environ[name] for name in _OWN if name in os.environ},
        path=list(sys.path),
        threads=set(threading.enumerate()),
        filters=list(warnings.filters),
        signals={number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)},
        handlers=list(logging.getLogger().handlers),
        level=logging.getLogger().level,
        locale=locale.setlocale(locale.LC_ALL),
        hooks=(sys.excepthook, sys.displayhook, sys.stdout, sys.stderr, builtins.print, builtins.open),
        names=_names(),
        blas=_blas_threads(),
        numpy=_numpy_options(),
        drawing=dict(sys.modules["matplotlib"].rcParams) if "matplotlib" in sys.modules else {},
        limits=(sys.getrecursionlimit(), gc.get_threshold()),
    )
    _new["modules"] = set(sys.modules)
    # IPython has the collector look through everything when it is reset: what was imported need not be looked at.
    gc.collect()
    gc.freeze()
    return "remembered"


def _choose_backend() -> None:
    """Draw once: with its first figure a kernel takes up a backend, and IPython puts functions of its own in pyplot."""
    if "matplotlib.pyplot" in sys.modules:
        pyplot = sys.modules["matplotlib.pyplot"]
        pyplot.close(pyplot.figure())


def begin(folder: str, environment: dict[str, str]) -> str:
    """Give the next notebook its working directory and its environment, and fresh seeds."""
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(_new["own"] | environment)
    random.seed()
    if "numpy.random" in sys.modules:
        sys.modules["numpy.random"].seed()
    return "begun"


def clean() -> str:
    """Put back what the last notebook left, as JSON: whether the kernel may be used again, and what it lacked.

    Returns
    -------
    str
        ``{"reuse": true, "libraries": []}``; the libraries are those that the notebook imported beside the known ones.
    """
    drawn = _close_figures()
    _reset_shell()
    libraries = _forget_modules()
    _put_back()
    reuse = drawn and not libraries and _same()
    return json.dumps({"reuse": reuse, "libraries": libraries})


def _reset_shell() -> None:
    from IPython.core.getipython import get_ipython

    shell: Any = get_ipython()
    shell.reset(new_session=False)
    shell.execution_count = 1
    shell.history_manager.input_hist_raw[:] = [""]
    shell.history_manager.input_hist_parsed[:] = [""]
    shell.history_manager.output_hist.clear()


def _close_figures() -> bool:
    """Put drawing back, and say whether its backend is still the one that it was."""
    if "matplotlib.pyplot" not in sys.modules:
        return True
    sys.modules["matplotlib.pyplot"].close("all")
    settings = sys.modules["matplotlib"].rcParams
    same = bool(settings["backend"] == _new["drawing"]["backend"])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # settings that are on their way out are put back too
        settings.update(_new["drawing"])
    return same


def _forget_modules() -> list[str]:
    """Take the notebook's own modules away; give the names of libraries that came with it."""
    libraries = []
    roots = [Path(root) for root in {*sysconfig.get_paths().values(), sys.prefix, sys.base_prefix}]
    for name in set(sys.modules) - _new["modules"]:
        file = getattr(sys.modules[name], "__file__", None)
        if file is None or any(root in Path(file).parents for root in roots) or name.startswith("wellbeing."):
            if file is not None and "." not in name and not _standard(name):
                libraries.append(name)
        else:
            del sys.modules[name]
    importlib.invalidate_caches()
    return sorted(libraries)


def _standard(name: str) -> bool:
    return name in sys.stdlib_module_names or name.startswith(("_", "matplotlib_inline"))


def _put_back() -> None:
    sys.path[:] = _new["path"]
    warnings.filters[:] = _new["filters"]  # type: ignore[index]
    for number, handler in _new["signals"].items():
        signal.signal(number, handler)
    root = logging.getLogger()
    root.handlers[:] = _new["handlers"]
    root.setLevel(_new["level"])
    locale.setlocale(locale.LC_ALL, _new["locale"])
    decimal.setcontext(decimal.Context())
    recursion, collecting = _new["limits"]
    sys.setrecursionlimit(recursion)
    gc.enable()
    gc.set_threshold(*collecting)
    if "pandas" in sys.modules:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            sys.modules["pandas"].reset_option("all")
    if "numpy" in sys.modules:
        numpy = sys.modules["numpy"]
        errors, printing = _new["numpy"]
        numpy.seterr(**errors)
        numpy.set_printoptions(**printing)


def _numpy_options() -> tuple[dict[str, Any], dict[str, Any]]:
    numpy = sys.modules.get("numpy")
    return (dict(numpy.geterr()), dict(numpy.get_printoptions())) if numpy else ({}, {})


def _same() -> bool:
    """Say whether what cannot be put back is as it was."""
    import psutil

    hooks = (sys.excepthook, sys.displayhook, sys.stdout, sys.stderr, builtins.print, builtins.open)
    return (
        set(threading.enumerate()) <= _new["threads"]
        and not psutil.Process().children()
        and all(ours is theirs for ours, theirs in zip(hooks, _new["hooks"], strict=True))
        and _names() == _new["names"]
        and _blas_threads() == _new["blas"]
    )


def _names() -> dict[str, dict[str, int]]:
    """Give what the names of the watched modules and classes stand for; modules within them come and go."""
    watched = {name: vars(sys.modules[name]) for name in _WATCHED if name in sys.modules}
    for module, name in _CLASSES:
        if module in sys.modules:
            watched[f"{module}.{name}"] = dict(vars(getattr(sys.modules[module], name)))
    return {
        where: {
            name: id(value)
            for name, value in names.items()
            # What begins with a line is the library's own: it changes while the library works.
            if not isinstance(value, type(sys)) and not name.startswith("_")
        }
        for where, names in watched.items()
    }


def _blas_threads() -> list[int]:
    """Give the number of threads of each BLAS, where there is a library that can tell."""
    try:
        from threadpoolctl import threadpool_info
    except ImportError:
        return []
    return [int(found["num_threads"]) for found in threadpool_info()]
