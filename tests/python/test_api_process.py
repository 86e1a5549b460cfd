"""Clients beside fork, Ctrl-C, threads and the end of the interpreter: always in processes of their own."""

import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from api_clients import KEY, SESSION_ID, WORKFLOW, client_of
from api_server import APPROVED, SESSION, Answer, Request, serving

# A shell that runs the tests in the background makes them, and what they start, deaf to SIGINT.
BEGIN = f"""
import os, signal, sys, threading, time
signal.signal(signal.SIGINT, signal.default_int_handler)
from didit_client import AsyncDidit, Didit
ID = {SESSION_ID!r}
client = Didit(timeout=60)
"""
# From 3.12 on CPython warns of any fork beside threads, whatever they do; whether the child works is what is tested.
FORKS_BESIDE_THREADS = """
import warnings
warnings.filterwarnings("ignore", "This process .* is multi-threaded", DeprecationWarning)
"""


def environment(url: str) -> dict[str, str]:
    own = {name: value for name, value in os.environ.items() if not name.startswith("DIDIT_")}
    return {**own, "DIDIT_BASE_URL": url, "DIDIT_API_KEY": KEY, "DIDIT_WORKFLOW_ID": WORKFLOW}


@contextmanager
def started(url: str, code: str) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-X", "faulthandler", "-c", BEGIN + textwrap.dedent(code)]
    with subprocess.Popen(
        command, env=environment(url), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def run(url: str, code: str) -> str:
    with started(url, code) as process:
        out, err = process.communicate(timeout=60)
        assert process.returncode == 0, err
    assert err == ""
    return out.strip()


def echo(request: Request) -> Answer:
    """Say whose request this is the answer to, and which connection it came over."""
    return Answer(SESSION | {"status": request.path.split("/")[3], "session_number": request.port}, delay=0.001)


def test_a_forked_process_shares_no_connection() -> None:
    """With a shared pool, the parent was handed bytes of the child's answer as its own."""
    code = """
    client.sessions.decision("warm-up")
    child = os.fork()
    name = "parent" if child else "child"
    ports, wrong = set(), 0
    for number in range(150):
        answer = client.sessions.decision(f"{name}-{number}")
        ports.add(answer.session_number)
        wrong += answer.status != f"{name}-{number}"
    # In one piece: both processes write, and print writes the end of a line for itself where nothing is buffered.
    os.write(1, (" ".join(map(str, [name, wrong, *sorted(ports)])) + os.linesep).encode())
    if child:
        os.waitpid(child, 0)
    else:
        os._exit(0)
    """
    with serving(echo) as api:
        lines = sorted(run(api.url, code).splitlines())
    (child, child_wrong, *child_ports), (parent, parent_wrong, *parent_ports) = (line.split() for line in lines)
    assert (child, child_wrong, parent, parent_wrong) == ("child", "0", "parent", "0")
    assert not set(child_ports) & set(parent_ports)
    # Both keep their connections.
    assert len(child_ports) == len(parent_ports) == 1


def test_a_fork_while_other_threads_call() -> None:
    """Whatever lock a thread of the parent holds at that moment, the child does not wait for it."""
    code = """
    # So that no thread is in the middle of an import, which Python itself cannot fork in.
    client.sessions
    def work():
        while not over.is_set():
            client.sessions.decision("x")
    over = threading.Event()
    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads: thread.start()
    failed = 0
    for number in range(20):
        child = os.fork()
        if not child:
            ok = client.sessions.decision(f"child-{number}").status == f"child-{number}"
            os._exit(0 if ok else 1)
        failed += os.waitpid(child, 0)[1] != 0
    over.set()
    for thread in threads: thread.join()
    print(failed)
    """
    with serving(echo) as api:
        assert run(api.url, FORKS_BESIDE_THREADS + textwrap.dedent(code)) == "0"


def test_an_async_client_in_a_forked_process() -> None:
    code = """
    import asyncio
    client = AsyncDidit()
    async def main(name):
        found = await asyncio.gather(*(client.sessions.decision(f"{name}-{n}") for n in range(8)))
        return [answer.status for answer in found] == [f"{name}-{n}" for n in range(8)]
    assert asyncio.run(main("before"))
    child = os.fork()
    if not child:
        os._exit(0 if asyncio.run(main("child")) else 1)
    assert asyncio.run(main("parent"))
    print(os.waitpid(child, 0)[1])
    """
    with serving(echo) as api:
        assert run(api.url, FORKS_BESIDE_THREADS + textwrap.dedent(code)) == "0"


@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
def test_multiprocessing(method: str, tmp_path: Path) -> None:
    program = tmp_path / "program.py"
    program.write_text(
        textwrap.dedent(f"""
        import multiprocessing
        from didit_client import Didit
        client = Didit()
        def read(number):
            return client.sessions.decision(f"n-{{number}}").status
        if __name__ == "__main__":
            read(0)
            with multiprocessing.get_context({method!r}).Pool(4) as pool:
                assert pool.map(read, range(40)) == [f"n-{{number}}" for number in range(40)]
        """),
        encoding="utf-8",
    )
    with serving(echo) as api:
        done = subprocess.run(
            [sys.executable, program], env=environment(api.url), capture_output=True, text=True, timeout=60, check=False
        )
        assert (done.returncode, done.stderr) == (0, "")
        assert len(api.requests) == 41


def test_gunicorn_with_preload(tmp_path: Path) -> None:
    """The client is made, and used, before the workers are forked."""
    (tmp_path / "application.py").write_text(
        textwrap.dedent("""
        import os
        from didit_client import Didit
        client = Didit()
        client.sessions.decision("preload")
        def app(environ, start_response):
            name = f"{os.getpid()}-{environ['QUERY_STRING']}"
            status = client.sessions.decision(name).status
            start_response("200 OK", [("Content-Type", "text/plain")])
            return [f"{os.getpid()} {status == name}".encode()]
        """),
        encoding="utf-8",
    )
    with serving(echo) as api:
        gunicorn = [sys.executable, "-m", "gunicorn", "--preload", "--workers=3", "--threads=2", "--bind=127.0.0.1:0"]
        log = tmp_path / "log"
        with log.open("wb") as file:
            process = subprocess.Popen(
                [*gunicorn, "application:app"], cwd=tmp_path, env=environment(api.url), stderr=file
            )
        try:
            wait_for_requests(api, 1)
            address = listening(log)
            answers: list[str] = []

            def ask(number: int) -> None:
                for turn in range(20):
                    with urllib.request.urlopen(f"{address}/?{number}-{turn}", timeout=30) as answer:
                        answers.append(answer.read().decode())

            threads = [threading.Thread(target=ask, args=(number,)) for number in range(6)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
        finally:
            process.terminate()
            process.wait(20)
        assert len(answers) == 120
        assert all(answer.endswith(" True") for answer in answers)
        assert len({answer.split()[0] for answer in answers}) > 1
        ports = {request.path.split("/")[3].split("-")[0]: set() for request in api.requests}
        for request in api.requests:
            ports[request.path.split("/")[3].split("-")[0]].add(request.port)
        everything = [port for one in ports.values() for port in one]
        assert len(everything) == len(set(everything))


def listening(log: Path) -> str:
    end = time.monotonic() + 30
    while "Listening at" not in (text := log.read_text()):
        assert time.monotonic() < end, text
        time.sleep(0.02)
    return text.split("Listening at: ")[1].split()[0]


def wait_for_requests(api, number: int) -> None:
    end = time.monotonic() + 30
    while len(api.requests) < number:
        assert time.monotonic() < end
        time.sleep(0.005)


def test_ctrl_c_ends_a_call() -> None:
    code = """
    try:
        client.sessions.decision(ID)
    except KeyboardInterrupt:
        print("interrupted")
        # And the client goes on.
        print(client.with_options(timeout=30).sessions.decision("again").status)
    """
    answers = iter([Answer(SESSION, delay=60)])
    with serving(lambda request: next(answers, None) or echo(request)) as api:
        with started(api.url, code) as process:
            wait_for_requests(api, 1)
            process.send_signal(signal.SIGINT)
            # The server sees the end of the request, long before its answer would have come.
            assert api.hung_up.acquire(timeout=20)
            out, err = process.communicate(timeout=30)
        assert (out.split(), err) == (["interrupted", "again"], "")


def test_ctrl_c_ends_the_wait_before_a_retry() -> None:
    slow = Answer({}, 429, {"Retry-After": "50"})
    with serving(slow) as api, started(api.url, "client.sessions.decision(ID)") as process:
        wait_for_requests(api, 1)
        time.sleep(0.1)
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=20)
        assert err.rstrip().endswith("KeyboardInterrupt")
        assert process.returncode == -signal.SIGINT


def test_other_signal_handlers_run_during_a_call() -> None:
    code = """
    import signal
    signal.signal(signal.SIGUSR1, lambda *_: print("handled", flush=True))
    print(client.sessions.decision(ID).status)
    """
    gate = threading.Event()

    def respond(_: Request) -> Answer:
        gate.wait(30)
        return Answer(APPROVED)

    with serving(respond) as api, started(api.url, code) as process:
        wait_for_requests(api, 1)
        process.send_signal(signal.SIGUSR1)
        assert process.stdout
        assert process.stdout.readline() == "handled\n"
        gate.set()
        out, err = process.communicate(timeout=30)
        assert (out, err, process.returncode) == ("Approved\n", "", 0)


ENDINGS = {
    "daemon threads": """
    for _ in range(8):
        threading.Thread(target=client.sessions.decision, args=(ID,), daemon=True).start()
    """,
    "an async client": """
    import asyncio
    client = AsyncDidit(timeout=60)
    async def main():
        calls = [asyncio.create_task(client.sessions.decision(ID)) for _ in range(8)]
        await asyncio.sleep(0.5)
    asyncio.run(main())
    """,
    "an async client whose loop was dropped": """
    import asyncio
    client = AsyncDidit(timeout=60)
    loop = asyncio.new_event_loop()
    calls = [loop.create_task(client.sessions.decision(ID)) for _ in range(8)]
    loop.run_until_complete(asyncio.sleep(0.5))
    import warnings, logging
    logging.disable()
    """,
}


@pytest.mark.parametrize("name", ENDINGS)
def test_the_interpreter_ends_with_calls_pending(name: str) -> None:
    code = textwrap.dedent(ENDINGS[name]) + "\ntime.sleep(0.3)\nprint('end', flush=True)\n"
    with serving(Answer(SESSION, delay=60)) as api, started(api.url, code) as process:
        wait_for_requests(api, 8)
        out, err = process.communicate(timeout=30)
        assert (out, process.returncode) == ("end\n", 0), err
        assert "Fatal" not in err
        assert "Segmentation" not in err
        assert "Exception in thread" not in err
        for _ in range(8):
            assert api.hung_up.acquire(timeout=10)


def test_a_call_in_an_exit_handler() -> None:
    code = """
    import atexit
    def last():
        print(client.sessions.decision("last").status)
    atexit.register(last)
    """
    with serving(echo) as api:
        assert run(api.url, code) == "last"


def test_many_threads_share_a_client() -> None:
    with serving(echo) as api, client_of(api.url) as client:
        wrong: list[str] = []

        def work(number: int) -> None:
            for turn in range(40):
                name = f"{number}-{turn}"
                if client.sessions.decision(name).status != name:
                    wrong.append(name)

        threads = [threading.Thread(target=work, args=(number,)) for number in range(12)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert wrong == []
        assert len(api.requests) == 480


def test_other_threads_run_during_a_call() -> None:
    """The call gives up the GIL, however long it takes."""
    with serving(Answer(APPROVED, delay=0.3)) as api, client_of(api.url) as client:
        turns, over = 0, threading.Event()

        def count() -> None:
            nonlocal turns
            while not over.is_set():
                turns += 1
                time.sleep(0)

        thread = threading.Thread(target=count)
        thread.start()
        client.sessions.decision(SESSION_ID)
        over.set()
        thread.join()
        assert turns > 1000
