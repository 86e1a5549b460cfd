"""The client and the threads beside the server's where gevent has patched the standard library.

Always in processes of their own, because what is patched stays patched.
"""

import subprocess
import sys
import textwrap
import time

import pytest

from api_server import SESSION, Answer, Request, serving
from test_api_process import environment

BEGIN = """
from gevent import monkey
monkey.patch_all()
import os, threading, time
import gevent
from didit_client import AsyncDidit, Didit
client = Didit(timeout=60)
"""


def run(url: str, code: str) -> str:
    command = [sys.executable, "-X", "faulthandler", "-c", BEGIN + textwrap.dedent(code)]
    done = subprocess.run(command, env=environment(url), capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.strip()


def test_other_greenlets_go_on_while_calls_are_under_way() -> None:
    """The answers come only when all calls are there at once, each of which is made by a greenlet of its own."""
    code = """
    def read(number):
        return client.sessions.decision(f"n-{number}").status
    greenlets = [gevent.spawn(read, number) for number in range(20)]
    gevent.joinall(greenlets, raise_error=True)
    print(*[greenlet.value for greenlet in greenlets])
    """
    with serving() as api:

        def together(request: Request) -> Answer:
            while api.most_open < 20 and not api.stop.wait(0.01):
                pass
            return Answer(SESSION | {"status": request.path.split("/")[3]})

        api.respond = together
        assert run(api.url, code) == " ".join(f"n-{number}" for number in range(20))


def test_a_call_that_is_given_up_ends() -> None:
    """With `gevent.Timeout`, or by killing the greenlet: the request itself ends, and its connection with it."""
    code = """
    import sys, traceback
    def read():
        try:
            client.sessions.decision("x")
        except BaseException as raised:
            modules = {frame.f_globals["__name__"] for frame, _ in traceback.walk_tb(raised.__traceback__)}
            print(type(raised).__name__, *(name for name in modules if not name.startswith("gevent")))
    for reason in gevent.Timeout, gevent.GreenletExit:
        greenlet = gevent.spawn(read)
        gevent.get_hub().threadpool.apply(sys.stdin.readline)
        greenlet.kill(reason)
    sys.stdout.flush()
    # So that none of them ends with the program.
    sys.stdin.read()
    """
    with serving(lambda _: Answer(SESSION, delay=60)) as api:
        command = [sys.executable, "-c", BEGIN + textwrap.dedent(code)]
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
        with subprocess.Popen(command, env=environment(api.url), **pipes) as process:
            try:
                for number in (1, 2):
                    while len(api.requests) < number and process.poll() is None:
                        time.sleep(0.01)
                    process.stdin.write("\n")
                    process.stdin.flush()
                    assert api.hung_up.acquire(timeout=30)
                out, err = process.communicate("", timeout=30)
            finally:
                process.kill()
    assert (process.returncode, err) == (0, "")
    assert out.splitlines() == ["Timeout __main__", "GreenletExit __main__"]


def test_errors_hooks_context_and_forks() -> None:
    """What a call does on another thread is seen as if it were made on the caller's."""
    code = """
    import contextvars
    from didit_client import ApiError
    request = contextvars.ContextVar("request")
    seen = []
    client = Didit(before_attempt=lambda attempt: seen.append((attempt.operation, request.get())), max_retries=0)
    def read(name):
        request.set(name)
        try:
            client.sessions.decision(name)
        except ApiError as error:
            assert error.__traceback__.tb_next is None, "frames of the package are left"
            return error.code
    print(gevent.spawn(read, "one").get(), gevent.spawn(read, "two").get(), seen)
    child = os.fork()
    if not child:
        print(gevent.spawn(read, "child").get(), seen[-1], flush=True)
        os._exit(0)
    print(os.waitpid(child, 0)[1])
    """
    with serving(lambda _: Answer({"detail": "gone"}, status=404)) as api:
        out = run(api.url, code)
    told = "('sessions.decision', 'one'), ('sessions.decision', 'two')"
    child = "not_found ('sessions.decision', 'child')"
    assert sorted(out.splitlines()) == sorted([f"not_found not_found [{told}]", child, "0"])


def test_a_call_on_a_thread_of_the_pool_of_gevent() -> None:
    """Programs that care for it themselves, and threads that have no hub."""
    code = """
    print(gevent.get_hub().threadpool.apply(client.sessions.decision, ("x",)).status)
    print(client.with_options(timeout=5).sessions.decision("y").status, len(list(client.sessions.list())))
    """
    with serving(lambda _: Answer(SESSION | {"status": "Approved", "results": []})) as api:
        assert run(api.url, code).split() == ["Approved", "Approved", "0"]


def test_the_program_ends_while_calls_and_handlers_are_under_way() -> None:
    """A call that nobody waits for ends with the program; a handler is waited for, and with it the call it makes."""
    code = """
    from didit_client._beside import Beside
    beside = Beside()
    for _ in range(5):
        beside.begin(int).wait(1)
    gevent.spawn(client.sessions.decision, "x")
    def handler():
        begun.set()
        print(client.sessions.decision("y").status, flush=True)
    begun = threading.Event()
    beside.begin(handler)
    begun.wait()
    """
    with serving(
        lambda request: Answer(SESSION | {"status": "done"}, delay=0.5 if "/y/" in request.path else 60)
    ) as api:
        assert run(api.url, code) == "done"


def test_claims_are_renewed_while_their_handlers_wait() -> None:
    code = """
    from didit_client.receiver import Receiver
    from didit_client.store import MemoryStore
    from didit_client import sign
    import logging
    logging.getLogger("didit_client").setLevel(logging.ERROR)
    body = b'{"event_id":"e","webhook_type":"status.updated","timestamp":%d}' % time.time()
    class Seen(MemoryStore):
        renewed = 0
        def renew(self, claim):
            self.renewed += 1
            return super().renew(claim)
    store = Seen(lease=1.2)
    receiver, over = Receiver("secret", store=store), threading.Event()
    headers = sign(body, "secret")
    running = gevent.spawn(receiver.run, receiver.authenticate(body, headers), lambda _: over.wait())
    # Longer than the lease that it began with.
    while store.renewed < 4:
        gevent.sleep(0.01)
    print(receiver.run(receiver.authenticate(body, headers), print).name)
    over.set()
    print(running.get().name, receiver.run(receiver.authenticate(body, headers), print).name)
    """
    assert run("http://127.0.0.1:9", code).split() == ["in_flight", "done", "duplicate"]


@pytest.mark.parametrize("before", ["", "gevent.spawn(client.sessions.decision, 'x').get()"])
def test_a_call_of_an_exit_handler(before: str) -> None:
    """When there are no new threads any more."""
    code = f"""
    import atexit
    atexit.register(lambda: print(client.sessions.decision("x").status))
    {before}
    """
    with serving(Answer(SESSION)) as api:
        assert run(api.url, code) == SESSION["status"]


def test_a_call_where_no_thread_can_be_started() -> None:
    """Which is made once, also when there is a thread again that finds it in the queue."""
    code = """
    import gevent.threadpool
    begin = gevent.threadpool.start_new_thread
    def refuse(*_):
        raise RuntimeError("can't start new thread")
    gevent.threadpool.start_new_thread = refuse
    print(client.sessions.decision("x").status)
    gevent.threadpool.start_new_thread = begin
    print(client.sessions.decision("y").status)
    """
    with serving(Answer(SESSION | {"status": "Approved"})) as api:
        assert run(api.url, code).split() == ["Approved", "Approved"]
        assert [request.path.split("/")[3] for request in api.requests] == ["x", "y"]
