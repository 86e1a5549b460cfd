"""Redis and PostgreSQL servers for the tests: real ones, on free ports, in temporary folders, without root.

    python3 tests/databases.py redis cluster postgres       start them, print {"redis": url, ...} in a line, and run
                                                            until stdin is closed

The programs are the machine's own, or Debian's packages unpacked into .tools/debian. Where neither can be had, tests
that need a server are skipped with a loud message; under CI they fail.
"""

import contextlib
import json
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from urllib.parse import urlsplit

ROOT = Path(__file__).resolve().parent.parent
UNPACKED = ROOT / ".tools" / "debian"
START_SECONDS = 60
PACKAGES = {
    "redis-server": (
        "redis-server redis-tools libjemalloc2 liblua5.1-0 liblzf1 lua-cjson lua-bitop libatomic1 libhiredis0.14"
    ),
    "postgres": "postgresql-15 postgresql-client-15 libpq5",
}


class Missing(Exception):
    """A server that this machine does not have and cannot get."""


def program(name: str) -> Path:
    """The path of a server's program, which is installed into this folder where the machine has none."""
    if found := find(name):
        return found
    unpack(PACKAGES[name].split())
    if found := find(name):
        return found
    raise Missing(f"there is no {name} on this machine, and Debian's packages of it could not be unpacked here")


def find(name: str) -> Path | None:
    if found := shutil.which(name):
        return Path(found).resolve()
    folders = [UNPACKED / "usr" / "bin"]
    for root in (Path("/"), UNPACKED):
        folders += sorted(root.glob("usr/lib/postgresql/*/bin"), reverse=True)
    return next((folder / name for folder in folders if (folder / name).exists()), None)


def unpack(packages: list[str]) -> None:
    UNPACKED.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, contextlib.suppress(OSError, subprocess.SubprocessError):
        quiet = {"cwd": folder, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "timeout": 300}
        subprocess.run(["apt-get", "download", *packages], check=True, **quiet)
        for package in Path(folder).glob("*.deb"):
            subprocess.run(["dpkg", "-x", str(package), str(UNPACKED)], check=True, **quiet)


def environment() -> dict[str, str]:
    libraries = [str(UNPACKED / "usr" / "lib" / f"{os.uname().machine}-linux-gnu")]
    libraries += filter(None, [os.environ.get("LD_LIBRARY_PATH")])
    return {**os.environ, "LD_LIBRARY_PATH": os.pathsep.join(libraries), "LC_ALL": "C"}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextlib.contextmanager
def redis(options: Sequence[str] = ()) -> Iterator[str]:
    """A Redis server; the value is its URL."""
    server = program("redis-server")
    with tempfile.TemporaryDirectory(prefix="didit-redis-") as folder:
        port = free_port()
        command = [server, "--port", port, "--bind", "127.0.0.1", "--dir", folder, "--save", "", "--appendonly", "no"]
        command += options
        with running(command, folder, lambda: says(port, b"PING\r\n", b"+PONG")):
            yield f"redis://127.0.0.1:{port}/0"


@contextlib.contextmanager
def cluster(options: Sequence[str] = ()) -> Iterator[str]:
    """A Redis cluster of three nodes, each with a third of the slots; the value is the URL of the first."""
    with contextlib.ExitStack() as stack:
        nodes = []
        for _ in range(3):
            # Of its own accord a node takes the port 10,000 above, which need not be one.
            bus = free_port()
            url = stack.enter_context(redis(["--cluster-enabled", "yes", "--cluster-port", str(bus), *options]))
            nodes.append((url, urlsplit(url).port or 0, bus))
        for at, (_, port, _) in enumerate(nodes):
            first, last = 16384 * at // 3, 16384 * (at + 1) // 3 - 1
            # Else the nodes give themselves other epochs some time, and a slot that has moved meanwhile goes back.
            expect(port, f"CLUSTER SET-CONFIG-EPOCH {at + 1}", b"+OK")
            expect(port, f"CLUSTER ADDSLOTSRANGE {first} {last}", b"+OK")
            for _, other, bus in nodes[:at]:
                expect(port, f"CLUSTER MEET 127.0.0.1 {other} {bus}", b"+OK")
        deadline = time.monotonic() + START_SECONDS
        while not all(b"cluster_state:ok" in ask(port, "CLUSTER INFO") for _, port, _ in nodes):
            if time.monotonic() > deadline:
                raise Missing("the nodes of a Redis cluster do not find each other")
            time.sleep(0.05)
        yield nodes[0][0]


