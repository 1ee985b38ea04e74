"""JupyterLab started by the command, in a real browser: the counsellor's term, and the researcher's notebook."""

import json
import os
import re
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

from browsing import browser_page, needs_browser, picture
from wellbeing.cli import call
from wellbeing.demo import PASSPHRASE, make_demo_keys
from wellbeing.synthetic import make_county
from wellbeing.workspace import unpack

AUTUMN = "2026-autumn"
TOKEN = "a-token-of-the-test"


pytestmark = [pytest.mark.slow, *needs_browser]


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
    with browser_page(tmp_path_factory.mktemp("fonts")) as opened:
        opened.set_default_timeout(60_000)
        yield opened


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
    page.goto(f"{lab}/lab/tree/data/confidential/start.md?token={TOKEN}")
    page.get_by_role("heading", name="本学期要做的四件事").wait_for()
    picture(page, "counsellor-start")

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
    show(page, 1, "counsellor-choose")

    # 2. The data check names nobody.
    page.get_by_role("cell", name="应答教职工（名册）").wait_for()
    codes = set(here.index)
    assert not any(code in page.inner_text("body").replace("-", "") for code in codes)

    # 3. Her own key opens the list.
    field(page, "密钥文件").select_option(label="demo-counsellor.key.age")
    field(page, "口令").fill(PASSPHRASE)
    page.get_by_role("button", name="打开名单").click()
    page.get_by_text("本周要联系：").wait_for()
    assert field(page, "口令").input_value() == ""
    page.get_by_text("本周要联系：").evaluate("heading => heading.scrollIntoView({block: 'start'})")
    picture(page, "counsellor-list")
    today = [code for code in made.planted.critical if here[code] == school]
    listed = page.inner_text("body").replace("-", "")
    assert today
    assert all(code in listed for code in today)
    assert not any(code in listed for code in codes if here[code] != school)

    # 4. What the list means.
    page.get_by_text("名单上每10个人里").first.wait_for()

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
    show(page, 5, "counsellor-record")
    pages = list((workspace.confidential("screening", AUTUMN) / "pages").iterdir())
    assert [path.read_bytes()[:5] for path in pages] == [b"%PDF-"]
    link.click()
    page.locator(".lm-TabBar-tabLabel", has_text=pages[0].name).wait_for()
    page.locator(".jp-PDFContainer").wait_for()
    page.wait_for_timeout(1500)
    page.locator(".lm-TabBar-tabLabel", has_text="screening.ipynb").click()
    assert re.sub("[^0-9A-Z]", "", first)[1:] in codes

    # 6. No report is issued yet, and none is made; the page for the head is.
    page.get_by_text("本批次还没有发布").wait_for()
    page.get_by_role("button", name="做一页给校长的说明").click()
    page.get_by_text("for-heads_zh.pdf").wait_for()

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


def test_a_researcher_runs_the_measurement_notebook_and_reads_alpha(county, lab, page):
    workspace, made = county
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(workspace.root)
        assert call(["import", str(made.exports[AUTUMN]), "--survey", "screening", "--wave", AUTUMN]) == 0
    tab = page.context.new_page()
    tab.set_default_timeout(60_000)
    tab.goto(f"{lab}/lab/tree/notebooks/instrument_check.ipynb?token={TOKEN}")
    tab.locator(".jp-Notebook").wait_for()
    tab.get_by_text("| Idle").wait_for()
    tab.locator(".lm-MenuBar-itemLabel", has_text="Run").first.click()
    tab.locator(".lm-Menu-itemLabel", has_text="Run All Cells").first.click()
    tab.locator(".jp-CodeCell").last.get_by_text(re.compile(r"\[\d+\]:")).first.wait_for()
    heading = tab.get_by_role("heading", name="信度有多高")
    heading.evaluate("heading => heading.scrollIntoView({block: 'start'})")
    tab.wait_for_timeout(300)
    picture(tab, "researcher-check")
    seen = tab.inner_text("body")
    assert "Traceback" not in seen

    # Alpha by its definition, on the complete answers of those who agreed to statistics.
    answers = made.answers[AUTUMN]
    items = answers.loc[answers["consent_statistics"] == "yes", [f"phq9_{n}" for n in range(1, 10)]].dropna()
    alpha = 9 / 8 * (1 - items.var().sum() / items.sum(axis=1).var())
    assert f"{alpha:.3f}" in seen
    tab.close()
