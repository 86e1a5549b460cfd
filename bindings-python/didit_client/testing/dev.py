"""didit-dev, the emulator of the whole service, for the time of a test."""

from __future__ import annotations

import atexit
import json
import os
import shutil
import subprocess
import sysconfig
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from .control import Control, Credentials

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Self

__all__ = ["DiditDev", "DiditDevError"]

# A key of a real account in the environment is nothing for an emulator.
_NOT_PASSED_ON = ("DIDIT_API_KEY", "DIDIT_WORKFLOW_ID", "DIDIT_WEBHOOK_SECRET")


class DiditDevError(Exception):
    """didit-dev was not found or did not start; the text says what to do."""


class DiditDev(Control):
    """A running didit-dev. Make one with `DiditDev.start`, in a `with` statement or with `stop` at the end."""

    def __new__(cls, *given: object, **named: object) -> Self:
        """Say how one is made, where nothing has been started."""
        if not given and not named:
            raise TypeError(f"{cls.__name__} holds what was started: with {cls.__name__}.start() as dev: ...")
        return super().__new__(cls)

    def __init__(self, process: subprocess.Popen[bytes], ready: dict[str, str], folder: str) -> None:
        """Hold what `start` has started."""
        super().__init__(ready["base_url"])
        self.account_url: str = ready["account_url"]
        """The account host: `register`, `login`, the V1 token."""
        self.api_key: str = ready["api_key"]
        self.workflow_id: str = ready["workflow_id"]
        self.webhook_secret: str = ready["webhook_secret"]
        """Signs for the destinations that `add_destination` makes."""
        self.application_id: str = ready["application_id"]
        self.organization_id: str = ready["organization_id"]
        self._credentials = Credentials(**{name: ready[name] for name in Credentials.__dataclass_fields__})
        self._process = process
        self._folder = folder
        atexit.register(self.stop)

    @classmethod
    def start(
        cls,
        binary: str | os.PathLike[str] | None = None,
        *,
        webhook_secret: str | bytes | None = None,
        arguments: Sequence[str] = (),
        timeout: float = 30.0,
    ) -> Self:
        """Start `didit-dev serve` on a free port of this machine, with its state in memory.

        Args:
            binary: the program; None takes what `DIDIT_DEV` names, or else the `didit-dev` on the PATH, or that of
                the installed package didit-dev.
            webhook_secret: what signs the deliveries; None lets didit-dev invent one.
            arguments: further options of `didit-dev serve`, such as `["--environment", "live", "--seed", "1"]`.
            timeout: seconds until it has to answer.

        Raises:
            DiditDevError: there is no such program, or it did not start.
        """
        if isinstance(arguments, str | bytes):
            raise TypeError("arguments must be a list of options, such as ['--environment', 'live'], not one text")
        program = _find(binary)
        environment = {name: value for name, value in os.environ.items() if name not in _NOT_PASSED_ON}
        if webhook_secret is not None:
            secret = webhook_secret.decode() if isinstance(webhook_secret, bytes) else webhook_secret
            environment["DIDIT_WEBHOOK_SECRET"] = secret
        folder = tempfile.mkdtemp(prefix="didit-dev-")
        ready, log = Path(folder, "ready.json"), Path(folder, "log")
        command = [program, "serve", "--port=0", f"--ready-file={ready}", "--log=warn", *arguments]
        try:
            with log.open("wb") as output:
                process = subprocess.Popen(  # noqa: S603 (the program that the developer chose)
                    command, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=output
                )
        except OSError as error:
            shutil.rmtree(folder, ignore_errors=True)
            raise DiditDevError(f"{program} cannot be started: {error.strerror}") from None
        try:
            deadline = time.monotonic() + timeout
            while not ready.exists():
                status = process.poll()
                if status is not None:
                    raise DiditDevError(f"{program} ended with status {status}:\n{_end_of(log)}")
                if time.monotonic() > deadline:
                    raise DiditDevError(f"{program} was not ready within {timeout} s:\n{_end_of(log)}")
                time.sleep(0.01)
            return cls(process, json.loads(ready.read_text(encoding="utf-8")), folder)
        except BaseException:
            process.kill()
            process.wait()
            shutil.rmtree(folder, ignore_errors=True)
            raise

    @property
    def environment(self) -> dict[str, str]:
        """The environment variables that an application needs, for `os.environ`, `monkeypatch` or a child process."""
        return {
            "DIDIT_BASE_URL": self.base_url,
            "DIDIT_ACCOUNT_URL": self.account_url,
            "DIDIT_API_KEY": self.api_key,
            "DIDIT_WORKFLOW_ID": self.workflow_id,
            "DIDIT_WEBHOOK_SECRET": self.webhook_secret,
        }

    def credentials(self) -> Credentials:
        """The first application's credentials, all of them."""
        return self._credentials

    def log(self) -> str:
        """The end of what it has warned of."""
        return _end_of(Path(self._folder, "log"))

    def stop(self) -> None:
        """End it. A second time does nothing."""
        atexit.unregister(self.stop)
        self._process.terminate()
        try:
            # It finishes the answers that it has begun, which may wait for somebody who reads slowly.
            self._process.wait(5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        shutil.rmtree(self._folder, ignore_errors=True)

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Stop it."""
        self.stop()

    def __repr__(self) -> str:
        """Show the address, and no key."""
        return f"DiditDev({self.base_url!r})"


def _find(binary: str | os.PathLike[str] | None) -> str:
    """The program: as given, from the environment, on the PATH, or beside this interpreter."""
    for source, named in (("binary", binary), ("DIDIT_DEV", os.environ.get("DIDIT_DEV"))):
        if named:
            found = shutil.which(os.fspath(named))
            if found is None:
                raise DiditDevError(f"{source} names {os.fspath(named)!r}, which is no program")
            return found
    # A virtual environment that is not activated is not on the PATH.
    found = shutil.which("didit-dev") or shutil.which("didit-dev", path=sysconfig.get_path("scripts"))
    if found is None:
        raise DiditDevError(
            "didit-dev was not found: install the package didit-dev, put the program on the PATH, "
            "or name it in the variable DIDIT_DEV"
        )
    return found


def _end_of(log: Path) -> str:
    try:
        return "\n".join(log.read_text(encoding="utf-8", errors="replace").splitlines()[-20:])
    except OSError:
        return ""
