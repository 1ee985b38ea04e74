"""The warm engines beside papermill's own, on notebooks of every odd kind: what comes out is the same."""

import copy
import re
import sys
from difflib import unified_diff
from itertools import count

import nbformat
import papermill
import pytest
from nbclient.exceptions import CellTimeoutError, DeadKernelError
from nbformat import v4
from papermill.exceptions import PapermillExecutionError

from wellbeing.engine.engines import register

pytestmark = [pytest.mark.xdist_group("engine")]

ENGINES = [
    pytest.param("wellbeing-warm", marks=pytest.mark.skipif(sys.platform == "win32", reason="Windows cannot fork")),
    pytest.param("wellbeing-warm-pool"),
]

#: What is odd about each notebook, by its cells; a tuple is a cell and its tags.
GOING_ON = {
    "numbers and names": ["x + 1", "_ * 2", "In[3], Out[3], len(In)", "del x\n'x' in globals()", "None", ""],
    # What is written below Python (os.write, a subprocess) is heard by a thread: whether in time is chance, for all.
    "streams": [
        "import os, sys\nprint('a'); print('b', file=sys.stderr); print('c')",
        "print('x' * 5000, end=''); print('\\r', end='y')",
    ],
    "display": [
        "from IPython.display import HTML, Markdown, SVG, display, update_display, clear_output",
        "display(HTML('<b>1</b>'), Markdown('*2*'), metadata={'text/html': {'isolated': True}})\n3",
        "handle = display('first', display_id='here')",
        "update_display('second', display_id='here')\nprint('gone'); clear_output(); print('stays')",
        "class Both:\n    def _repr_html_(self): return '<i>b</i>'\n    def __repr__(self): return 'Both'\nBoth()",
    ],
    "figures": [
        "import matplotlib.pyplot as plt\nplt.plot([1, 2]); plt.title('t')",
        "figure, axes = plt.subplots(); axes.plot([1, 3]); plt.close(figure); print(plt.get_backend())",
        "%matplotlib inline\nplt.figure(); plt.show()",
    ],
    "tables": ["import pandas as pd\npd.DataFrame({'a': [1, None]})", "pd.options.display.max_rows"],
    "magics": ["%%capture found\nprint(1)", "found.stdout", "!echo shell", "%env HOME", "%who_ls str"],
    "waiting": ["import asyncio\nawait asyncio.sleep(0.01)\n'awaited'", "async def f(): return 4\nawait f()"],
    "threads": [
        "import threading\ndone = []\nt = threading.Thread(target=lambda: print('from a thread'))\nt.start(); t.join()",
        "import subprocess, sys\nsubprocess.run([sys.executable, '-c', 'print(1)'], capture_output=True).stdout",
        "import multiprocessing, os\nos.getpid() != multiprocessing.parent_process()",
    ],
    "widgets": [
        "import ipywidgets\nipywidgets.IntSlider(value=3)",
        "w = ipywidgets.Label('a'); w.value = 'b'\nw.value",
    ],
    "asking": [("input('?')", ["raises-exception"]), "'after'"],
    "raising on purpose": [
        *((failing, ["raises-exception"]) for failing in ("1 / 0", "this is no Python", "'a'.none")),
        "'goes on'",
    ],
}
ENDING = {
    "failing": ["y = {'k': 1}", "def deep(n):\n    return deep(n - 1) if n else y['none']\ndeep(3)", "'never'"],
    "exiting": ["import sys", "sys.exit(3)", "'after'"],
}
GOING_ON |= {
    "exiting on purpose": ["import sys", ("sys.exit(3)", ["raises-exception"]), "'after'"],
    "process": [
        "import sys, os, signal\n[os.path.basename(p) for p in sys.argv[:2]], __name__",
        "signal.getsignal(signal.SIGINT).__name__, signal.getsignal(signal.SIGTERM).name, sys.stdin.read()",
        "sys.path[0], os.environ.get('TZ'), 'MPLBACKEND' in os.environ, os.path.basename(os.getcwd())",
        "import faulthandler, gc\nfaulthandler.is_enabled(), gc.isenabled(), sys.getrecursionlimit()",
        "get_ipython().__class__.__name__, sorted(k for k in os.environ if k.startswith('JPY'))",
    ],
}


