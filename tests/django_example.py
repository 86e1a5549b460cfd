"""Run the tests of examples/django with a real PostgreSQL, then its start.sh, and send it deliveries."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "tests" / "demo")]

import databases  # noqa: E402
import deliveries  # noqa: E402
import servers  # noqa: E402
import signer  # noqa: E402

EXAMPLE = ROOT / "examples" / "django"
SECRET = "the-secret-of-the-example"
FAILED = "from didit_client.django.store import DjangoStore as S; S().release(S().claim('didit', 'e-failed'))"


def main() -> None:
    try:
        with databases.postgres() as url:
            test(url)
    except databases.Missing as missing:
        message = f"NOT TESTED, FOR WANT OF A SERVER: examples/django: {missing}"
        if os.environ.get("CI"):
            sys.exit(message)
        print(message)


def test(url: str) -> None:
    path = os.pathsep.join([str(servers.PYTHON.parent), os.environ["PATH"]])
    environment = {"DATABASE_URL": url, "DIDIT_WEBHOOK_SECRET": SECRET, "PATH": path}
    environment["DIDIT_DEV"] = str(ROOT / "target" / "release" / "didit-dev")
    for arguments in (["makemigrations", "--check"], ["test"]):
        command = [servers.PYTHON, "manage.py", *arguments]
        if status := subprocess.run(command, cwd=EXAMPLE, env={**os.environ, **environment}).returncode:
            sys.exit(status)
    # What a mistake has left undone does not keep the mended version from starting.
    for arguments in (["migrate", "--verbosity=0"], ["shell", "--verbosity=0", "-c", FAILED]):
        subprocess.run(
            [servers.PYTHON, "manage.py", *arguments], cwd=EXAMPLE, env={**os.environ, **environment}, check=True
        )
    with servers.Server("Django example", ["sh", "start.sh"], environment, EXAMPLE) as server:
        for secret, expected in ((SECRET, 200), ("another", 401)):
            payload = deliveries.fresh()
            headers = servers.as_pairs(signer.headers(payload, secret))
            status, answer = server.send("/webhooks/didit/", signer.wire(payload), headers)
            if status != expected:
                sys.exit(f"expected {expected}, and got {status} {answer!r}\n{server.log()}")
        if "1 events failed and were not done since" not in (log := server.log(1000)):
            sys.exit(f"didit_check does not name the event that failed\n{log}")
    try:
        with servers.Server(
            "without a secret", ["sh", "start.sh"], {**environment, "DIDIT_WEBHOOK_SECRET": ""}, EXAMPLE
        ):
            sys.exit("it starts without a secret")
    except servers.ServerError as stopped:
        if "didit.E002" not in str(stopped):
            sys.exit(str(stopped))


if __name__ == "__main__":
    main()
