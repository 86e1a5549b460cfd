"""Check that didit-dev's packages work by themselves: installed in new places, and found there by the test helpers."""

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
from didit_client.testing import DiditDev
with DiditDev.start() as dev:
    assert dev.credentials().api_key.startswith("sk_test_")
"""
USE_NODE = """
const { DiditDev } = require(process.argv[1]);
DiditDev.start().then((dev) => dev.stop());
"""


def main() -> None:
    subprocess.run([sys.executable, ROOT / "dev" / "pack.py"], check=True)
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
