"""The site of the documents in a real browser: every link, the search without a network, and each role's own path.

A path begins at the first page, goes to the role's, does what stands there with the commands as they stand there, and
ends with what the role has in front of her then. The pictures on those pages are taken here and in test_browser.py.
"""

import html
import html.parser
import os
import re
import shlex
import subprocess
import sys
import urllib.parse
from importlib.util import find_spec
from pathlib import Path

import pytest
from PIL import Image

from browsing import browser_page, needs_browser, picture
from signed_off import NAMES, SURVEY, WAVE, make_county
from test_docs import DOCS, ROLES, ROOT, text_of
from wellbeing import __version__
from wellbeing.cli import call
from wellbeing.synthetic import make_county as make_answers
from wellbeing.workspace import unpack

pytestmark = pytest.mark.slow


def with_browser(test):
    for mark in needs_browser:
        test = mark(test)
    return test


@pytest.fixture(scope="module")
def reader(tmp_path_factory):
    with browser_page(tmp_path_factory.mktemp("browser"), offline=True) as page:
        yield page


class Links(html.parser.HTMLParser):
    """Every address, every anchor and every picture without words for it on one page of the site."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.to: list[str] = []
        self.anchors: set[str] = set()
        self.silent: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        told = dict(attributes)
        if "id" in told:
            self.anchors.add(told["id"])
        for name in ("href", "src"):
            if told.get(name):
                self.to.append(told[name])
        if tag == "img" and not told.get("alt"):
            self.silent.append(told.get("src", ""))


@pytest.fixture(scope="module")
def site(tmp_path_factory) -> Path:
    if find_spec("sphinx") is None:
        pytest.skip("sphinx is not installed")
    folder = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "sphinx", "-q", "-W", "--keep-going", "-b", "html", str(DOCS), str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, env=os.environ | {"PYTHONUTF8": "1"})
    assert done.returncode == 0, done.stderr[-3000:]
    return folder


def test_every_link_and_anchor_of_the_site_leads_somewhere_and_nothing_needs_a_network(site):
    pages = {path: Links(text_of(path)) for path in site.rglob("*.html")}
    assert len(pages) > 50
    for path, page in pages.items():
        assert page.silent == [], path.name
        for target in page.to:
            address = urllib.parse.urlsplit(target)
            if address.scheme in ("http", "https"):
                # A link that a reader may follow; no script, style or picture.
                assert f'src="{target}"' not in text_of(path), f"{path.name}: {target}"
                continue
            if address.scheme or not (address.path or address.fragment):
                continue
            there = (path.parent / urllib.parse.unquote(address.path)).resolve() if address.path else path
            assert there.exists(), f"{path.relative_to(site)}: {target}"
            if address.fragment and there in pages:
                assert urllib.parse.unquote(address.fragment) in pages[there].anchors, f"{path.name}: {target}"
    styles = "".join(text_of(path) for path in site.rglob("*.css"))
    assert not re.search(r"(@import|url\()\s*[\"']?https?:", styles)


def test_each_roles_page_is_one_step_from_the_first_and_has_a_way_on(site):
    first = Links(text_of(site / "index.html"))
    for role in ROLES:
        assert f"start/{role}.html" in first.to
        body = text_of(site / "start" / f"{role}.html").split("<article", 1)[1].split("</article", 1)[0]
        assert [to for to in Links(body).to if to.endswith(".html") and not to.startswith("#")], role


@with_browser
@pytest.mark.parametrize(
    ("question", "page"),
    [("筛查笔记本", "counsellor"), ("备用钥匙", "glossary"), ("withheld", "glossary"), ("reliable change", "change")],
)
def test_a_search_in_either_language_finds_its_page_without_a_network(site, reader, question, page):
    reader.goto((site / "search.html").as_uri() + "?q=" + urllib.parse.quote(question))
    # What is found is listed one after the other; how many there are is told when all are there.
    reader.locator("#search-results .search-summary").get_by_text(re.compile("[0-9]+")).wait_for()
    found = reader.locator("#search-results ul.search li a").evaluate_all("all => all.map(one => one.href)")
    assert any(urllib.parse.urlsplit(one).path.endswith(f"/{page}.html") for one in found), found


# Each role's path


def start_page(reader, site: Path, role: str) -> list[str]:
    """Go from the first page to a role's; its pictures are there. Give the lines of its blocks of code."""
    reader.goto((site / "index.html").as_uri())
    reader.locator(f'article a[href="start/{role}.html"]').first.click()
    reader.locator("article h1").wait_for()
    seen = "all => Promise.all(all.map(one => one.decode().then(() => one.naturalWidth)))"
    widths = reader.locator("article img").evaluate_all(seen)
    assert all(width > 300 for width in widths), role
    return [line for block in reader.locator("article pre").all_inner_texts() for line in block.splitlines()]


