"""Freeze a study: everything that a paper takes from it, with what it takes to make the same bytes again.

The bundle holds the plan's log, the versions of data, code and environment, the seed, and every table, figure and
paragraph; never a row of the data, which stay where they are.
"""

import hashlib
import io
import json
import sys
import zipfile
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

from wellbeing import __version__
from wellbeing.analysis_plan import LOG, parse_log
from wellbeing.errors import UsageError
from wellbeing.models.outcome import NotEstimated
from wellbeing.paper_tables import Table, word_file, zip_of
from wellbeing.research_figures import Plot
from wellbeing.texts import current_language, say
from wellbeing.wave_study import plots, tables
from wellbeing.wave_study.opening import read_study
from wellbeing.wave_study.sentences import methods, results
from wellbeing.wave_study.study import Study
from wellbeing.whole_files import write_whole

MANIFEST, BUNDLE = "manifest.json", "bundle.zip"
#: What the figures depend on.
_PACKAGES = ("numpy", "scipy", "pandas", "matplotlib", "pylopdf-fonts-zh-cn")

_TABLES: dict[str, Callable[[Study], Table]] = {
    "plan": tables.plan_table,
    "flow": tables.flow_table,
    "descriptive": tables.descriptive_table,
    "retention": tables.retention_table,
    "retention_by_school": lambda study: tables.retention_table(study, by_school=True),
    "mixed": tables.mixed_table,
    "average": tables.average_table,
    "cases": lambda study: tables.average_table(study, cases=True),
    "change": tables.change_table,
    "reliable": tables.reliable_table,
    "items": tables.items_table,
    "leaving": tables.leaving_table,
    "sensitivity": tables.sensitivity_table,
    "deviations": tables.deviation_table,
}
_PLOTS = {
    "trajectories": plots.trajectory_plot,
    "raincloud": plots.raincloud_plot,
    "forest": plots.forest_plot,
    "funnel": plots.funnel_plot,
    "likert": plots.likert_plot,
}


def paper_files(study: Study) -> dict[str, bytes]:
    """Make everything that a paper takes: tables as CSV and LaTeX, all of them in one Word file, figures, paragraphs.

    Returns
    -------
    dict of str to bytes
        File name to content, in a fixed order; a plot that cannot be drawn is not there.
    """
    made = {name: table(study) for name, table in _TABLES.items()}
    told = (methods(study).text, results(study).text)
    files = {"paper.docx": word_file((told[0], told[1], *made.values()))}
    files["methods.txt"], files["results.txt"] = ((text + "\n").encode() for text in told)
    for name, table in made.items():
        files[f"{name}.csv"] = table.csv()
        files[f"{name}.tex"] = table.latex().encode()
    for name, draw in _PLOTS.items():
        plot = draw(study)
        if isinstance(plot, NotEstimated):
            continue
        files[f"{name}.svg"] = plot.svg().encode()
        # The funnel is drawn by `figures`, which knows SVG only.
        if isinstance(plot, Plot):
            files[f"{name}.pdf"] = plot.pdf()
    return files


def freeze(study: Study, folder: str | Path) -> Path:
    """Write everything that a paper takes into ``results`` of a folder, and all of it as ``bundle.zip``.

    Returns
    -------
    Path
        Of the bundle.
    """
    folder = Path(folder)
    files = paper_files(study)
    for name, content in files.items():
        write_whole(folder / "results" / name, content)
    manifest = {
        **_versions(),
        "data": study.digest,
        "plan": study.log.plan.digest,
        "seed": study.plan.seed,
        "lang": study.lang or current_language(),
        "files": {name: hashlib.sha256(content).hexdigest() for name, content in files.items()},
    }
    parts = {MANIFEST: (json.dumps(manifest, indent=1, sort_keys=True) + "\n").encode(), LOG: study.log.text().encode()}
    bundle = zip_of(parts | {f"results/{name}": content for name, content in files.items()})
    write_whole(folder / BUNDLE, bundle)
    return folder / BUNDLE


def rerun(bundle: str | Path, data: str | Path, lang: str | None = None) -> Table:
    """Make everything of a bundle again from its data, and hold it against the bundle byte by byte.

    Parameters
    ----------
    bundle : str or Path
    data : str or Path
        The file that the bundle was made from.
    lang : str, optional
        Of the table that tells the outcome; the bundle's files are made in their own.

    Returns
    -------
    Table
        A line per file: the same bytes, others, or missing; versions that are not the bundle's below.

    Raises
    ------
    UsageError
        If the file is no bundle, or the data are others.
    """
    bundle, data = Path(bundle), Path(data)
    try:
        with zipfile.ZipFile(bundle) as packed:
            manifest = json.loads(packed.read(MANIFEST))
            log = parse_log(packed.read(LOG).decode())
            kept = {
                name.removeprefix("results/"): packed.read(name) for name in packed.namelist() if "results/" in name
            }
    except (OSError, zipfile.BadZipFile, KeyError, ValueError):
        raise UsageError("bundle_not_one", name=bundle.name) from None
    if not data.is_file():
        raise UsageError("study_no_file", name=data.name)
    content = data.read_bytes()
    if hashlib.sha256(content).hexdigest() != manifest["data"]:
        raise UsageError("bundle_other_data")
    again = paper_files(read_study(content, log, manifest["lang"]))
    lines = [
        (name, say(f"research.bytes_{_compare(kept.get(name), again.get(name))}", lang))
        for name in sorted(kept | again)
    ]
    notes = [
        say("research.other_version", lang, what=name, before=str(manifest[name]), now=now)
        for name, now in _versions().items()
        if manifest[name] != now
    ]
    header = (say("research.head_file", lang), say("research.head_bytes", lang))
    return Table(say("research.title_rerun", lang), header, tuple(lines), tuple(notes))


def _compare(kept: bytes | None, again: bytes | None) -> str:
    if kept is None or again is None:
        return "missing"
    return "same" if kept == again else "other"


def _versions() -> dict[str, str]:
    return {
        "wellbeing": __version__,
        "code": _code(),
        "python": ".".join(str(part) for part in sys.version_info[:3]),
        **{name: version(name) for name in _PACKAGES},
    }


def _code() -> str:
    """Give one SHA-256 of the kit's own code and texts, whatever the version says."""
    root = Path(__file__).parents[1]
    digest = hashlib.sha256()
    for path in sorted(root.rglob("*")):
        if path.suffix in (".py", ".yaml"):
            # Line ends are the checkout's matter.
            content = io.TextIOWrapper(io.BytesIO(path.read_bytes()), encoding="utf-8").read()
            digest.update(f"{path.relative_to(root).as_posix()}\n{content}".encode())
    return digest.hexdigest()
