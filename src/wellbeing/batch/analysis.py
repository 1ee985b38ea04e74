"""From a wave's checked answers to its release: everything in front of the boundary."""

import io
import json
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pandas as pd

from wellbeing import audit_log
from wellbeing.aggregates import aggregate, own_columns
from wellbeing.batch.manifest import log
from wellbeing.disclosure import clear, ledger
from wellbeing.disclosure.history import Before
from wellbeing.disclosure.release import Release, read_release, with_files, write_release
from wellbeing.disclosure.state import advance, require, state_of
from wellbeing.disclosure.turnover import figures_of
from wellbeing.disclosure.units import freeze_units
from wellbeing.errors import FrozenError, InputError, Problem
from wellbeing.free_text.telling import Written, told_themes
from wellbeing.free_text.told import FILE as THEMES
from wellbeing.free_text.told import theme_bytes
from wellbeing.free_text.wave import written_in
from wellbeing.keys import verify_keys
from wellbeing.ledger.make import ledger_files
from wellbeing.measures import load_measures
from wellbeing.opinion_statistics.importance import FILE as IMPORTANCE
from wellbeing.opinion_statistics.importance import importance_bytes
from wellbeing.opinion_statistics.margins import read_margins
from wellbeing.opinion_statistics.weighted_told import FILE as WEIGHTED
from wellbeing.opinion_statistics.weighted_told import weighted_bytes
from wellbeing.opinion_statistics.weighting import weighted_shares
from wellbeing.responses import read_responses
from wellbeing.scoring import score_survey, writable
from wellbeing.sealed_waves import WaveFiles
from wellbeing.surveys import PERSON_COLUMNS, SUBGROUPS, Survey, check_wave, load_county, load_survey, read_roster
from wellbeing.whole_files import write_whole
from wellbeing.workspace import Workspace

#: In the working zone: the SHA-256 of the release that was made there.
_DIGEST = "release.sha256"


def analyse(
    workspace: Workspace, survey_id: str, wave: str, frozen: str, resume: bool, stage: Callable[[str], Any]
) -> Release:
    """Score a wave, count, clear and release it; or read the release it has.

    Parameters
    ----------
    workspace : Workspace
    survey_id, wave : str
    frozen : str
        The day on which the wave is closed, ``2026-11-20``.
    resume : bool
        Whether an existing release may be used; it is never made again.
    stage : callable
        Told the name of each stage as it begins: ``reading``, ``scoring``, ``releasing``.

    Raises
    ------
    FrozenError
        If the wave is released already and `resume` is not asked for (rule R3).
    InputError, UsageError
        If the answers, the roster or a definition cannot be used; if the release is not the one that was made; if the
        ledger of what was released was changed.
    DisclosureError
        If nothing can be released without a leak, or the release was recalled.
    """
    check_wave(wave)
    survey = load_survey(workspace, survey_id)
    folder = workspace.released(survey.id, wave)
    if folder.exists():
        if not resume:
            raise FrozenError("wave_released", survey=survey.id, wave=wave)
        release = read_release(folder, verify_keys(workspace) or None)
        release = _entered(workspace, _as_cleared(release, workspace.working(survey.id, wave)))
        _seal(workspace, survey, wave)
        return release
    stage("reading")
    roster = read_roster(workspace.roster)
    units = freeze_units(workspace, survey.id, wave, roster, survey.policy)
    responses = read_responses(survey, wave, workspace)
    stage("scoring")
    working = workspace.working(survey.id, wave)
    scores = score_survey(survey, responses.answers)
    people = responses.answers[[c for c in PERSON_COLUMNS if c in responses.answers]]
    scored = pd.concat([people, writable(scores)], axis=1)
    write_whole(working / "scores.csv", scored.to_csv(index=False, lineterminator="\n").encode("utf-8"))
    log(working, "scored")
    stage("releasing")
    written = None
    if not survey.clinical:
        written = written_in(workspace, survey, wave, roster, units, responses)
        survey, responses = written.survey, replace(responses, answers=written.answers)
    aggregates = aggregate(survey, responses, scores, units)
    before = _released_before(workspace, survey, wave, aggregates.measures)
    # What somebody answered is no score, and is kept with the answers only.
    own = own_columns(survey, responses.answers)
    respondents = _respondents(pd.concat([scored, own], axis=1), aggregates.measures)
    by_group = frozenset[str]() if survey.clinical else load_measures(workspace).told_by_group
    county = load_county(workspace)
    found = clear.cleared(survey, wave, frozen, county, roster, units, aggregates, before, respondents, by_group)
    release = found.release
    if written is not None:
        release = with_files(release, ledger_files(workspace, release, roster, aggregates))
        release = _with_weights(_with_themes(release, written, working), workspace, survey, scored, own)
    ledger.check_new(workspace, release)
    write_whole(working / "audit.csv", found.audit.to_csv(index=False, lineterminator="\n").encode("utf-8"))
    write_whole(working / "certificate.json", _certificate(found, release))
    if found.look.people is not None:
        ledger.keep_people(workspace, survey.id, wave, found.look.people, found.look.after)
    # Before the release, which appears whole: a release without this was not made here.
    write_whole(working / _DIGEST, f"{release.digest}\n".encode("ascii"))
    folder.parent.mkdir(parents=True, exist_ok=True)
    write_release(release, folder)
    log(working, "released")
    release = _entered(workspace, release)
    _seal(workspace, survey, wave)
    return release