def kit_commands(lines: list[str]) -> list[list[str]]:
    """Give the calls of the kit among lines of code, without the kit's name."""
    return [shlex.split(line)[1:] for line in lines if line.startswith("wellbeing ")]


@with_browser
@pytest.mark.parametrize("role", ROLES)
def test_whatever_a_roles_page_names_can_be_opened_from_it(site, reader, role):
    start_page(reader, site, role)
    links = reader.locator("article a.reference.internal")
    targets = dict.fromkeys(links.evaluate_all("all => all.map(one => one.getAttribute('href'))"))
    assert len(targets) >= 3
    for target in targets:
        reader.locator(f'article a.reference.internal[href="{target}"]').first.click()
        assert reader.locator("article h1").first.inner_text()
        reader.go_back()


@with_browser
def test_the_officers_path_from_sign_off_to_the_page_of_what_went_out(site, reader, tmp_path, monkeypatch):
    county = make_county(tmp_path / "county")
    settings = "schema: 1\nhost: smtp.example.org\nport: 465\nsecurity: tls\nsender: reports@example.org\n"
    (county.workspace.root / "data" / "mail.yaml").write_text(settings, encoding="utf-8")
    monkeypatch.chdir(county.workspace.root)
    monkeypatch.setattr("wellbeing.keys.files.locked_bytes", lambda path: b"")
    monkeypatch.setattr("wellbeing.keys.passphrases.ask", lambda file: "")
    holder = iter(("maker", "first", "second"))
    monkeypatch.setattr("wellbeing.keys.files.read_release_key", lambda path, passphrase: county.keys[next(holder)])
    monkeypatch.setattr("wellbeing.keys.read_release_key", lambda path, passphrase: county.keys["county"])
    done = []
    for words in kit_commands(start_page(reader, site, "officer")):
        if words[:2] == ["release", "approve"]:
            # She opens the page and takes the mark from it; so does the second, for herself.
            reader.goto((county.workspace.working(SURVEY, WAVE) / "signoff" / "audit.html").as_uri())
            assert reader.locator("section").first.locator("ul").first.locator("li").count() == 3
            mark = reader.locator("section strong").first.inner_text()
            picture(reader, "officer-audit")
            words[words.index("--mark") + 1] = mark
            assert call(words) == 0
        assert call(words) == 0, words
        done.append(" ".join(words[:2]))
    assert done[0] == "release submit"
    assert done[-1] == "distribute --wave"
    reader.goto((county.workspace.root / "reports/distribution" / SURVEY / WAVE / "zh/index.html").as_uri())
    rows = reader.locator("tbody tr").all_inner_texts()
    assert "教职工心理健康筛查" in reader.locator("h1").inner_text()
    assert [row.split()[0] for row in rows] == list(NAMES)
    assert all("已有此文件" in row and "已生成" in row for row in rows)
    picture(reader, "officer-index")


