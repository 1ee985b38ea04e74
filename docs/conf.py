"""The documentation's site: Sphinx with MyST, searchable without a network in Chinese and in English."""

import re
import sys
from pathlib import Path

from sphinx.search import languages
from sphinx.search.en import SearchEnglish

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "src"))

project = "wellbeing"
author = "The wellbeing maintainers"
language = "zh_CN"

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
source_suffix = {".md": "markdown"}
# What a page writes in a block without a language is a command, a path or a picture of letters.
highlight_language = "none"
myst_heading_anchors = 4
myst_enable_extensions = ["deflist"]

autodoc_typehints = "signature"
autodoc_member_order = "bysource"
autodoc_preserve_defaults = True
napoleon_google_docstring = False

html_theme = "furo"
html_title = "wellbeing"
html_copy_source = False
# Summaries are fetched, which a browser refuses for a site that is opened from a folder.
html_show_search_summary = False
html_show_sphinx = False

_CHINESE = re.compile("[\u4e00-\u9fff]+")
_LATIN = re.compile(r"[A-Za-z0-9_]+")


class SearchPairs(SearchEnglish):
    """English by stems, Chinese as pairs of neighbouring characters; the same in the index and in the browser.

    Sphinx's own way cuts Chinese into words when it builds the index and not at all when somebody searches, so that a
    question of two words finds nothing.
    """

    lang = "zh"
    # The stemmer in the browser goes by this name.
    language_name = "English"

    js_splitter_code = """
var splitQuery = (query) => {
  const words = query.match(/[A-Za-z0-9_]+/g) || [];
  for (const run of query.match(/[\\u4e00-\\u9fff]+/g) || []) {
    if (run.length === 1) words.push(run);
    for (let i = 0; i + 1 < run.length; i++) words.push(run.slice(i, i + 2));
  }
  return words;
};
"""

    def split(self, input: str) -> list[str]:
        """Cut a text into Latin words and pairs of Chinese characters."""
        return _LATIN.findall(input) + [
            run[i : i + 2] for run in _CHINESE.findall(input) for i in range(max(len(run) - 1, 1))
        ]


languages["zh"] = SearchPairs
