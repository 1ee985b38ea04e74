"""The documents: links, code blocks and commands that work, both READMEs the same. Their site: test_site.py."""

import os
import re
import shlex
import shutil
import subprocess
import sys
import urllib.parse
from pathlib import Path

import pytest
import yaml

from wellbeing.cli import app, call
from wellbeing.distribution.mailing import read_mail_settings, settings_file
from wellbeing.synthetic import make_county
from wellbeing.workspace import Workspace

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
PAGES = [
    *(ROOT / name for name in ("README.md", "README.zh-CN.md", "CONTRIBUTING.md")),
    *sorted(path for path in DOCS.rglob("*.md") if path.parent != DOCS / "instruments"),
    DOCS / "instruments" / "README.md",
    DOCS / "instruments" / "phq9.md",
]
ROLES = ("counsellor", "researcher", "officer", "installer", "maintainer")
READMES = (ROOT / "README.md", ROOT / "README.zh-CN.md")

#: Commands in the documents that are not run below, and the tests that run them with files that they need.
ELSEWHERE = {
    "alert": ("test_alert.py", '"alert"'),
    "demo": ("../.ci/run", "wellbeing demo --schools"),
    "distribute": ("test_distribution.py", '"distribute"'),
    "erase": ("test_erase.py", '"erase"'),
    "lab": ("test_browser.py", '"lab"'),
    "release approve": ("test_signoff.py", '"approve"'),
    "release issue": ("test_signoff.py", '"issue"'),
    "release submit": ("test_signoff.py", '"submit"'),
    "run": ("test_crashes.py", '"run"'),
    "verify": ("test_distribution.py", '"verify"'),
}
#: Blocks in other languages that are not run below, by their first line, and the test that does.
BLOCKS_ELSEWHERE = {
    'release = wb.read_release("data/released/screening/2026-autumn")': ("test_research_data.py", "write_public_use"),
    "from wellbeing.pseudonyms.linking import link_issued, link_self_made": ("test_linking.py", "link_issued"),
}


def text_of(page: Path) -> str:
    return page.read_text(encoding="utf-8")


def blocks(page: Path) -> list[tuple[str, str]]:
    """Give the fenced blocks of a page, language and content, without the indentation of a list."""
    found = re.findall(r"^( *)```([^\n`]*)\n(.*?)^ *```$", text_of(page), flags=re.M | re.S)
    return [(lang.strip(), re.sub(f"^{indent}", "", body, flags=re.M)) for indent, lang, body in found]


def command_lines(page: Path) -> list[str]:
    """Give every line of a block, fenced or indented, that calls the kit; what is said beside it is cut off."""
    fenced = [line for _, body in blocks(page) for line in body.splitlines()]
    indented = re.findall(r"^    (wellbeing .+)$", text_of(page), flags=re.M)
    lines = dict.fromkeys(line.removeprefix(".venv\\Scripts\\") for line in [*fenced, *indented])
    return [re.split(r"\s{3,}", line)[0] for line in lines if line.startswith("wellbeing ")]


def inline_commands(page: Path) -> list[str]:
    return [found for found in re.findall(r"`(wellbeing [^`]+)`", text_of(page)) if "…" not in found]


