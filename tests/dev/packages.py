"""Check that didit-dev's packages are small, and work by themselves in new places, where the test helpers find them."""

import os
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
USE = """
import sys
sys.path.append(sys.argv[1])
import json
import urllib.request
from didit_client.testing import DiditDev
with DiditDev.start() as dev:
    key = dev.credentials().api_key
    assert key.startswith("sk_test_")
    headers = {"x-api-key": key, "content-type": "application/json"}
    body = json.dumps({"workflow_id": dev.credentials().workflow_id}).encode()
    asked = urllib.request.Request(dev.base_url + "/v3/session/", body, headers)
    session = json.load(urllib.request.urlopen(asked))
    # Nothing lies beside the program: the page and the inspector are in it.
    for url, text in ((session["url"], "This is not Didit"), (dev.base_url + "/_dev", "inspector.js")):
        page = urllib.request.urlopen(url).read().decode()
        assert text in page, url
"""
USE_NODE = """
const { DiditDev } = require(process.argv[1]);
DiditDev.start().then((dev) => dev.stop());
"""


def main() -> None:
    # It fails where a package is too large.
    run([sys.executable, ROOT / "dev" / "pack.py"], ROOT, dict(os.environ))
    packages = ROOT / ".build" / "packages"
    wheel, tarball = next(packages.glob("*.whl")), next(packages.glob("*.tgz"))
    # Neither the variable nor the PATH may help.
    environment = {name: value for name, value in os.environ.items() if name != "DIDIT_DEV"}
    with tempfile.TemporaryDirectory(prefix="didit-dev-packages-") as name:
        folder = Path(name)
        venv.create(folder / "venv", with_pip=True)
        python = folder / "venv" / "bin" / "python"
        run([python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", wheel], folder, environment)
        run([folder / "venv" / "bin" / "didit-dev", "--version"], folder, environment)
        run([python, "-c", USE, ROOT / "bindings-python"], folder, environment)

        (folder / "package.json").write_text("{}")
        run(["npm", "install", "--no-audit", "--no-fund", "--loglevel=error", tarball], folder, environment)
        run(["npx", "--no-install", "didit-dev", "--version"], folder, environment)
        run(["node", "-e", USE_NODE, ROOT / "bindings-node" / "dist" / "testing"], folder, environment)
        refused = subprocess.run(["npx", "--no-install", "didit-dev", "nonsense"], cwd=folder, capture_output=True)
        if refused.returncode != 2:
            sys.exit(f"the launcher ended with {refused.returncode} where the program ends with 2")


def run(command: list[str | Path], folder: Path, environment: dict[str, str]) -> None:
    status = subprocess.run(command, cwd=folder, env=environment).returncode
    if status:
        sys.exit(f"{' '.join(map(str, command))}: {status}")


if __name__ == "__main__":
    main()
