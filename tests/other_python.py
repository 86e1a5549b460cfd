"""Run some of the tests with the newest other CPython of this machine and the newest Django.

One wheel is for every CPython from 3.11 on, and this installs it as users do. The tests are those that meet what
differs: warnings, asyncio, the interpreter's own machinery, Django.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
REQUIREMENTS = ROOT / "tests" / "python" / "requirements.txt"
NEWEST = ROOT / "tests" / "python" / "requirements-newest.txt"
# Needed to build and to lint only.
TOOLS = {"maturin", "mypy", "ruff", "django-stubs", "djangorestframework-stubs"}
OLDEST = (3, 12)  # which the newest Django asks for
TESTS = ["import", "vectors", "fastapi", "django", "django_kept", "api_async", "api_frames", "beside", "errors"]
TESTS += ["webhook_frames", "pickle", "threads"]


def main() -> None:
    found = [python for python in interpreters() if python[0] != sys.version_info[:2]]
    if not found:
        print("NOT TESTED, FOR WANT OF AN INTERPRETER: another CPython, 3.12 or later, with the newest Django")
        return
    version, program = max(found)
    python = environment(version, program)
    with tempfile.TemporaryDirectory() as folder:
        maturin = [ROOT / ".venv" / "bin" / "maturin", "build", "--release", "--quiet", "--out", folder]
        run([*maturin, "--interpreter", ROOT / ".venv" / "bin" / "python"])
        install = ["install", "--quiet", "--disable-pip-version-check", "--force-reinstall", "--no-deps"]
        run([python, "-m", "pip", *install, *Path(folder).glob("*.whl")])
    files = [ROOT / "tests" / "python" / f"test_{name}.py" for name in TESTS]
    run([python, "-m", "pytest", "-q", "-p", "no:cacheprovider", *files])


def interpreters() -> list[tuple[tuple[int, int], str]]:
    """Those that run and can make virtual environments: on the PATH, and pyenv's, which need not be on it."""
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    folders = [Path(folder) for folder in os.environ["PATH"].split(os.pathsep)] + sorted(pyenv.glob("*/bin"))
    found: dict[tuple[int, int], str] = {}
    for program in (path for folder in folders for path in sorted(folder.glob("python3.*"))):
        named = re.fullmatch(r"python3\.(\d+)", program.name)
        version = (3, int(named[1])) if named else (0, 0)
        if version >= OLDEST and version not in found and usable(program):
            found[version] = str(program)
    return sorted(found.items())


def usable(program: Path) -> bool:
    # The wheel is not for builds without a GIL, and other packages have no wheels for versions to come.
    code = "import ensurepip, venv, sqlite3, sys, sysconfig; sys.exit(bool(sysconfig.get_config_var('Py_GIL_DISABLED')"
    code += " or sys.implementation.name != 'cpython' or sys.version_info.releaselevel != 'final'))"
    try:
        return subprocess.run([program, "-c", code], capture_output=True, timeout=20).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


def environment(version: tuple[int, int], program: str) -> Path:
    """Make the virtual environment, unless it is there with what the requirements ask for."""
    folder = ROOT / ".tools" / "python" / ".".join(map(str, version))
    wanted, ready = requirements(), folder / "ready"
    python = folder / "bin" / "python"
    if not (ready.is_file() and ready.read_text(encoding="utf-8") == wanted and usable(python)):
        shutil.rmtree(folder, ignore_errors=True)
        run([program, "-m", "venv", folder])
        (folder / "requirements.txt").write_text(wanted, encoding="utf-8")
        install = ["install", "--quiet", "--disable-pip-version-check", "-r", folder / "requirements.txt"]
        run([python, "-m", "pip", *install])
        ready.write_text(wanted, encoding="utf-8")
    return python


def requirements() -> str:
    pinned = {
        name(line): line for path in (REQUIREMENTS, NEWEST) for line in path.read_text().splitlines() if name(line)
    }
    return "\n".join(line for package, line in pinned.items() if package not in TOOLS) + "\n"


def name(line: str) -> str:
    return re.split(r"[=\[#]", line)[0].strip()


def run(command: list[str | Path]) -> None:
    if status := subprocess.run(list(map(str, command)), cwd=ROOT).returncode:
        sys.exit(status)


if __name__ == "__main__":
    main()