def known_command(words: list[str]) -> tuple[str, set[str]]:
    """Find a command by its words; give its name and its options. Fails where there is none."""
    import typer

    command = typer.main.get_command(app)
    name = []
    while hasattr(command, "commands") and words and words[0] in command.commands:
        name.append(words.pop(0))
        command = command.commands[name[-1]]
    assert name, f"no command: {words}"
    options = {one for parameter in command.params for one in (*parameter.opts, *parameter.secondary_opts)}
    if hasattr(command, "commands"):
        # A group may be named for all that is below it.
        below = command.commands.values()
        options |= {one for other in below for parameter in other.params for one in parameter.opts}
    return " ".join(name), options | {"--help", "-h"}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_command_in_a_document_exists_with_its_options(page):
    for line in [*command_lines(page), *inline_commands(page)]:
        for one in re.split(r"\s\\?\|\s", line):
            words = re.sub(r"[\[\]]", " ", one).replace("...", " ").removeprefix("wellbeing ").split()
            first = [words[0], *words[1:]]
            # `keys new|show` names several commands of a group.
            spread = next((place for place, word in enumerate(first[:2]) if "|" in word), None)
            names = (
                [first]
                if spread is None
                else [[*first[:spread], name, *first[spread + 1 :]] for name in re.split(r"\\?\|", first[spread])]
            )
            for call_words in names:
                if call_words[0].startswith("-"):
                    continue
                _, options = known_command(list(call_words))
                used = {word.split("=")[0] for word in call_words if re.match(r"--?[a-z]", word)}
                assert used <= options, f"{page.name}: {one}: {used - options}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_link_of_a_document_leads_somewhere(page):
    for target in re.findall(r"\]\(([^)\s]+)\)", re.sub(r"```.*?```", "", text_of(page), flags=re.S)):
        if target.startswith(("http://", "https://")):
            assert urllib.parse.urlsplit(target).hostname
            continue
        path, _, anchor = urllib.parse.unquote(target).partition("#")
        there = (page.parent / path).resolve() if path else page
        assert there.exists(), f"{page.name}: {target}"
        if anchor:
            heads = re.findall(r"^#+ (.+)$", text_of(there), flags=re.M)
            slugs = {re.sub(r"[^\w\- ]", "", head.lower()).strip().replace(" ", "-") for head in heads}
            assert anchor in slugs, f"{page.name}: {target}"


def test_both_readmes_say_the_same_things():
    english, chinese = (text_of(page) for page in READMES)

    def links(text):
        return [link for link in re.findall(r"\]\(([^)]+)\)", text) if not link.startswith("README")]

    def shape(text):
        return [len(found) for found in re.findall(r"^(#+) ", text, flags=re.M)]

    def table(text):
        return [re.split(r" \| ", line)[0] for line in text.splitlines() if line.startswith("| `wellbeing")]

    assert shape(english) == shape(chinese)
    assert sorted(set(links(english))) == sorted(set(links(chinese)))
    assert table(english) == table(chinese)
    assert len(blocks(READMES[0])) == len(blocks(READMES[1]))


def test_every_document_is_named_by_the_readme_or_a_page_that_it_names():
    start = text_of(READMES[0]) + "".join(text_of(DOCS / "start" / f"{role}.md") for role in ROLES)
    pages = {path.stem for path in DOCS.glob("*.md")} - {"index"}
    assert {page for page in pages if f"{page}.md" not in start} == set()


