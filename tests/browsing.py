"""A real browser for the tests, with the kit's Chinese font, and the documentation's pictures taken in it.

`WELLBEING_PICTURES=docs/pictures pytest tests/test_browser.py tests/test_site.py` takes them anew.
"""

import io
import os
import shutil
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

import pytest
from PIL import Image

from wellbeing.figures.style import font_file


def browser_program() -> str | None:
    for name in ("chromium", "chromium-browser", "google-chrome", "chrome", "msedge"):
        if found := shutil.which(name):
            return found
    return None


needs_browser = [
    pytest.mark.skipif(find_spec("playwright") is None, reason="playwright is not installed"),
    pytest.mark.skipif(browser_program() is None, reason="no Chromium or Chrome on this machine"),
]


@contextmanager
def browser_page(folder: Path, *, offline: bool = False):
    """Open an empty page; Chinese is shown by the kit's own font where the machine has none."""
    from playwright.sync_api import sync_playwright

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
        context = browser.new_context(viewport={"width": 1366, "height": 768}, locale="zh-CN", offline=offline)
        opened = context.new_page()
        opened.set_default_timeout(20_000)
        yield opened
        browser.close()


def picture(page, name: str) -> None:
    """Take a picture where somebody asks for them; in 128 colours, so that it stays small."""
    if folder := os.environ.get("WELLBEING_PICTURES"):
        with Image.open(io.BytesIO(page.screenshot())) as image:
            image.convert("RGB").quantize(128).save(Path(folder) / f"{name}.png", optimize=True)