def notebook(*cells, parameters="x = 1\nname = ''"):
    number = count()
    built = v4.new_notebook(cells=[v4.new_code_cell(parameters, metadata={"tags": ["parameters"]}, id="p")])
    built.cells.append(v4.new_markdown_cell("# between", id="m"))
    for cell in cells:
        source, tags = cell if isinstance(cell, tuple) else (cell, [])
        built.cells.append(v4.new_code_cell(source, metadata={"tags": tags}, id=f"c{next(number)}"))
    built.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return built


def run(engine, made, folder, **known):
    """Run a notebook and give what was written, and the error that came."""
    folder.mkdir(parents=True, exist_ok=True)
    source, out = folder / "in.ipynb", folder / f"out-{engine}.ipynb"
    nbformat.write(made, source)
    error = None
    register()
    try:
        with pytest.MonkeyPatch.context() as patched:
            # pytest tells what it is doing in the environment, and a warm process is for one environment.
            patched.delenv("PYTEST_CURRENT_TEST", raising=False)
            papermill.execute_notebook(
                source, out, {"x": 5, "name": "名"}, engine_name=engine, progress_bar=False, cwd=folder, **known
            )
    except (PapermillExecutionError, CellTimeoutError, DeadKernelError) as raised:
        error = raised
    return nbformat.read(out, as_version=4), error


def compared(executed):
    """Give a notebook without what is another at every run: times, numbers of processes, where objects lie."""
    plain = copy.deepcopy(executed)
    # Each model of a widget has a name by chance, and they stand in the order of their names.
    models = plain.metadata.pop("widgets", {}).get("application/vnd.jupyter.widget-state+json", {}).get("state", {})
    plain.metadata["models"] = sorted(nbformat.from_dict(model)["model_name"] for model in models.values())
    for place, cell in enumerate(plain.cells):
        cell.id = str(place)  # papermill's own cells have any
        # What is printed comes when it is flushed: to which piece a line belongs is chance, and stdout before stderr.
        said = dict.fromkeys(("stdout", "stderr"), "")
        for output in cell.get("outputs", []):
            if output.output_type == "stream":
                said[output.name] += output.text
        if any(said.values()):
            cell.outputs = [output for output in cell.outputs if output.output_type != "stream"]
            cell.metadata["said"] = said
    text = nbformat.writes(plain)
    text = re.sub(r"0x[0-9a-f]{6,}", "0x", text)
    text = re.sub(r"ipykernel_\d+|IPY_MODEL_\w+|[0-9a-f]{32}", "", text)
    text = re.sub(r'"(start_time|end_time|iopub[^"]*|shell[^"]*)": "[^"]*"', r'"\1": ""', text)
    text = re.sub(r'"duration": [\d.e-]+', '"duration": 0', text)
    text = re.sub(r'"(in|out)put_path": "[^"]*"', "", text)
    return text.splitlines()


#: Starting papermill's own kernels takes most of the time: what goes on to its end is one long notebook.
#: It comes last, because it leaves so much behind that a kernel which is kept is not used again.
ODD = {**ENDING, "all that goes on": [cell for cells in GOING_ON.values() for cell in cells]}


@pytest.fixture(scope="module")
def expected(tmp_path_factory):
    """What papermill's own engine makes of all odd notebooks."""
    folder = tmp_path_factory.mktemp("own")
    return {odd: run("nbclient", notebook(*cells), folder / odd) for odd, cells in ODD.items()}


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("odd", ODD)
def test_a_notebook_comes_out_as_from_papermills_own_engine(engine, odd, expected, tmp_path):
    executed, error = run(engine, notebook(*ODD[odd]), tmp_path / odd)
    own, own_error = expected[odd]
    assert "\n".join(unified_diff(compared(own), compared(executed), lineterm="", n=4)) == ""
    assert type(error) is type(own_error)
    if error is not None:
        assert (error.ename, error.evalue, error.cell_index) == (
            own_error.ename,
            own_error.evalue,
            own_error.cell_index,
        )
