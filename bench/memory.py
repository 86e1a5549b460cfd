"""Does resident memory stay flat over many calls? Prints a table, and exits with 1 if it grows.

.venv/bin/python bench/memory.py [calls]    100,000 if nothing is said
"""

import asyncio
import contextlib
import gc
import os
import resource
import subprocess
import sys
from pathlib import Path

from didit_client import AsyncDidit, Didit, DiditError

HERE = Path(__file__).resolve().parent
PAGE = resource.getpagesize()
ID = "11111111-2222-3333-4444-555555555555"
# What an allocator's fragments may come to; a leak of 40 bytes in each of 100,000 calls is more.
ALLOWED = 4 << 20


def resident() -> int:
    """The resident set of this process, in bytes."""
    gc.collect()
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * PAGE


def threads() -> int:
    """How many threads this process has."""
    return len(os.listdir("/proc/self/task"))


def calls_in_turn(client: Didit, number: int) -> None:
    """Good answers, and every tenth an argument that is refused."""
    for turn in range(number):
        client.sessions.decision(ID)
        if turn % 10 == 0:
            with contextlib.suppress(DiditError):
                client.sessions.create(callback="/relative")


async def calls_together(client: AsyncDidit, number: int) -> None:
    """Sixty-four at once; every sixteenth is cancelled."""
    for turn in range(0, number, 64):
        tasks = [asyncio.create_task(client.sessions.decision(ID)) for _ in range(64)]
        await asyncio.sleep(0)
        for task in tasks[:: 16 if turn % 128 else 64]:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def main(number: int) -> int:
    """Warm up, call, and compare."""
    server = subprocess.Popen([sys.executable, HERE / "answering.py"], stdout=subprocess.PIPE, text=True)
    assert server.stdout
    settings = {"base_url": server.stdout.readline().strip(), "api_key": "k", "workflow_id": ID, "environment": {}}
    grew = False
    try:
        one, many = Didit(**settings), AsyncDidit(**settings)
        with asyncio.Runner() as runner:
            for name, run in (
                ("in turn", lambda count: calls_in_turn(one, count)),
                ("64 at once", lambda count: runner.run(calls_together(many, count))),
            ):
                run(max(number // 20, 640))
                before = resident()
                run(number)
                after = resident()
                grew |= after - before > ALLOWED
                size = f"{before / 1e6:.1f} MB before, {after / 1e6:.1f} MB after"
                print(f"{number} calls {name}: {size}, {threads()} threads")
    finally:
        server.kill()
        server.wait()
    return int(grew)


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000))
