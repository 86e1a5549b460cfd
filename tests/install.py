"""Check that `pip install .` works by itself: into a new virtual environment, and used from another folder."""

import shutil
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
USE = """
from pathlib import Path
import didit_client
from didit_client import Verifier, sign

body = b'{"status":"Approved","timestamp":1774970000,"webhook_type":"status.updated"}'
event = Verifier("secret").verify(body, sign(body, "secret"), now=1774970000).event
assert event.outcome == "granted"
package = Path(didit_client.__file__).parent
assert "site-packages" in package.parts, package
assert (package / "py.typed").exists()
assert len(list(package.glob("_native*.so")) + list(package.glob("_native*.pyd"))) == 1, list(package.iterdir())
"""


def main() -> None:
    folder = Path(tempfile.mkdtemp(prefix="didit-client-install-"))
    try:
        venv.create(folder / "venv", with_pip=True)
        python = folder / "venv" / "bin" / "python"
        install = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", ROOT]
        for command in (install, [python, "-c", USE]):
            status = subprocess.run(command, cwd=folder).returncode
            if status:
                sys.exit(status)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