def test_every_command_stands_on_its_page():
    done = subprocess.run(
        [sys.executable, str(ROOT / "tools" / "make_commands_page.py"), "--check"], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr


def test_every_make_target_in_the_documents_is_one():
    targets = set(re.findall(r"^([a-z]+):", text_of(ROOT / "Makefile"), flags=re.M))
    fenced = "".join(body for page in PAGES for _, body in blocks(page))
    inline = "".join(re.sub(r"```.*?```", "", text_of(page), flags=re.S) for page in PAGES)
    named = set(re.findall(r"^ *make ([a-z]+)", fenced, flags=re.M)) | set(re.findall(r"`make ([a-z]+)", inline))
    assert named
    assert named <= targets


def test_every_command_that_is_not_run_here_is_run_by_the_test_that_is_named():
    for file, sign in [*ELSEWHERE.values(), *BLOCKS_ELSEWHERE.values()]:
        assert sign in text_of(ROOT / "tests" / file), file


def test_every_tool_that_a_block_calls_is_there():
    for page in PAGES:
        for _, body in blocks(page):
            for path in re.findall(r"(?:python|py -3\.11) ((?:docs|tools|benchmarks)[\\/][\w\\/]+\.py)", body):
                assert (ROOT / path.replace("\\", "/")).is_file(), f"{page.name}: {path}"
            for path in re.findall(r"tests/\w+\.py", body):
                assert (ROOT / path).is_file(), f"{page.name}: {path}"


@pytest.fixture(scope="module")
def first_hour(tmp_path_factory):
    """A new workspace as the README has it made, with a made-up county's export and its roster."""
    folder = tmp_path_factory.mktemp("first hour 第一个小时")
    before = Path.cwd()
    os.chdir(folder)
    try:
        assert call(["init", "our-county"]) == 0
        workspace = Workspace(folder / "our-county")
        made = make_county(workspace.root, schools=3)
        shutil.copy(made.exports["2026-autumn"], workspace.root / "export.xlsx")
        for stick in ("STICK", "OTHER_STICK", "U盘", "另一个U盘"):
            (workspace.root / stick).mkdir()
        os.chdir(workspace.root)
        yield workspace
    finally:
        os.chdir(before)


def ready(workspace: Workspace) -> None:
    """Take away what a page before made under the same names: each page is a reader of her own."""
    shutil.rmtree(workspace.root / "data" / "keys", ignore_errors=True)
    for key in workspace.root.rglob("*.key.age"):
        key.unlink()


def test_the_readmes_roster_is_one(first_hour):
    for page in READMES:
        (example,) = (body for _, body in blocks(page) if body.startswith("school_id,"))
        made = text_of(first_hour.roster)
        try:
            first_hour.roster.write_text(example, encoding="utf-8")
            assert call(["check"]) == 0
        finally:
            first_hour.roster.write_text(made, encoding="utf-8")


def test_the_mail_settings_of_the_page_on_distribution_are_taken(first_hour):
    (example,) = (body for _, body in blocks(DOCS / "distribution.md") if "security:" in body)
    settings_file(first_hour).write_text(example, encoding="utf-8")
    (first_hour.root / "data" / "authority.pem").write_text("", encoding="ascii")
    assert read_mail_settings(first_hour).security == "tls"


#: What a block begins with that no test runs word for word: it needs a network, another system or hours.
NOT_RUN = (
    ".ci/run",
    "make ",
    "py -3.11 ",
    "conda ",
    "python -m pip ",
    "source ",
    ".venv",
    "cd ",
    "STAFF",
    "school_id,",
    "S001,",
)


def test_every_line_of_every_block_is_run_or_is_of_a_kind_that_is_not():
    """No page gets a block that nobody tries; a formula is `text`, a picture of letters has strokes and arrows."""
    for page in PAGES:
        for lang, body in blocks(page):
            drawn = re.search("[│─▶└]", body) is not None
            if lang in ("python", "yaml", "text", "{toctree}", "{eval-rst}") or drawn:
                continue
            strange = [line for line in body.splitlines() if line and not line.startswith(("wellbeing ", *NOT_RUN))]
            assert strange == [], page.name


@pytest.mark.slow
def test_every_command_of_every_document_runs_or_is_run_elsewhere(first_hour, monkeypatch, capfd):
    monkeypatch.setattr("getpass.getpass", lambda *_, **__: "a passphrase of a test")
    ran = []
    for page in PAGES:
        ready(first_hour)
        for line in command_lines(page):
            words = shlex.split(line)[1:]
            name, _ = known_command(list(words))
            if name in ELSEWHERE or name == "init":
                continue
            words = [str(first_hour.root / word) if ":/" in word else word for word in words]
            if line == "wellbeing import sheets/":
                # Sheets that nobody filled in are read and say nothing.
                words = ["import", "sheets"]
            if line in ran and name == "import":
                continue
            code = call(words)
            told = capfd.readouterr()
            # The first look at a county without keys finds something lacking, which is what it is for.
            assert code == (2 if name == "doctor" else 0), f"{page.name}: {line}\n{told.err}"
            ran.append(line)
    assert {known_command(shlex.split(line)[1:])[0] for line in ran} >= {
        *("check", "doctor", "import", "keys new", "forms", "instruments show", "release status")
    }


@pytest.mark.slow
def test_every_python_and_yaml_block_runs_or_is_run_elsewhere(first_hour):
    if not (first_hour.root / "data" / "working" / "screening" / "2026-autumn").exists():
        assert call(["import", "export.xlsx", "--survey", "screening", "--wave", "2026-autumn"]) == 0
    ran = 0
    for page in PAGES:
        for lang, body in blocks(page):
            if lang == "yaml":
                assert yaml.safe_load(body)
            if lang == "python" and body.splitlines()[0] not in BLOCKS_ELSEWHERE:
                exec(compile(body, f"{page.name}", "exec"), {})  # the block is the test
                ran += 1
    assert ran >= 1
