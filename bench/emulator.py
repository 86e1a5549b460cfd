"""What didit-dev bears: sessions created and webhooks delivered in a second, and whether its memory stays flat."""

import pathlib
import re
import subprocess

RELEASE = pathlib.Path(__file__).resolve().parents[1] / "target" / "release"
STEP = re.compile(r"(\d+) delivered after [\d.]+ s, (\d+) MB")
RESULT = re.compile(r".*: (\d+) a second, (\d+) MB, \d+ µs of CPU for each")


def report(check, options):
    """Run the load, and print how it went and the goals."""
    total = 50_000 if options.quick else 200_000
    print(f"\ndidit-dev under load: {total:,} sessions, each with a webhook, both ends on this machine")
    command = [RELEASE / "examples" / "load", RELEASE / "didit-dev", str(total)]
    *steps, result = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
    print(*(f"  {line}" for line in (*steps, result)), sep="\n")
    speed, memory = map(int, RESULT.fullmatch(result).groups())
    check("didit-dev: sessions and webhooks a second", speed, 2000, at_least=True)
    # It keeps the newest 20,000 of each; when they are there, nothing may be added any more.
    full = next(
        megabytes for done, megabytes in (map(int, STEP.fullmatch(step).groups()) for step in steps) if done > 25_000
    )
    check("didit-dev: memory at the end / when it keeps all it may", memory / full, 1.1)
