"""The three faces of the library, asked the same questions.

A question is a list of fields:

    c  BODY                                                               canonicalize, and once more with strict
    v  BODY NOW SCHEMES MAX_AGE MAX_FUTURE HEADER_TIMESTAMP MAX_BODY
       ENVIRONMENTS NUMBER-OF-SECRETS SECRET... (NAME VALUE)...           verify
    p  the same                                                           parse the body, then verify_parsed

An answer is `=` and the result, or `!` and the error's code, one field for each call.
"""

import json
import subprocess
from pathlib import Path

import frames

ROOT = Path(__file__).resolve().parents[2]
Question = list[bytes]
Answer = list[bytes]


class PythonFace:
    name = "Python"

    def __init__(self) -> None:
        import didit_client

        self._client = didit_client

    def ask(self, questions: list[Question]) -> list[Answer]:
        return [self._answer(question) for question in questions]

    def close(self) -> None:
        pass

    def _answer(self, question: Question) -> Answer:
        kind, body, *rest = question
        if kind == b"c":
            return [self._canonicalize(body, strict) for strict in (False, True)]
        try:
            return [self._verify(kind, body, rest)]
        except self._client.DiditError as error:
            return [b"!" + error.code.encode()]
        except Exception as error:
            return [f"!raised {type(error).__name__}".encode()]

    def _canonicalize(self, body: bytes, strict: bool) -> bytes:
        try:
            return b"=" + self._client.canonicalize(body, strict=strict)
        except self._client.DiditError as error:
            return b"!" + error.code.encode()

    def _verify(self, kind: bytes, body: bytes, fields: list[bytes]) -> bytes:
        now, schemes, max_age, max_future, header_timestamp, max_body, environments, secrets, *rest = fields
        names = tuple(environments.decode().split(",")) if environments else None
        verifier = self._client.Verifier(
            rest[: int(secrets)],
            schemes=tuple(schemes.decode().split(",")),
            max_age=int(max_age),
            max_future=int(max_future),
            header_timestamp=header_timestamp.decode(),
            max_body=int(max_body),
            environments=names,
        )
        pairs = rest[int(secrets) :]
        headers = list(zip(pairs[::2], pairs[1::2], strict=True))
        if kind == b"p":
            verified = verifier.verify_parsed(json.loads(body), headers, now=int(now))
        else:
            verified = verifier.verify(body, headers, now=int(now))
        event = verified.event
        told = (verified.scheme, verified.covers, verified.secret_index, verified.signed_at, event.type, event.outcome)
        return b"=" + " ".join(map(str, told)).encode() + b"\n" + bytes(verified.bytes)


class ChildFace:
    """A face in a process of its own, which lives as long as the test."""

    def __init__(self, name: str, command: list[str | Path]) -> None:
        self.name = name
        self._process = subprocess.Popen(list(map(str, command)), stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def ask(self, questions: list[Question]) -> list[Answer]:
        assert self._process.stdin and self._process.stdout
        try:
            # The child reads a whole frame before it answers, so the two pipes cannot block each other.
            self._process.stdin.write(frames.pack(questions))
            self._process.stdin.flush()
            answers: list[Answer] = frames.read(self._process.stdout)
        except (BrokenPipeError, EOFError):
            raise SystemExit(f"the {self.name} child ended with status {self._process.wait()}") from None
        return answers

    def close(self) -> None:
        assert self._process.stdin
        self._process.stdin.close()
        self._process.wait(10)


def node() -> ChildFace:
    return ChildFace("Node", ["node", ROOT / "tests" / "parity" / "node.cjs"])


def rust() -> ChildFace:
    build = ["cargo", "build", "--quiet", "--package", "didit-core", "--example", "parity", "--message-format", "json"]
    built = subprocess.run(build, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    if built.returncode:
        raise SystemExit("the Rust child does not compile")
    artifacts = (json.loads(line) for line in built.stdout.splitlines())
    found = [artifact["executable"] for artifact in artifacts if artifact.get("target", {}).get("name") == "parity"]
    return ChildFace("Rust", [found[-1]])
