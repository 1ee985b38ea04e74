"""The process that renders: takes jobs on standard input, runs their notebooks, answers on standard output.

Started by `wellbeing.batch.render` with an empty environment, a temporary home and a working directory that
holds the release, the templates and the notebooks, and nothing else. One line of JSON a job::

    {"notebook": "school_report.ipynb", "name": "S001_2026-autumn", "parameters": {...}}

and one line back: ``{"error": null}`` or the class of the exception and the number of its cell. Never a message.
"""

import json
import os
import sys
import threading
import time
from pathlib import Path
from typing import Any

from wellbeing.batch.notebooks import NotebookFailed, as_distributed, execute, write_notebook


def serve(jobs: Any, answers: Any, folder: Path) -> None:
    """Run jobs until there are no more; a failed one is answered as failed, and the next one is run."""
    for line in jobs:
        answer: dict[str, Any] = {"error": None, "cell": None}
        try:
            job = json.loads(line)
            done = execute(folder / "notebooks" / job["notebook"], job["parameters"], folder)
            write_notebook(as_distributed(done), folder / "out" / f"{job['name']}.ipynb")
        except NotebookFailed as failure:
            answer = {"error": failure.error, "cell": failure.cell}
        except Exception as error:  # noqa: BLE001 - whatever it is, only its class may leave this process
            answer = {"error": type(error).__name__, "cell": None}
        answers.write(json.dumps(answer) + "\n")
        answers.flush()


def end_with(parent: int) -> None:
    """End this process soon after the one that started it: nobody would take out what it makes.

    A process that is killed cannot tell its children; a kernel ends with the process that it belongs to.
    """
    while os.getppid() == parent:
        time.sleep(0.5)
    os._exit(1)


def main() -> None:
    """Serve on a private copy of standard output: whatever else prints must not mix with the answers."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    silence = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silence, 1)
    os.dup2(silence, 2)
    if os.name == "posix":  # Windows knows no parent that is gone
        threading.Thread(target=end_with, args=(os.getppid(),), daemon=True).start()
    serve(sys.stdin, answers, Path.cwd())


if __name__ == "__main__":
    main()
