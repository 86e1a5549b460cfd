"""Run the tests of examples/express-redis with a real Redis, then `npm start`, and send it deliveries."""

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

EXAMPLE = ROOT / "examples" / "express-redis"
SECRET = "the-secret-of-the-example"
NPM = ["npm", "--loglevel=error", "--silent"]


def main() -> None:
    try:
        with databases.redis() as url:
            test(url)
    except databases.Missing as missing:
        message = f"NOT TESTED, FOR WANT OF A SERVER: examples/express-redis: {missing}"
        if os.environ.get("CI"):
            sys.exit(message)
        print(message)


def test(url: str) -> None:
    environment = {"REDIS_URL": url, "DIDIT_API_KEY": "key", "DIDIT_WORKFLOW_ID": "workflow"}
    if status := subprocess.run([*NPM, "test"], cwd=EXAMPLE, env={**os.environ, "REDIS_URL": url}).returncode:
        sys.exit(status)
    secret = {"DIDIT_WEBHOOK_SECRET": SECRET}
    with servers.Server("Express and Redis example", [*NPM, "start"], {**environment, **secret}, EXAMPLE) as server:
        payload = deliveries.fresh()
        for key, expected in ((SECRET, 200), (SECRET, 200), ("another", 401)):
            headers = servers.as_pairs(signer.headers(payload, key))
            status, answer = server.send("/api/webhook", signer.wire(payload), headers)
            if status != expected:
                sys.exit(f"expected {expected}, and got {status} {answer!r}\n{server.log()}")
    for missing in ({"DIDIT_WEBHOOK_SECRET": ""}, {**secret, "REDIS_URL": "redis://127.0.0.1:1/0"}):
        try:
            with servers.Server("a half", [*NPM, "start"], {**environment, **missing}, EXAMPLE):
                sys.exit(f"it starts with {sorted(missing)}")
        except servers.ServerError as stopped:
            if not any(said in str(stopped) for said in ("missing_secret", "ECONNREFUSED")):
                sys.exit(str(stopped))


if __name__ == "__main__":
    main()
