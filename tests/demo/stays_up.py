"""Check `make demo-ui`: it prints addresses that work, stays up, and ends clean on Ctrl-C."""

import http.client
import json
import re
import signal
import socket
import subprocess
import sys
from urllib.parse import urlsplit

from servers import PYTHON, ROOT

SECONDS = 90


def main() -> None:
    command = [PYTHON, ROOT / "tests" / "demo" / "demo.py", "--ui"]
    # As at a terminal: what is started in the background by a shell is deaf to SIGINT.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, start_new_session=True)
    try:
        said = ""
        # What hangs is stopped by the step's own limit of time.
        while "Ctrl-C ends everything." not in said:
            line = process.stdout.readline()
            if not line:
                raise SystemExit(f"it ended with {process.wait()} and said:\n{said}")
            said += line
        urls = re.findall(r"http://\S+", said)
        hosts = [urlsplit(url).netloc for url in urls]
        for host in hosts[:2]:
            status, page = ask(host, "GET", "/")
            check(status == 200 and "Verify me" in page, f"{host} answered {status}")
            status, answer = ask(host, "POST", "/api/verify", '{"user_id":"user-123"}')
            session = urlsplit(json.loads(answer)["verification_url"])
            check(session.netloc == hosts[2], f"the verification is at {session.netloc}")
            check(ask(session.netloc, "GET", session.path)[0] == 200, "there is no page for the person")
        check(ask(hosts[2], "GET", "/_dev/status")[0] == 200, "the control API does not answer")
        # Twice, as under make, which hands on what the whole group was sent.
        process.send_signal(signal.SIGTERM)
        process.send_signal(signal.SIGINT)
        check(process.wait(SECONDS) == 0, f"it ended with {process.returncode}")
        for host in hosts:
            name, _, port = host.partition(":")
            with socket.socket() as probe:
                check(probe.connect_ex((name, int(port))) != 0, f"{host} is still up")
    finally:
        if process.poll() is None:
            process.kill()
    print(f"{len(urls)} addresses worked, and went")


def ask(host: str, method: str, path: str, body: str | None = None) -> tuple[int, str]:
    connection = http.client.HTTPConnection(host, timeout=15)
    connection.request(method, path, body, {"Content-Type": "application/json"})
    response = connection.getresponse()
    text = response.read().decode()
    connection.close()
    return response.status, text


def check(right: bool, wrong: str) -> None:
    if not right:
        sys.exit(wrong)


if __name__ == "__main__":
    main()
