"""Write docs/commands.md: every command and option, in Chinese and English, as the command line itself knows them."""

import json
import os
import subprocess
import sys
from pathlib import Path

PAGE = Path(__file__).parents[1] / "docs" / "commands.md"

#: Prints every command with its options, in the language of the environment.
_ASK = """
import json, typer
from wellbeing.cli import app

def walk(command, path):
    if hasattr(command, "commands"):
        if command.invoke_without_command and len(path) > 1:
            yield {"command": " ".join(path), "help": command.help or "", "params": []}
        for name, below in sorted(command.commands.items()):
            yield from walk(below, [*path, name])
        return
    told = []
    for one in command.params:
        if "--help" in one.opts:
            continue
        name = " / ".join([*one.opts, *one.secondary_opts]) if one.opts[0].startswith("-") else one.name.upper()
        told.append({"name": name, "help": one.help or "", "required": one.required})
    yield {"command": " ".join(path), "help": command.help or "", "params": told}

print(json.dumps(list(walk(typer.main.get_command(app), ["wellbeing"]))))
"""


def main() -> None:
    """Write the page, or with ``--check`` only say whether it is as it should be."""
    page = _page(_told("zh"), _told("en"))
    if "--check" in sys.argv[1:]:
        raise SystemExit(0 if PAGE.read_text(encoding="utf-8") == page else "docs/commands.md is not up to date")
    PAGE.write_text(page, encoding="utf-8", newline="\n")


def _told(lang: str) -> list[dict[str, object]]:
    environment = os.environ | {"WELLBEING_LANG": lang, "PYTHONUTF8": "1"}
    done = subprocess.run([sys.executable, "-c", _ASK], env=environment, check=True, capture_output=True, text=True)
    return json.loads(done.stdout)


def _page(chinese: list[dict[str, object]], english: list[dict[str, object]]) -> str:
    lines = [
        "# 命令 · Commands",
        "",
        "Written by `tools/make_commands_page.py` from the command line itself; do not edit.",
        "",
    ]
    for zh, en in zip(chinese, english, strict=True):
        lines += [f"## `{en['command']}`", "", f"{zh['help']}  ", f"{en['help']}", ""]
        if en["params"]:
            lines += ["| | | |", "|---|---|---|"]
            for one, other in zip(zh["params"], en["params"], strict=True):
                name = f"`{other['name']}`" + (" *" if other["required"] else "")
                lines.append(f"| {name} | {_cell(one['help'])} | {_cell(other['help'])} |")
            lines.append("")
    lines += ["\\* 必须给出 · must be given", ""]
    return "\n".join(lines)


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ").replace("<", "&lt;")


if __name__ == "__main__":
    main()