def ask(port: int, command: str) -> bytes:
    """Return what a Redis server answers, as far as it comes at once."""
    with socket.create_connection(("127.0.0.1", port), timeout=START_SECONDS) as connection:
        connection.sendall(f"{command}\r\n".encode())
        return connection.recv(65_536)


def expect(port: int, command: str, answer: bytes) -> None:
    said = ask(port, command)
    if not said.startswith(answer):
        raise Missing(f"redis-server answers {said!r} to {command}")


@contextlib.contextmanager
def postgres() -> Iterator[str]:
    """A PostgreSQL server; the value is its URL."""
    server = program("postgres")
    folders = server.parent
    with tempfile.TemporaryDirectory(prefix="didit-postgres-") as folder:
        data, port = Path(folder) / "data", free_port()
        user = None
        if os.geteuid() == 0:
            # PostgreSQL refuses to run as root.
            user = "postgres" if any(entry.pw_name == "postgres" for entry in pwd.getpwall()) else "nobody"
            shutil.chown(folder, user)
        initialize = [folders / "initdb", "-D", data, "-U", "didit", "--auth=trust", "--no-sync", "-E", "UTF8"]
        done = subprocess.run(
            list(map(str, initialize)), cwd=folder, env=environment(), user=user, capture_output=True, text=True
        )
        if done.returncode:
            raise Missing(f"initdb failed: {done.stderr.strip()}")
        options = ["-c", "listen_addresses=127.0.0.1", "-c", f"unix_socket_directories={folder}", "-c", "fsync=off"]
        command = [server, "-D", data, "-p", port, *options]
        # The first byte of its answer to a request for TLS: it listens, and has no TLS.
        with running(command, folder, lambda: says(port, bytes([0, 0, 0, 8, 4, 210, 22, 47]), b"N"), user):
            yield f"postgresql://didit@127.0.0.1:{port}/postgres"


@contextlib.contextmanager
def running(command: list[object], folder: str, ready: Callable[[], bool], user: str | None = None) -> Iterator[None]:
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen(
            list(map(str, command)),
            cwd=folder,
            env=environment(),
            user=user,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            deadline = time.monotonic() + START_SECONDS
            while not ready():
                if process.poll() is not None or time.monotonic() > deadline:
                    log.seek(0)
                    raise Missing(f"{command[0]} does not run: {log.read().decode(errors='replace')[-2000:]}")
                time.sleep(0.05)
            yield
        finally:
            # PostgreSQL takes SIGINT for "now", Redis too.
            for name in (signal.SIGINT, signal.SIGKILL):
                if process.poll() is None:
                    process.send_signal(name)
                    with contextlib.suppress(subprocess.TimeoutExpired):
                        process.wait(10)


def says(port: int, question: bytes, answer: bytes) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1) as connection:
            connection.sendall(question)
            return connection.recv(16).startswith(answer)
    except OSError:
        return False


SERVERS = {"redis": redis, "cluster": cluster, "postgres": postgres}


def main(names: Sequence[str]) -> None:
    with contextlib.ExitStack() as stack:
        urls = {}
        for name in names:
            try:
                urls[name] = stack.enter_context(SERVERS[name]())
            except Missing as missing:
                urls[f"no {name}"] = str(missing)
        print(json.dumps(urls), flush=True)
        sys.stdin.read()


if __name__ == "__main__":
    main(sys.argv[1:])
