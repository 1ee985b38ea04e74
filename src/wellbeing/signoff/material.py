"""What is put before the approvers: every finished report by its SHA-256, three to read, and the audit's page."""

import hashlib
import html
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from wellbeing.batch.manifest import file_digest
from wellbeing.disclosure.policy_words import weaker_words
from wellbeing.disclosure.release import Release, read_release
from wellbeing.errors import InputError, Problem, UsageError
from wellbeing.keys import verify_keys
from wellbeing.texts import LANGUAGES, say
from wellbeing.workspace import Workspace

#: The audit's page, in the working zone.
PAGE = "audit.html"
#: So many reports are read by each approver.
SAMPLES = 3
_MANIFEST = "manifest.json"


@dataclass(frozen=True, eq=False)
class Material:
    """What an approver answers for.

    Attributes
    ----------
    cleared : Release
        The release itself, as it was read.
    release : str
        Its digest.
    reports : dict
        Each finished report, ``zh/S001_2026-autumn.pdf``, to its SHA-256.
    samples : tuple of str
        The reports to read.
    page : bytes
        The audit's page.
    mark : str
        Stands on that page and nowhere else: whoever gives it has opened the page.
    """

    cleared: Release
    release: str
    reports: dict[str, str]
    samples: tuple[str, ...]
    page: bytes
    mark: str

    @property
    def seen(self) -> dict[str, str]:
        """What an approver has before her, by name, each with its SHA-256."""
        return {name: self.reports[name] for name in self.samples} | {PAGE: hashlib.sha256(self.page).hexdigest()}

    @property
    def digest(self) -> str:
        """One SHA-256 over the release, every report and the page: if any changes, so does this."""
        told = {"release": self.release, "reports": self.reports, "seen": self.seen}
        return hashlib.sha256(json.dumps(told, sort_keys=True, separators=(",", ":")).encode("utf-8")).hexdigest()


def page_file(workspace: Workspace, survey: str, wave: str) -> Path:
    """Say where the audit's page lies."""
    return workspace.working(survey, wave) / "signoff" / PAGE


def gather(workspace: Workspace, survey: str, wave: str) -> Material:
    """Gather what would be signed off now, as it lies there.

    Raises
    ------
    UsageError
        If no report of this release was made.
    InputError
        If a report is gone or is not as it was made, or the release cannot be read; with all of them.
    """
    release = read_release(workspace.released(survey, wave), verify_keys(workspace) or None)
    digest = release.digest  # worked out anew each time that it is asked for
    reports = made_reports(workspace, survey, wave, digest)
    if not reports:
        raise UsageError("signoff_no_reports", survey=survey, wave=wave)
    own = [name for name in reports if not Path(name).name.startswith("county_")]
    # Which ones nobody can choose: the order follows from the digests of the finished release.
    drawn = sorted(own, key=lambda name: hashlib.sha256(f"{digest} {name}".encode()).hexdigest())
    samples = tuple(sorted(drawn[:SAMPLES]))
    told = json.dumps([digest, reports], sort_keys=True).encode("utf-8")
    mark = hashlib.sha256(b"wellbeing page 1\n" + told).hexdigest()[:8]
    page = _page(release, digest, reports, samples, mark)
    return Material(release, digest, reports, samples, page, mark)


def made_reports(workspace: Workspace, survey: str, wave: str, release: str) -> dict[str, str]:
    """Give every finished report of a release, in every language, with its SHA-256.

    Raises
    ------
    InputError
        If a manifest cannot be read, or a file is gone or not as it was made.
    """
    reports: dict[str, str] = {}
    problems = []
    for lang in LANGUAGES:
        manifest = workspace.output(survey, wave) / lang / _MANIFEST
        if not manifest.is_file():
            continue
        try:
            stored = json.loads(manifest.read_text(encoding="utf-8"))
            of, files = str(stored["release"]), {str(k): str(v) for k, v in stored["files"].items()}
        except (ValueError, KeyError, TypeError, AttributeError):
            problems.append(Problem("not_a_manifest", f"{lang}/{_MANIFEST}"))
            continue
        if of != release:
            problems.append(Problem("signoff_other_release", f"{lang}/{_MANIFEST}"))
            continue
        for name, digest in sorted(files.items()):
            if "/" in name or not name.endswith(".pdf"):
                continue  # notebooks stay in the bureau
            path = manifest.parent / name
            if not path.is_file():
                problems.append(Problem("manifest_gone", f"{lang}/{name}"))
            elif file_digest(path) != digest:
                problems.append(Problem("manifest_changed", f"{lang}/{name}"))
            reports[f"{lang}/{name}"] = digest
    if problems:
        raise InputError(problems)
    return reports


def _page(release: Release, digest: str, reports: dict[str, str], samples: tuple[str, ...], mark: str) -> bytes:
    """Write the page, in both languages, so that it has the same bytes for every approver."""
    body = "".join(line for lang in LANGUAGES for line in _section(release, digest, reports, samples, mark, lang))
    style = "body{font:16px/1.6 sans-serif;max-width:60em;margin:2em auto;padding:0 1em}code{font-size:.85em}"
    head = f'<meta charset="utf-8"><title>{html.escape(say("signoff.page_title", "zh"))}</title><style>{style}</style>'
    return f'<!DOCTYPE html><html lang="zh-CN"><head>{head}</head><body>{body}</body></html>\n'.encode()


def _section(
    release: Release, digest: str, reports: dict[str, str], samples: tuple[str, ...], mark: str, lang: str
) -> Iterator[str]:
    def words(key: str, **fields: str | int) -> str:
        return html.escape(say(f"signoff.{key}", lang, **fields))

    def listed(names: tuple[str, ...]) -> str:
        lines = (f"<li>{html.escape(name)}<br><code>{reports[name]}</code></li>" for name in names)
        return f"<ul>{''.join(lines)}</ul>"

    yield f'<section lang="{"zh-CN" if lang == "zh" else "en"}"><h1>{words("page_title")}</h1>'
    survey = str(release.county[f"survey_{lang}"])
    yield f"<p>{words('page_head', survey=survey, wave=release.wave, frozen=release.frozen)}</p>"
    yield f"<p>{words('page_release')}<br><code>{digest}</code></p>"
    certificate = release.certificate
    numbers = {name: int(certificate[name]) for name in ("figures", "leaks", "narrowest")}
    told = say("release.status_certificate", lang, earlier=len(certificate["earlier"]), **numbers).strip()
    yield f"<h2>{words('page_audit')}</h2><p>{html.escape(told)}</p>"
    weaker = release.policy.weaker
    rules = say("release.status_weaker", lang, **weaker_words(release.policy, lang)) if weaker else ""
    yield f"<p>{html.escape(rules.strip()) or words('page_rules')}</p>"
    yield f"<h2>{words('page_samples', count=len(samples))}</h2>{listed(samples)}<p>{words('page_look')}</p>"
    yield f"<h2>{words('page_all', count=len(reports))}</h2>{listed(tuple(reports))}"
    yield f"<h2>{words('page_mark')}</h2><p><strong>{mark}</strong></p></section>"
