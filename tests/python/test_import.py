"""Importing the package: quick, and clear about a native module that is missing or broken."""

import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

import didit_client

# What takes longer to import than the whole package, and what only some programs need.
HEAVY = set("asyncio dataclasses datetime decimal email enum inspect json logging re ssl typing urllib".split())  # noqa: SIM905


def run(code: str, path: Path | None = None) -> subprocess.CompletedProcess[str]:
    """Run code in a bare interpreter, which sees the package of `path` only."""
    package = path or Path(didit_client.__file__).parents[1]
    return subprocess.run(
        [sys.executable, "-I", "-S", "-c", f"import sys; sys.path.insert(0, {str(package)!r})\n{code}"],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_nothing_heavy_is_imported() -> None:
    done = run(
        "import time; before = set(sys.modules); start = time.perf_counter()\n"
        "import didit_client\n"
        "milliseconds = 1000 * (time.perf_counter() - start)\n"
        "print(milliseconds, *sorted(set(sys.modules) - before))"
    )
    assert done.returncode == 0, done.stderr
    milliseconds, *modules = done.stdout.split()
    print(f"import didit_client: {float(milliseconds):.1f} ms, {len(modules)} modules")
    assert not HEAVY & set(modules)
    assert [name for name in modules if not name.startswith("didit_client")] == ["__future__"]


def test_the_client_loads_what_a_call_needs_when_it_is_made() -> None:
    done = run("from didit_client import Didit\nprint(*sorted(sys.modules))")
    assert done.returncode == 0, done.stderr
    modules = set(done.stdout.split())
    assert "didit_client.client" in modules
    assert not (HEAVY | {"collections", "contextlib", "functools", "threading"}) & modules


def test_a_program_without_logging_makes_calls_without_it() -> None:
    done = run(
        "from didit_client import Didit, TransportError\n"
        "client = Didit(base_url='http://127.0.0.1:1', api_key='k', max_retries=0, environment={})\n"
        "try: client.request('GET', '/v3/x/')\n"
        "except TransportError as error: print(error.code, 'logging' in sys.modules)"
    )
    assert done.stdout.split() == ["connection_failed", "False"], done.stderr


def test_verification_needs_no_json() -> None:
    done = run(
        "from didit_client import Verifier, sign\n"
        'body = b\'{"timestamp":1774970000,"status":"Approved","webhook_type":"status.updated"}\'\n'
        "event = Verifier('s').verify(body, sign(body, 's'), 1774970000).event\n"
        "assert event.outcome == 'granted' and event.timestamp == 1774970000 and repr(event)\n"
        "assert 'json' not in sys.modules\n"
    )
    assert done.returncode == 0, done.stderr


def test_calls_load_when_they_are_used() -> None:
    done = run(
        "import didit_client\n"
        "def loaded(part): return [name for name in sys.modules if part in name]\n"
        "assert not loaded('didit_client.client') and not loaded('generated.resources')\n"
        "models = loaded('generated.models.')\n"
        "assert models == ['didit_client.generated.models.decision']\n"
        "assert 'Didit' in dir(didit_client)\n"
        "client = didit_client.Didit(api_key='k', environment={})\n"
        "assert not loaded('generated.resources') and loaded('generated.models.') == models\n"
        "client.sessions\n"
        "assert [name for name in loaded('generated.resources.')] == ['didit_client.generated.resources.sessions']\n"
        "assert 'asyncio' not in sys.modules and 'ssl' not in sys.modules\n"
        "from didit_client import AsyncDidit\n"
        "try: didit_client.Nothing\n"
        "except AttributeError as error: print(error)\n"
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout == "module 'didit_client' has no attribute 'Nothing'\n"


@pytest.fixture
def bare_package(tmp_path: Path) -> Path:
    """A copy of the package without its native module."""
    source = Path(didit_client.__file__).parent
    shutil.copytree(source, tmp_path / "didit_client", ignore=shutil.ignore_patterns("*.so", "*.pyd", "__pycache__"))
    return tmp_path


def test_missing_native_module(bare_package: Path) -> None:
    done = run("import didit_client", bare_package)
    last = done.stderr.splitlines()[-1]
    assert last.startswith("ImportError: didit_client found no usable native module (didit_client._native)")
    assert sysconfig.get_platform() in last
    assert "there is no file _native.* in" in last
    assert "cannot import name '_native'" in last or "No module named" in last


def test_broken_native_module(bare_package: Path) -> None:
    (bare_package / "didit_client" / "_native.abi3.so").write_bytes(b"\x7fELF but not really")
    done = run("import didit_client", bare_package)
    last = done.stderr.splitlines()[-1]
    assert last.startswith("ImportError: didit_client found no usable native module")
    assert sysconfig.get_platform() in last
    assert "_native.abi3.so" in last


def test_the_error_keeps_its_cause(bare_package: Path) -> None:
    done = run(
        "try:\n    import didit_client\nexcept ImportError as error:\n"
        "    print(type(error.__cause__).__name__, error.name)",
        bare_package,
    )
    assert done.stdout.split()[0] == "ImportError", done.stderr


SECOND = """
try: import _interpreters as interpreters
except ImportError: import _xxsubinterpreters as interpreters
def create(isolated):
    if sys.version_info >= (3, 13):
        return interpreters.create("isolated" if isolated else "legacy")
    return interpreters.create(isolated=isolated)
def within(interpreter, code):
    interpreters.run_string(interpreter, f"import sys; sys.path.insert(0, {sys.path[0]!r})\\n" + code)
TRY = '''
try: import didit_client
except ImportError as error: print(error, flush=True)
else: print(didit_client.sign(b"{}", "s") is not None, flush=True)
'''
"""


def test_a_second_interpreter_is_refused() -> None:
    """Its `except` would not see the errors, which are of the first one's classes."""
    done = run(SECOND + "first = create(False)\nwithin(first, TRY * 2)\nwithin(create(False), TRY)\nexec(TRY)")
    assert done.returncode == 0, done.stderr
    first, again, *others = done.stdout.splitlines()
    assert (first, again, len(others)) == ("True", "True", 2)
    for line in others:
        assert line.startswith("didit_client cannot be used in this interpreter: another interpreter of this process")
        assert "WSGIApplicationGroup %{GLOBAL}" in line


@pytest.mark.skipif(sys.version_info < (3, 12), reason="no interpreter had a GIL to itself")
def test_an_interpreter_with_a_gil_to_itself_is_refused() -> None:
    done = run(SECOND + "within(create(True), TRY)")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(
        "didit_client cannot be used in this interpreter: module didit_client._native does not"
    )
