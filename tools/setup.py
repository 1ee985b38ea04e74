"""Set up the kit's private environment in .venv: `python tools/setup.py`. Standard library only.

Installs the exact versions of constraints.txt, each checked against its hash, then the kit itself. Does
nothing, and needs no network, when that was done already for the same constraints and the same Python.
"""

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
VENV = ROOT / ".venv"
PYTHON = VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def wanted() -> str:
    """Name the state that .venv should be in: constraints, settings, Python, place."""
    digest = hashlib.sha256(f"{sys.version_info[:2]} {ROOT}".encode())
    for name in ("constraints.txt", "pyproject.toml"):
        digest.update((ROOT / name).read_bytes())
    return digest.hexdigest()


def run(*command: str | Path) -> None:
    """Run one step; stop with a plain sentence if it fails."""
    done = subprocess.run([str(part) for part in command], cwd=ROOT, check=False)
    if done.returncode:
        print("Set-up failed at the step above. Is there a network? / 安装未完成，请检查网络后重试。", file=sys.stderr)
        raise SystemExit(done.returncode)


def make_venv() -> None:
    """Make .venv, also where Python comes without ensurepip (Debian's python3 alone)."""
    if PYTHON.exists():
        return
    made = subprocess.run([sys.executable, "-m", "venv", str(VENV)], cwd=ROOT, capture_output=True, check=False)
    if made.returncode:
        shutil.rmtree(VENV, ignore_errors=True)
        run(sys.executable, "-m", "venv", "--without-pip", VENV)


def install(*arguments: str) -> None:
    """Install with uv if it is there, else with pip."""
    uv = shutil.which("uv")
    if uv:
        run(uv, "pip", "install", "--quiet", "--compile-bytecode", "--python", PYTHON, *arguments)
        return
    inside = subprocess.run([str(PYTHON), "-m", "pip", "--version"], capture_output=True, check=False).returncode == 0
    pip = [PYTHON, "-m", "pip"] if inside else [sys.executable, "-m", "pip", "--python", PYTHON]
    run(*pip, "install", "--quiet", "--disable-pip-version-check", "--no-input", *arguments)


def main() -> None:
    """Set up .venv if it is not in the wanted state yet."""
    if not (3, 11) <= sys.version_info[:2] < (3, 14):
        print("wellbeing needs Python 3.11, 3.12 or 3.13 / 需要 Python 3.11 至 3.13", file=sys.stderr)
        raise SystemExit(2)
    stamp = VENV / ".wellbeing-ready"
    state = wanted()
    if stamp.exists() and stamp.read_text(encoding="utf-8") == state:
        return
    print("Setting up .venv, a few minutes the first time / 正在安装运行环境，首次约需几分钟 ...", flush=True)
    if stamp.exists():
        stamp.unlink()
    make_venv()
    install("--require-hashes", "-r", "constraints.txt")
    install("--no-deps", "--no-build-isolation", "-e", ".")
    stamp.write_text(state, encoding="utf-8")


if __name__ == "__main__":
    main()