def _seal(workspace: Workspace, survey: Survey, wave: str) -> None:
    """Seal what is known of persons under the wave's own key: released, the wave is frozen (R3)."""
    sealed = WaveFiles(workspace, survey.id, wave).seal()
    if sealed:
        audit_log.append(workspace, "wave_sealed", "analyst", survey=survey.id, wave=wave, files=sealed)


def _with_themes(release: Release, written: Written, working: Path) -> Release:
    """Let what is told of the open answers go with a release; what compares units stays in the working zone."""
    how, told = told_themes(release, written)
    if written.by_unit is not None:
        compared = written.by_unit.to_csv(index=False, lineterminator="\n")
        write_whole(working / "themes_by_unit.csv", compared.encode("utf-8"))
    return with_files(release, {THEMES: theme_bytes(how, told)}) if told else release


def _with_weights(
    release: Release, workspace: Workspace, survey: Survey, people: pd.DataFrame, answered: pd.DataFrame
) -> Release:
    """Let go with a release what is of the county alone: its shares as weighted to its staff, and what counts much.

    Parameters
    ----------
    release : Release
    workspace : Workspace
    survey : Survey
    people : DataFrame, one row per respondent
        Backgrounds, consent and scores.
    answered : DataFrame, index of `people`
        Of `own_columns`.
    """
    margins = read_margins(workspace.root / "data" / "margins.csv", survey)
    agreed = people[people["consent_statistics"].eq("yes").fillna(False).astype(bool)]
    backgrounds, own = [name for name in SUBGROUPS if name in agreed], answered.loc[agreed.index]
    how, shares = weighted_shares(release, own, agreed[backgrounds], margins)
    cells, measures = release.cells, release.measures
    of_county = cells["unit"].eq("county") & cells["group"].eq("all") & cells["side"].ne("withheld")
    told = measures["measure"].isin(cells.loc[of_county, "measure"]) & measures["use"].isin(["favourable", "named"])
    counts = importance_bytes(own[list(measures.loc[told, "measure"])], agreed)
    return with_files(release, {WEIGHTED: weighted_bytes(how, shares), IMPORTANCE: counts})


def _released_before(workspace: Workspace, survey: Survey, wave: str, measures: pd.DataFrame) -> list[Before]:
    """Give everything that was released before, with the respondents of this survey's waves where they are kept.

    Another survey's respondents are not looked at: two surveys are never joined on a person. Nor are an opinion
    survey's own of another year, who have no code: their numbers are all that links the two.
    """
    before = []
    for line in ledger.released_before(workspace, survey.id, wave):
        scored = None
        files = WaveFiles(workspace, line.survey, line.wave)
        path = files.folder / "scores.csv"
        if line.survey == survey.id and survey.clinical and files.there(path):
            table = io.BytesIO(files.read(path))
            scored = _respondents(pd.read_csv(table, encoding="utf-8", dtype="str", keep_default_na=False), measures)
        before.append(ledger.look_up(workspace, line, scored))
    return before


def _respondents(scored: pd.DataFrame, measures: pd.DataFrame) -> pd.DataFrame:
    """Give who is counted in a wave's figures: those who agreed to statistics, and where they have a score."""
    agreed = scored[scored["consent_statistics"].eq("yes").fillna(False).astype(bool)]
    columns = {measure: column for measure, column in clear.columns_of(measures).items() if column in scored}
    if "code" not in agreed:
        agreed = agreed.assign(code="")
    return figures_of(agreed.reset_index(drop=True), columns)


def _certificate(found: clear.Cleared, release: Release) -> bytes:
    """Write down what was proved, how, and how long it took; it holds nothing about a person."""
    evidence = asdict(found.evidence) | {"seconds": round(found.evidence.seconds, 2)}
    content = {
        "release": release.digest,
        "code": ledger.code_digest(),
        "policy": asdict(found.release.policy),
        "certificate": found.release.certificate,
        "evidence": evidence,
    }
    return (json.dumps(content, ensure_ascii=False, indent=1, sort_keys=True) + "\n").encode("utf-8")


def _entered(workspace: Workspace, release: Release) -> Release:
    """Enter a release in the ledger and take its first step, if a run that was cut off has not."""
    ledger.enter(workspace, release)
    folder, keys = workspace.released(release.survey, release.wave), verify_keys(workspace)
    if not state_of(folder, keys).steps:
        advance(folder, "audited", "analyst", keys=keys)
    require(folder, "render", keys)
    return release


def _as_cleared(release: Release, working: Path) -> Release:
    """Give a release back if it is the one that was cleared here: its folder's own digests can be rewritten with it."""
    kept = working / _DIGEST
    if not kept.is_file() or kept.read_text(encoding="ascii").strip() != release.digest:
        raise InputError([Problem("release_file_changed", file="release.json")])
    return release
