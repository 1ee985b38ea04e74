"""The counsellor's term in a real browser: JupyterLab started by the command, driven as she would use it."""

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from importlib.util import find_spec
from pathlib import Path

import pytest

from wellbeing.demo import PASSPHRASE, make_demo_keys
from wellbeing.figures.style import font_file
from wellbeing.synthetic import make_county
from wellbeing.workspace import unpack

AUTUMN = "2026-autumn"
TOKEN = "a-token-of-the-test"


def browser_program() -> str | None:
    for name in ("chromium", "chromium-browser", "google-chrome", "chrome", "msedge"):
        if found := shutil.which(name):
            return found
    return None


pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(find_spec("playwright") is None, reason="playwright is not installed"),
    pytest.mark.skipif(browser_program() is None, reason="no Chromium or Chrome on this machine"),
]


@pytest.fixture(scope="module")
def county(tmp_path_factory):
    """A small county whose second term nobody has read yet, and its counsellor's key."""
    workspace = unpack(tmp_path_factory.mktemp("browser") / "county")
    made = make_county(workspace.root, schools=4)
    make_demo_keys(workspace)
    return workspace, made


@pytest.fixture(scope="module")
def lab(county):
    workspace, _ = county
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    start = "from wellbeing.cli import main; main()"
    command = [sys.executable, "-c", start, "lab", "--no-browser", "--port", str(port)]
    # A home of its own: what lies among this machine's downloads is nobody's business here.
    home = workspace.root.with_name("home")
    (home / ".jupyter").mkdir(parents=True)
    # Containers run tests as root, which Jupyter does only when told.
    told = {"ServerApp": {"allow_root": True}}
    (home / ".jupyter" / "jupyter_server_config.json").write_text(json.dumps(told), encoding="utf-8")
    environment = os.environ | {"JUPYTER_TOKEN": TOKEN, "HOME": str(home), "USERPROFILE": str(home)}
    log = workspace.root.with_name("lab.log")
    with log.open("wb") as output:
        server = subprocess.Popen(command, cwd=workspace.root, env=environment, stdout=output, stderr=output)
        try:
            _wait_for(f"http://127.0.0.1:{port}/api/status?token={TOKEN}", server, log)
            yield f"http://127.0.0.1:{port}"
            request = urllib.request.Request(f"http://127.0.0.1:{port}/api/shutdown?token={TOKEN}", method="POST")
            with urllib.request.urlopen(request, timeout=10):
                pass
            server.wait(timeout=30)
        finally:
            server.kill()


def _wait_for(address: str, server: subprocess.Popen, log: Path) -> None:
    for _ in range(120):
        assert server.poll() is None, log.read_text(encoding="utf-8", errors="replace")[-2000:]
        try:
            with urllib.request.urlopen(address, timeout=2):
                return
        except OSError:
            time.sleep(0.25)
    raise AssertionError("JupyterLab did not come up")


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    from playwright.sync_api import sync_playwright

    # Chinese by the kit's own font, where the machine has none.
    folder = tmp_path_factory.mktemp("fonts")
    font = font_file("justmytype_intl_cjk", "fonts/ofl/notosanssc/NotoSansSC[wght].ttf").parent
    config = folder / "fonts.conf"
    config.write_text(
        f'<?xml version="1.0"?><fontconfig><dir>{font}</dir><dir>/usr/share/fonts</dir>'
        f"<cachedir>{folder / 'cache'}</cachedir></fontconfig>",
        encoding="utf-8",
    )
    arguments = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"]
    arguments += ["--disable-background-networking", "--disable-component-update", "--disable-sync"]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=browser_program(), args=arguments, env=os.environ | {"FONTCONFIG_FILE": str(config)}
        )
        opened = browser.new_page(viewport={"width": 1366, "height": 768}, locale="zh-CN")
        yield opened
        picture(opened, "last")
        browser.close()


def picture(page, name: str) -> None:
    """Keep a picture where somebody wants to look; the documentation's are made so too."""
    if folder := os.environ.get("WELLBEING_PICTURES"):
        page.screenshot(path=str(Path(folder) / f"{name}.png"))


def field(page, label: str):
    """Find a field by the words before it."""
    return page.get_by_label(label, exact=True)


def step(page, number: int):
    return page.get_by_role("heading", name=f"{number}. ").first


def show(page, number: int, name: str) -> None:
    step(page, number).scroll_into_view_if_needed()
    step(page, number).evaluate("heading => heading.scrollIntoView({block: 'start'})")
    page.wait_for_timeout(300)
    picture(page, name)


