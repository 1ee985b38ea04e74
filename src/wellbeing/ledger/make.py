"""Gather what a workspace holds for the ledger, and build it: what `wellbeing run` of the opinion survey does."""

import csv
import io
from collections.abc import Iterable, Iterator
from datetime import date
from pathlib import Path

from wellbeing.aggregates import Aggregates
from wellbeing.disclosure.release import Release, read_release
from wellbeing.keys import verify_keys
from wellbeing.ledger import (
    BURDEN_COLUMNS,
    BURDEN_FILE,
    FILE,
    ROW_COLUMNS,
    ROWS_FILE,
    TWICE_COLUMNS,
    TWICE_FILE,
    Ledger,
    ledger_of,
)
from wellbeing.ledger.build import Beside, build_ledger
from wellbeing.ledger.burden import Burden, burden
from wellbeing.ledger.compare import comparable, question_bytes
from wellbeing.ledger.contact import ContactTimes, read_contact_times
from wellbeing.ledger.questions import FILE as QUESTIONS_FILE
from wellbeing.ledger.staff import inside_shares
from wellbeing.measures import Measures, load_measures, looked_back_on, year_of
from wellbeing.record_store import read_records
from wellbeing.surveys import Roster, load_survey, previous_wave, school_year
from wellbeing.workspace import Workspace

SCREENING = "screening"


def ledger_files(workspace: Workspace, release: Release, roster: Roster, aggregates: Aggregates) -> dict[str, bytes]:
    """Make the files that go with an opinion wave's release: the ledger, what its rows are called, the burden.

    Parameters and faults are those of `make_ledger`.
    """
    measures = load_measures(workspace)
    year = _year(release)
    screenings = [path.name for path in _released(workspace, SCREENING) if school_year(path.name) == year]
    routed = frozenset(load_survey(workspace, release.survey).routing)
    asked = yearly_burden(workspace, release.survey, screenings)
    return {
        FILE: make_ledger(workspace, release, roster, aggregates).to_bytes(),
        ROWS_FILE: _csv(_row_names(measures), ROW_COLUMNS),
        BURDEN_FILE: _csv(asked.asked.itertuples(index=False, name=None), BURDEN_COLUMNS),
        TWICE_FILE: _csv(asked.needless.itertuples(index=False, name=None), TWICE_COLUMNS),
        QUESTIONS_FILE: question_bytes(
            release,
            measures,
            _inside(aggregates, routed),
            routed,
            _last_release(workspace, release),
        ),
    }


def _row_names(measures: Measures) -> Iterator[tuple[str, ...]]:
    for measure in measures.measures:
        texts = (measure.name, measure.obliges, measure.figure)
        yield (measure.row, "", *(text for named in texts for text in (named.zh, named.en)), measure.told)
        for evidence in measure.evidence:
            told = measure.told_of(evidence)
            yield (measure.row, evidence.id, evidence.zh, evidence.en, "", "", "", "", told)


def _csv(rows: Iterable[tuple[object, ...]], columns: tuple[str, ...]) -> bytes:
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows([columns, *rows])
    return out.getvalue().encode("utf-8")


def make_ledger(workspace: Workspace, release: Release, roster: Roster, aggregates: Aggregates) -> Ledger:
    """Build the ledger of an opinion wave from the workspace's records, releases and exports.

    Parameters
    ----------
    workspace : Workspace
    release : Release
        Of the opinion survey, as it was cleared.
    roster : Roster
    aggregates : Aggregates
        Of the same wave: of it only the county's answers to each question are looked at, told to 5 points.

    Raises
    ------
    InputError
        If measures, records, an earlier release or the counsellor's export cannot be used.
    """
    year = _year(release)
    measures = load_measures(workspace)
    keys = verify_keys(workspace) or None
    screening = {folder.name: read_release(folder, keys) for folder in _released(workspace, SCREENING)}
    last = _last_release(workspace, release)
    earlier = None if last is None else ledger_of(last)
    routed = frozenset(load_survey(workspace, release.survey).routing)
    beside = Beside(
        screening,
        contact_times(workspace),
        yearly_burden(workspace, release.survey, [wave for wave in screening if school_year(wave) == year]),
        _inside(aggregates, routed),
        routed,
        None if last is None or earlier is None else comparable(earlier, release, last),
    )
    return build_ledger(release, read_records(workspace, year), measures, roster, beside)


def _last_release(workspace: Workspace, release: Release) -> Release | None:
    folder = workspace.released(release.survey, previous_wave(release.wave))
    return read_release(folder, verify_keys(workspace) or None) if folder.is_dir() else None


def _year(release: Release) -> str:
    return year_of(looked_back_on(date.fromisoformat(release.frozen)))


def contact_times(workspace: Workspace) -> dict[str, ContactTimes]:
    """Read ``data/contact-<wave>.csv``, where the counsellor's exports are put, by wave.

    Raises
    ------
    InputError
        If one is no such export.
    """
    paths = sorted((workspace.root / "data").glob("contact-*.csv"))
    return {path.stem.removeprefix("contact-"): read_contact_times(path) for path in paths}


def yearly_burden(workspace: Workspace, opinion: str, screenings: list[str]) -> Burden:
    """Add up what the kit asks in a year in which some waves of the screening were held beside the opinion survey."""
    surveys = [(load_survey(workspace, opinion), 1)]
    if screenings:
        surveys.append((load_survey(workspace, SCREENING), len(screenings)))
    return burden(surveys, load_measures(workspace))


def _released(workspace: Workspace, survey: str) -> list[Path]:
    root = workspace.root / "data" / "released" / survey
    return sorted(path for path in root.glob("[12]*") if (path / "release.json").is_file())


def _inside(aggregates: Aggregates, routed: frozenset[str]) -> dict[str, float]:
    figures = aggregates.figures
    # As many as had a talk say how it went: where a step of that share ends, the class of those who had one would too.
    of_everybody = figures["group"].eq("all") & ~figures["measure"].str.partition("=")[0].isin(routed)
    everybody = figures[of_everybody]
    answers = {str(measure): int(n) for measure, n in everybody.groupby("measure")["n"].sum().items()}
    return inside_shares(int(aggregates.respondents.sum()), answers)
