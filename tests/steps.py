"""What `make test` runs: every check as a named step, in the order in which they run.

`counts` names the tool whose output tells how many tests ran; without it the step itself counts as one test.
"""

import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv" / "bin"
BUILD = ROOT / ".build"
NODE_LOGS = BUILD / "node-logs"  # what the Node tests and their servers write, to be searched
LOGS = BUILD / "logs"  # what the demo, the examples and their servers write, to be searched too
PYTHON = VENV / "python"
NPM_RUN = ["npm", "--loglevel=error", "run", "--silent"]
LANGUAGES = ("rust", "python", "node")
GROUPS = (*LANGUAGES, "lint", "together")

# The Python files that belong to neither the package nor its tests.
OWN_PYTHON = sorted(str(path.relative_to(ROOT)) for path in (ROOT / "tests").glob("*.py"))
OWN_PYTHON += [
    "tests/adapters",
    "tests/faults",
    "tests/demo",
    "tests/parity",
    "tests/docs",
    "examples/django",
    "tests/dev",
    "examples/fastapi",
    "bench",
    "dev",
]
OWN_RULES = ["--select=E,F,W,I,B,UP,SIM,RET,RUF,C4", "--ignore=RUF001,RUF071,SIM905"]
OWN_JAVASCRIPT = ["examples/express/app.js", "examples/express/app.test.mjs", "bench/node", "dev/npm"]
OWN_JAVASCRIPT += ["tests/adapters/app_express.cjs", "tests/parity/node.cjs", "tests/docs", "tests/demo", "tests/dev"]
OWN_JAVASCRIPT += ["examples/express-redis/src", "examples/express-redis/package.json"]
OWN_JAVASCRIPT += ["tests/browser", "dev/templates/inspector.js", "dev/templates/session.js"]


@dataclass(frozen=True)
class Step:
    group: str
    name: str
    command: Sequence[str | Path]
    counts: str = ""
    needs: tuple[str, ...] = ()
    environment: dict[str, str] = field(default_factory=dict)
    seconds: int = 900


def counts_file(language: str) -> Path:
    """Where the vector tests of a language say how many cases they ran."""
    return BUILD / f"vector-counts-{language}.json"


def steps() -> list[Step]:
    return [*builds(), *rust(), *python(), *node(), *lint(), *together()]


def builds() -> list[Step]:
    """First, because nearly everything else needs one of them."""
    make = ["make", "--no-print-directory"]
    return [
        Step("python", "python build", [*make, "build-python"], seconds=1800),
        Step("node", "node build", [*make, "build-node"], seconds=1800),
        Step("together", "didit-dev build", [*make, "build-dev"], seconds=1800),
    ]


def rust() -> list[Step]:
    generators = sorted((ROOT / "tests" / "vectors").glob("generate*.py"))
    fuzz = ["cargo", "check", "--quiet", "--locked", "--manifest-path", "core/fuzz/Cargo.toml"]
    documentation = ["cargo", "doc", "--locked", "--no-deps", "--package=didit-core"]
    # Links to private modules are for the reader of the source.
    strict = {"RUSTDOCFLAGS": "-D warnings -A rustdoc::private-intra-doc-links"}
    return [
        Step(
            "rust",
            "rust tests",
            ["cargo", "test", "--locked", "--features", "sqlite"],
            "cargo",
            environment=counting("rust"),
        ),
        Step("rust", "didit-dev tests", ["cargo", "test", "--locked", "--package=didit-dev"], "cargo"),
        Step("rust", "rust documentation", documentation, environment=strict),
        # With a libFuzzer of one's own none is compiled, so that no C++ compiler is needed to check the types.
        Step("rust", "rust fuzz targets", fuzz, environment={"CUSTOM_LIBFUZZER_PATH": os.devnull}),
        Step("rust", "rust table of codes is current", [sys.executable, "tests/error_table.py", "--check"]),
        *(
            Step("rust", f"vectors of {path.name} are current", [sys.executable, path, "--check"])
            for path in generators
        ),
    ]


def python() -> list[Step]:
    built = ("python build",)
    return [
        Step("python", "python tests", [PYTHON, "-m", "pytest", "-q"], "pytest", built, counting("python")),
        Step("python", "python stub is current", [PYTHON, "tests/stub.py", "--check"], needs=built),
        Step("python", "python package installs by itself", [PYTHON, "tests/install.py"], needs=built),
        Step("python", "newer CPython and Django", [PYTHON, "tests/other_python.py"], needs=built),
    ]


def node() -> list[Step]:
    built = ("node build",)
    collect = {"NODE_OPTIONS": f"--import={(ROOT / 'tests/node/logged/collect.mjs').as_uri()}"}
    kept = {**counting("node"), **collect, "DIDIT_TEST_LOGS": str(NODE_LOGS)}
    search = ["node", "tests/node/logged/search.mjs", NODE_LOGS]
    return [
        Step("node", "node tests", ["npm", "--silent", "test"], "node", built, kept),
        Step("node", "node logs nothing personal or secret", search, needs=(*built, "node tests")),
        Step("node", "node declarations are current", [*NPM_RUN, "check:types"], needs=built),
    ]