def test_a_counsellor_reads_a_file_sees_her_list_records_and_prints(county, lab, page):
    workspace, made = county
    here = made.answers[AUTUMN].dropna(subset="code").set_index("code")["school_id"]
    school = here[made.planted.critical[0]]
    name = f"{made.roster.loc[school, 'name']}（{school}）"
    page.set_default_timeout(60_000)
    page.goto(f"{lab}/lab/tree/data/confidential/start.md?token={TOKEN}")
    page.get_by_role("heading", name="本学期要做的四件事").wait_for()
    picture(page, "counsellor-1-start")

    # Run All is all that it needs.
    page.get_by_role("link", name="筛查笔记本").click()
    page.locator(".jp-Notebook").wait_for()
    page.get_by_text("| Idle").wait_for()
    page.locator(".lm-MenuBar-itemLabel", has_text="Run").first.click()
    page.locator(".lm-Menu-itemLabel", has_text="Run All Cells").first.click()
    page.get_by_role("button", name="做一页给校长的说明").wait_for()

    # 1. Choose wave, school and file, and read it.
    field(page, "批次").select_option(label=AUTUMN)
    field(page, "学校").select_option(label=name)
    field(page, "答卷文件").select_option(label=f"screening-{AUTUMN}.xlsx")
    page.get_by_role("button", name="读入这个文件").click()
    page.get_by_text("随访登记已更新").wait_for()
    show(page, 1, "counsellor-2-choose")

    # 2. The data check names nobody.
    page.get_by_role("cell", name="应答教职工（名册）").wait_for()
    show(page, 2, "counsellor-3-check")
    codes = set(here.index)
    assert not any(code in page.inner_text("body").replace("-", "") for code in codes)

    # 3. Her own key opens the list.
    field(page, "密钥文件").select_option(label="demo-counsellor.key.age")
    field(page, "口令").fill(PASSPHRASE)
    page.get_by_role("button", name="打开名单").click()
    page.get_by_text("本周要联系：").wait_for()
    assert field(page, "口令").input_value() == ""
    show(page, 3, "counsellor-4-key")
    page.get_by_text("本周要联系：").evaluate("heading => heading.scrollIntoView({block: 'start'})")
    picture(page, "counsellor-4-list")
    today = [code for code in made.planted.critical if here[code] == school]
    listed = page.inner_text("body").replace("-", "")
    assert today
    assert all(code in listed for code in today)
    assert not any(code in listed for code in codes if here[code] != school)

    # 4. What the list means.
    page.get_by_text("名单上每10个人里").first.wait_for()
    show(page, 4, "counsellor-5-meaning")

    # 5. Record a contact; make a page and open it.
    person = field(page, "编码")
    first = person.locator("option").first.inner_text().replace("\u00a0", " ")
    assert first.startswith("1. ")
    page.get_by_role("button", name="登记", exact=True).click()
    page.get_by_text("已登记：").wait_for()
    page.get_by_text("跟进中：1 人").wait_for()
    page.get_by_role("button", name="做一张打印页").click()
    link = page.get_by_role("link", name="打开 PDF")
    link.wait_for()
    show(page, 5, "counsellor-6-record")
    pages = list((workspace.confidential("screening", AUTUMN) / "pages").iterdir())
    assert [path.read_bytes()[:5] for path in pages] == [b"%PDF-"]
    link.click()
    page.locator(".lm-TabBar-tabLabel", has_text=pages[0].name).wait_for()
    page.locator(".jp-PDFContainer").wait_for()
    page.wait_for_timeout(1500)
    picture(page, "counsellor-8-pdf")
    page.locator(".lm-TabBar-tabLabel", has_text="screening.ipynb").click()
    assert re.sub("[^0-9A-Z]", "", first)[1:] in codes

    # 6. No report is issued yet, and none is made; the page for the head is.
    page.get_by_text("本批次还没有发布").wait_for()
    page.get_by_role("button", name="做一页给校长的说明").click()
    page.get_by_text("for-heads_zh.pdf").wait_for()
    show(page, 6, "counsellor-7-report")

    # Saved, the notebook holds nobody and no passphrase, and nothing went wrong on the way.
    page.keyboard.press("Control+s")
    page.locator(".jp-Notebook").wait_for()
    page.wait_for_timeout(1500)
    seen = page.inner_text("body")
    assert "Traceback" not in seen
    assert "Warning" not in seen
    saved = (workspace.root / "data" / "confidential" / "screening.ipynb").read_text(encoding="utf-8")
    assert '"execution_count": 1' in saved
    assert PASSPHRASE not in saved
    assert "AGE-SECRET-KEY" not in saved
    assert not any(code in saved.replace("-", "") for code in codes)
