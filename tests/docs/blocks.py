"""Run every fenced code block of the documentation. README.md beside this file says how each language is treated."""

import functools
import json
import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "tests" / "demo")]

import deliveries  # noqa: E402
import servers  # noqa: E402
import signer  # noqa: E402
from commands import COMMANDS, THIS_RUN  # noqa: E402
from steps import steps  # noqa: E402

import api  # noqa: E402

HERE = Path(__file__).resolve().parent
WORK = ROOT / ".build" / "docs"
SECRET = "the-secret-of-the-documentation"
NOT_CODE = {"text"}
HOLDS_TESTS = re.compile(r"^import pytest$|^from fastapi\.testclient import |[\"']node:test[\"']", re.MULTILINE)
ALIASES = {"py": "python", "javascript": "js", "typescript": "ts", "bash": "sh", "shell": "sh", "console": "sh"}
FENCE = re.compile(
    r"(?:^<!-- docs: (?P<directive>.*?)-->\n+)?^```(?P<language>[^\n`]*)\n(?P<code>.*?)^```$", re.MULTILINE | re.DOTALL
)


class Failure(Exception):
    """What is wrong with a block, for the person who wrote it."""


@dataclass(frozen=True)
class Block:
    place: str
    language: str
    code: str

    @property
    def file(self) -> str:
        return "block_" + re.sub(r"\W+", "_", self.place).strip("_")


def pages() -> list[Path]:
    return [
        ROOT / "README.md",
        *sorted((ROOT / "docs").rglob("*.md")),
        *sorted((ROOT / "examples").glob("*/README.md")),
    ]


def blocks(page: Path) -> Iterator[Block]:
    text = page.read_text(encoding="utf-8")
    if text.count("\n```") % 2:
        raise Failure(f"{page.relative_to(ROOT)}: a code block is not closed")
    latest: dict[str, str] = {}
    for match in FENCE.finditer(text):
        line = text.count("\n", 0, match.start("language")) + 1
        language = match["language"].strip()
        language = ALIASES.get(language, language)
        directive, _, prelude = (match["directive"] or "").strip().partition("\n")
        if directive not in ("", "continue", "prelude"):
            raise Failure(f"{page.relative_to(ROOT)}:{line}: there is no directive {directive!r}")
        before = latest.get(language, "") if directive == "continue" else f"{prelude}\n" if prelude else ""
        latest[language] = before + match["code"]
        yield Block(f"{page.relative_to(ROOT)}:{line}", language, latest[language])


def run_python(block: Block) -> None:
    path = WORK / f"{block.file}.py"
    path.write_text(block.code, encoding="utf-8")
    if "FastAPI(" in block.code and not HOLDS_TESTS.search(block.code):
        command = [servers.PYTHON, "-m", "uvicorn", f"{block.file}:app", "--host", "127.0.0.1", "--port", "{port}"]
        serve(block, command)
    else:
        execute([servers.PYTHON, path])


def run_js(block: Block) -> None:
    modules = re.search(r"^import .* from ", block.code, re.MULTILINE)
    run_javascript(block, WORK / f"{block.file}.{'mjs' if modules else 'cjs'}", block.code)


def run_ts(block: Block) -> None:
    source = WORK / f"{block.file}.mts"
    source.write_text(block.code, encoding="utf-8")
    options = ["--strict", "--module", "nodenext", "--target", "es2022", "--skipLibCheck", "--types", "node"]
    options += ["--outDir", "out", "--rootDir", "."]
    execute([ROOT / "node_modules" / ".bin" / "tsc", *options, source.name])
    compiled = WORK / "out" / f"{block.file}.mjs"
    run_javascript(block, compiled, compiled.read_text(encoding="utf-8"))


def run_javascript(block: Block, path: Path, code: str) -> None:
    is_server = "express()" in code and not HOLDS_TESTS.search(code)
    if is_server and ".listen(" not in code:
        code += "\napp.listen(3000);\n"
    path.write_text(code, encoding="utf-8")
    # Whatever port the block names, it listens on the one that is free.
    if is_server:
        serve(block, ["node", "--require", HERE / "listen.cjs", path])
    else:
        execute(["node", path])