def lint() -> list[Step]:
    python_built, node_built = ("python build",), ("node build",)
    clippy = ["cargo", "clippy", "--locked", "--workspace", "--all-targets", "--", "-D", "warnings"]
    check, layout = [VENV / "ruff", "check", "--no-cache"], [VENV / "ruff", "format", "--no-cache", "--check"]
    own = ["--isolated", "--line-length=120", "--target-version=py311", *OWN_PYTHON]
    # It finds the package through the first Python on the PATH.
    pyright, on_path = ["node_modules/.bin/pyright"], {"PATH": f"{VENV}{os.pathsep}{os.environ['PATH']}"}
    every_type = [*pyright, "--verifytypes", "didit_client", "--ignoreexternal"]
    generate = ["cargo", "run", "--locked", "--quiet", "--package=xtask", "--", "generate", "--check"]
    return [
        Step("lint", "generated files are current", generate, needs=(*python_built, *node_built)),
        Step("lint", "rust format", ["cargo", "fmt", "--all", "--check"]),
        Step("lint", "rust clippy", clippy),
        Step("lint", "python ruff", check, needs=python_built),
        Step("lint", "python ruff, tools", [*check, *OWN_RULES, *own], needs=python_built),
        Step("lint", "python format", layout, needs=python_built),
        Step("lint", "python format, tools", [*layout, *own], needs=python_built),
        Step("lint", "python mypy", [VENV / "mypy", "--strict"], needs=python_built),
        Step("lint", "python stubtest", [VENV / "stubtest", "didit_client._native"], needs=python_built),
        Step("lint", "python pyright", pyright, needs=(*python_built, *node_built), environment=on_path),
        Step(
            "lint",
            "python pyright, all types known",
            every_type,
            needs=(*python_built, *node_built),
            environment=on_path,
        ),
        Step("lint", "node biome", [*NPM_RUN, "lint"], needs=node_built),
        Step("lint", "node biome, tools", ["node_modules/.bin/biome", "ci", *OWN_JAVASCRIPT], needs=node_built),
        Step("lint", "node tsc", [*NPM_RUN, "typecheck"], needs=node_built),
    ]


def together() -> list[Step]:
    """What crosses a language border."""
    examples, installed = ["make", "--no-print-directory", "examples"], ("examples are installed",)
    browser = ["npm", "--prefix", "tests/browser", "--loglevel=error", "ci", "--no-audit", "--no-fund"]
    dev = ("didit-dev build",)
    dev_tests = ["-q", "--rootdir=tests/dev", "-c", os.devnull, "tests/dev"]
    with_dev = {"DIDIT_DEV": str(ROOT / "target" / "release" / "didit-dev")}
    kept = {"DIDIT_TEST_LOGS": str(LOGS)}
    of_pytest = {**kept, "PYTHONPATH": str(ROOT / "tests")}
    of_node = {**kept, "NODE_OPTIONS": f"--import={(ROOT / 'tests/node/logged/collect.mjs').as_uri()}"}
    tested = tuple(f"{language} tests" for language in LANGUAGES)
    built = ("python build", "node build")
    return [
        Step("together", "examples are installed", examples, needs=built),
        Step("together", "as many vectors in each language", [PYTHON, "tests/vector_counts.py"], needs=tested),
        Step("together", "adapters over HTTP", [PYTHON, "-m", "pytest", "-q", "tests/adapters"], "pytest", needs=built),
        Step(
            "together",
            "django example",
            [PYTHON, "tests/django_example.py"],
            needs=(*built, *dev),
            environment=kept,
        ),
        Step("together", "parity with CPython", [PYTHON, "tests/parity/parity.py"], needs=built),
        Step("together", "the browser's driver is installed", browser),
        Step(
            "together",
            "pages in a browser",
            ["node", "--test", *sorted((ROOT / "tests" / "browser").glob("*.test.mjs"))],
            "node",
            (*built, *dev, "the browser's driver is installed"),
            with_dev,
        ),
        Step("together", "demo", [PYTHON, "tests/demo/demo.py"], needs=(*installed, *dev), environment=kept),
        Step(
            "together",
            "demo stays up until it is stopped",
            [PYTHON, "tests/demo/stays_up.py"],
            needs=(*installed, *dev),
            seconds=300,
        ),
        Step("together", "didit-dev packages", [PYTHON, "tests/dev/packages.py"], needs=(*built, *dev)),
        Step(
            "together",
            "test of the FastAPI example",
            [
                PYTHON,
                "-m",
                "pytest",
                "-q",
                "-p",
                "logs",
                "--rootdir=examples/fastapi",
                "-c",
                os.devnull,
                "examples/fastapi",
            ],
            "pytest",
            (*installed, *dev),
            with_dev | of_pytest,
        ),
        Step(
            "together",
            "test of the Express example",
            ["node", "--test", "examples/express/app.test.mjs"],
            "node",
            (*installed, *dev),
            with_dev | of_node,
        ),
        Step(
            "together",
            "express and redis example",
            [PYTHON, "tests/express_redis_example.py"],
            needs=(*installed, *dev),
            environment=with_dev | kept,
        ),
        Step(
            "together",
            "helpers that start didit-dev",
            [PYTHON, "-m", "pytest", "-p", "logs", *dev_tests],
            "pytest",
            (*built, *dev),
            with_dev | of_pytest,
        ),
        Step(
            "together",
            "helpers that start didit-dev, Node",
            ["node", "--test", "tests/dev/dev.test.mjs"],
            "node",
            (*built, *dev),
            with_dev | of_node,
        ),
        Step("together", "links of the documentation", [sys.executable, "tests/docs/links.py"]),
        Step(
            "together",
            "code blocks of the documentation",
            [PYTHON, "tests/docs/blocks.py"],
            needs=(*installed, *dev),
            environment=with_dev | kept,
        ),
        Step(
            "together",
            "examples and demo log nothing personal or secret",
            [PYTHON, "tests/logs.py", LOGS],
            needs=("demo", "django example", "test of the FastAPI example", "code blocks of the documentation"),
        ),
    ]


def counting(language: str) -> dict[str, str]:
    return {"DIDIT_VECTOR_COUNTS": str(counts_file(language))}
