"""`make test`: run every check of the project, in Rust, Python and Node.

    tests/run.py                 everything
    tests/run.py rust python     some groups only: rust python node lint together

A step that passes takes one line; of one that fails the whole output is shown, and the others run all the same. The
last line is `N passed, N failed` over all three languages. The steps themselves are listed in steps.py.
"""

import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from steps import BUILD, GROUPS, LANGUAGES, LOGS, NODE_LOGS, ROOT, Step, counts_file, steps

# Whatever make or the terminal says is not meant for the tools that are run here.
NOT_PASSED_ON = (
    "MAKEFLAGS",
    "MFLAGS",
    "MAKELEVEL",
    "FORCE_COLOR",
    "DIDIT_WEBHOOK_SECRET",
    "DIDIT_WEBHOOK_SECRET_PREVIOUS",
    "DIDIT_API_KEY",
    "DIDIT_WORKFLOW_ID",
    "DIDIT_BASE_URL",
    "DIDIT_ACCOUNT_URL",
    "DIDIT_ACCESS_TOKEN",
    "CLIENT_ID",
    "CLIENT_SECRET",
    "WEBHOOK_SECRET_KEY",
)


@dataclass
class Outcome:
    passed: int
    failed: int
    seconds: float = 0.0
    note: str = ""
    output: str = ""


def main(arguments: list[str]) -> int:
    unknown = [name for name in arguments if name not in GROUPS]
    if unknown:
        print(f"there is no group {', '.join(unknown)}; the groups are {', '.join(GROUPS)}", file=sys.stderr)
        return 2
    BUILD.mkdir(exist_ok=True)
    for language in LANGUAGES:
        counts_file(language).unlink(missing_ok=True)
    for folder in (NODE_LOGS, LOGS):
        shutil.rmtree(folder, ignore_errors=True)
    outcomes: dict[str, Outcome] = {}
    failures = []
    try:
        for step in selected(arguments):
            outcome = outcomes[step.name] = attempt(step, outcomes)
            report(step, outcome)
            if outcome.failed:
                failures.append(step.name)
    except KeyboardInterrupt:
        print("\ninterrupted")
        return 130
    passed = sum(outcome.passed for outcome in outcomes.values())
    failed = sum(outcome.failed for outcome in outcomes.values())
    if failures:
        print(f"\nfailed: {', '.join(failures)}")
    print(f"\n{passed} passed, {failed} failed")
    return 1 if failed else 0


def selected(groups: list[str]) -> list[Step]:
    """The steps of the groups, and the builds and installations that they need."""
    everything = {step.name: step for step in steps()}
    wanted = [step for step in everything.values() if not groups or step.group in groups]
    names = {step.name for step in wanted}
    for step in wanted:
        names.update(name for name in step.needs if name.endswith((" build", "installed")))
    return [
        step
        for step in everything.values()
        # The comparison of all languages makes sense only where all of them run.
        if step.name in names and all(name in names or name.endswith((" build", "installed")) for name in step.needs)
    ]


def attempt(step: Step, outcomes: dict[str, Outcome]) -> Outcome:
    broken = [name for name in step.needs if name in outcomes and outcomes[name].failed]
    # The numbers of vectors can be compared although one of the tests beside them failed.
    if broken and not all(name.endswith(" tests") for name in broken):
        return Outcome(0, 1, note=f"not run, because of: {', '.join(broken)}")
    began = time.monotonic()
    status, output = run(step)
    if kept := step.environment.get("DIDIT_TEST_LOGS"):
        Path(kept).mkdir(parents=True, exist_ok=True)
        (Path(kept) / f"{step.name}.log").write_text(output, encoding="utf-8")
    outcome = count(step, status, output)
    outcome.seconds = time.monotonic() - began
    return outcome


def run(step: Step) -> tuple[int, str]:
    environment = {name: value for name, value in os.environ.items() if name not in NOT_PASSED_ON}
    environment.update(
        {"NO_COLOR": "1", "CARGO_TERM_COLOR": "never", "PYTHONDONTWRITEBYTECODE": "1", **step.environment}
    )
    with tempfile.TemporaryFile() as captured:
        process = subprocess.Popen(
            list(map(str, step.command)),
            cwd=ROOT,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=captured,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            status = process.wait(step.seconds)
        except subprocess.TimeoutExpired:
            stop(process)
            status = -1
            captured.write(f"\nstopped: it took longer than {step.seconds} seconds\n".encode())
        except BaseException:
            stop(process)
            raise
        captured.seek(0)
        return status, captured.read().decode(errors="replace")


def stop(process: subprocess.Popen[bytes]) -> None:
    """End a step with all the processes that it started."""
    for name in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(process.pid, name)
            process.wait(10)
            return
        except (ProcessLookupError, subprocess.TimeoutExpired):
            continue


def count(step: Step, status: int, output: str) -> Outcome:
    if not step.counts:
        return Outcome(int(status == 0), int(status != 0), output=output)
    passed, failed, skipped = COUNTERS[step.counts](output)
    if status and not failed:
        failed = 1  # The tool itself broke, before or after its tests.
    if not passed and not failed:
        return Outcome(0, 1, note="it ran no test", output=output)
    return Outcome(passed, failed, note=f"{passed} tests" + (f", {skipped} skipped" if skipped else ""), output=output)


def cargo(output: str) -> tuple[int, int, int]:
    """One line for each test binary, and one for the documentation tests."""
    lines = re.findall(r"^test result: \w+\. (\d+) passed; (\d+) failed; (\d+) ignored", output, re.MULTILINE)
    passed, failed, ignored = (sum(int(line[at]) for line in lines) for at in range(3))
    return passed, failed, ignored


def pytest(output: str) -> tuple[int, int, int]:
    """The last line, such as `3 failed, 1234 passed, 1 skipped in 5.67s`."""
    lines = [line for line in output.splitlines() if re.search(r"\d+ \w+.* in [\d.]+s", line)]
    words = re.findall(r"(\d+) (passed|failed|errors?|skipped|xfailed|xpassed)", lines[-1] if lines else "")
    numbers = {word.rstrip("s"): int(number) for number, word in words}
    failed = numbers.get("failed", 0) + numbers.get("error", 0) + numbers.get("xpassed", 0)
    return numbers.get("passed", 0), failed, numbers.get("skipped", 0) + numbers.get("xfailed", 0)


def node(output: str) -> tuple[int, int, int]:
    """The summary of `node --test`, in the `spec` or the `tap` layout."""
    lines = re.findall(r"^\S (pass|fail|cancelled|skipped|todo) (\d+)$", output, re.MULTILINE)
    numbers = {word: int(number) for word, number in lines}
    failed = numbers.get("fail", 0) + numbers.get("cancelled", 0)
    return numbers.get("pass", 0), failed, numbers.get("skipped", 0) + numbers.get("todo", 0)


COUNTERS = {"cargo": cargo, "pytest": pytest, "node": node}


def report(step: Step, outcome: Outcome) -> None:
    mark = "FAILED" if outcome.failed else "ok"
    note = f"  {outcome.note}" if outcome.note else ""
    print(f"{mark:6}  {step.name:36} {outcome.seconds:6.1f} s{note}", flush=True)
    for line in dict.fromkeys(re.findall(r"NOT TESTED, .*", outcome.output)):
        print(f"{'!' * 100}\n{line}\n{'!' * 100}", flush=True)
    if outcome.failed and outcome.output:
        command = " ".join(map(str, step.command))
        print(f"\n$ {command}\n{outcome.output.rstrip()}\n", flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