@with_browser
def test_the_installers_path_until_nothing_is_lacking(site, reader, tmp_path, monkeypatch, capfd):
    installed = tmp_path / "王 老师 电脑"
    installed.mkdir()
    lines = start_page(reader, site, "installer")
    assert any(f"wellbeing-{__version__}-py3" in line for line in lines)
    monkeypatch.chdir(installed)
    monkeypatch.setenv("WELLBEING_LANG", "zh")
    for line in lines[lines.index("wellbeing init our-county") :]:
        if line.startswith("cd "):
            monkeypatch.chdir(line.removeprefix("cd "))
        elif line.startswith("wellbeing "):
            # The second look finds that no counsellor has a key.
            assert call(shlex.split(line)[1:]) == (2 if line == "wellbeing doctor" else 0), line
    told = capfd.readouterr().out
    seen = told[told.index("[正常] Python") :]
    reader.set_content(f"<pre style='font: 15px/1.5 monospace; margin: 1em'>{html.escape(seen)}</pre>")
    picture(reader, "installer-doctor")

    # Whatever it says is done as it says, with a name for the name and a key for each who signs.
    monkeypatch.setattr(
        "wellbeing.keys.envelope.lock", lambda content, passphrase: b"locked " + content
    )  # a second each
    monkeypatch.setattr("getpass.getpass", lambda *_, **__: "a passphrase of a test")
    remedies = re.findall(r"办法：.*?(wellbeing keys new [^。（]+)", seen)
    assert len(remedies) == 4
    for number, remedy in enumerate([*remedies, remedies[-1], remedies[-1]]):
        words = [word.replace("name.key", f"name{number}.key") for word in shlex.split(remedy)[1:]]
        if "--out" in words:
            words[words.index("--out") + 1] = str(installed / words[words.index("--out") + 1])
        words[words.index("--name") + 1] = f"某人{number}"
        assert call(words) == 0, remedy
    assert call(["doctor"]) == 0
    assert "[缺少]" not in capfd.readouterr().out


@with_browser
def test_the_researchers_path_to_the_codebook(site, reader, tmp_path, monkeypatch):
    workspace = unpack(tmp_path / "county")
    made = make_answers(workspace.root, schools=3)
    monkeypatch.chdir(workspace.root)
    code = "\n".join(start_page(reader, site, "researcher"))
    assert call(["import", str(made.exports[WAVE]), "--survey", SURVEY, "--wave", WAVE]) == 0
    exec(compile(code, "researcher.md", "exec"), {})  # the block is what she types
    working = workspace.working(SURVEY, WAVE)
    (page,) = working.rglob("codebook.html")
    assert list(working.rglob("*.sav"))
    reader.goto(page.as_uri())
    reader.get_by_text("phq9_9", exact=True).first.wait_for()
    picture(reader, "researcher-codebook")
    codes = set(made.answers[WAVE]["code"].dropna())
    assert not any(one in reader.inner_text("body") for one in codes)


@with_browser
def test_the_maintainers_path_to_the_picture_of_the_data_flow(site, reader):
    start_page(reader, site, "maintainer")
    reader.locator('article a[href="../architecture.html"]').first.click()
    flow = reader.locator("article pre").first
    assert all(room in flow.inner_text() for room in ("importers", "disclosure", "data/released", "followup"))
    reader.wait_for_function("document.fonts.ready.then(() => true)")
    picture(reader, "maintainer-architecture")


def test_every_picture_of_a_roles_page_is_taken_by_a_test_and_small():
    taken = "".join(text_of(ROOT / "tests" / name) for name in ("test_browser.py", "test_site.py"))
    made = text_of(ROOT / "tools" / "make_pictures.py")
    for role in ROLES:
        shown = re.findall(r"\.\./pictures/([a-z0-9-]+)\.png", text_of(DOCS / "start" / f"{role}.md"))
        assert shown, role
        for name in shown:
            assert f'"{name}"' in taken or f'"{name}":' in made, name
            path = DOCS / "pictures" / f"{name}.png"
            assert path.stat().st_size < 150_000, name
            with Image.open(path) as image:
                assert image.width >= 600