def run_rust(block: Block) -> None:
    """Documentation tests of the core run these; all there is to check is that they do not miss the page."""
    page = block.place.rpartition(":")[0]
    if f'include_str!("../../{page}")' not in (ROOT / "core" / "src" / "lib.rs").read_text(encoding="utf-8"):
        raise Failure(f"core/src/lib.rs does not include {page}, so its Rust blocks are not run")


def run_sh(block: Block) -> None:
    names = {THIS_RUN, *(step.name for step in steps())}
    code = re.sub(r"\\\n\s*", " ", block.code)
    for line in code.splitlines():
        command = re.sub(r"\s+#.*", "", line.strip().removeprefix("$ "))
        if not command or command.startswith("#"):
            continue
        if command not in COMMANDS:
            raise Failure(
                f"no test is known to run `{command}`; add it to tests/docs/commands.py with the step that does"
            )
        if COMMANDS[command] not in names:
            raise Failure(f"`{command}` is said to be run by the step {COMMANDS[command]!r}, which does not exist")


def run_json(block: Block) -> None:
    json.loads(block.code)


def run_toml(block: Block) -> None:
    tomllib.loads(block.code)


RUNNERS = {
    "python": run_python,
    "js": run_js,
    "ts": run_ts,
    "rust": run_rust,
    "sh": run_sh,
    "json": run_json,
    "toml": run_toml,
}


@functools.cache
def environment() -> dict[str, str]:
    """What a reader would have set, and where the calls go instead of to Didit."""
    return {**os.environ, "DIDIT_WEBHOOK_SECRET": SECRET, "PYTHONDONTWRITEBYTECODE": "1", **api.serve()}


def execute(command: Sequence[str | Path]) -> None:
    done = subprocess.run(
        list(map(str, command)),
        cwd=WORK,
        env=environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=60,
    )
    if done.returncode:
        raise Failure(done.stdout)


def serve(block: Block, command: Sequence[str | Path]) -> None:
    """The application of a block has to accept a genuine delivery, and to answer a forged one with 401."""
    found = re.search(r"""app\.post\(\s*["']([^"']+)""", block.code)
    if not found:
        raise Failure("an application without app.post(...): nothing can be sent to it")
    try:
        with servers.Server(block.place, command, environment(), WORK) as server:
            for secret, expected in ((SECRET, 200), ("another secret", 401)):
                payload = deliveries.fresh()
                headers = list(signer.headers(payload, secret).items())
                status, answer = server.send(found[1], signer.wire(payload), headers)
                if status // 100 != 2 if expected == 200 else status != expected:
                    kind = "genuine" if expected == 200 else "forged"
                    raise Failure(f"a {kind} delivery was answered with {status} {answer!r}\n{server.log()}")
    except servers.ServerError as error:
        raise Failure(str(error)) from None


def prepare() -> None:
    """A folder in which the blocks find the packages that their readers would have installed."""
    modules = WORK / "node_modules"
    modules.mkdir(parents=True, exist_ok=True)
    express = ROOT / "examples" / "express" / "node_modules" / "express"
    for name, target in {
        "didit-client": ROOT,
        "express": express,
        "@types": ROOT / "node_modules" / "@types",
    }.items():
        link = modules / name
        link.unlink(missing_ok=True)
        link.symlink_to(target)
    (WORK / "package.json").write_text('{ "private": true }\n')


def main() -> int:
    prepare()
    passed = failed = 0
    for page in pages():
        try:
            found = list(blocks(page))
        except Failure as failure:
            print(failure)
            failed += 1
            continue
        for block in found:
            if block.language in NOT_CODE:
                continue
            try:
                if block.language not in RUNNERS:
                    raise Failure(f"nothing runs a block in {block.language or 'no language'!r}; prose is `text`")
                RUNNERS[block.language](block)
                passed += 1
            except (Failure, ValueError, subprocess.TimeoutExpired) as failure:
                print(f"{block.place} ({block.language or 'no language'}): {failure}\n")
                failed += 1
    print(f"{passed} blocks passed, {failed} failed")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
