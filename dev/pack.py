"""`make packages-dev`: packs didit-dev as a wheel and as an npm package, into .build/packages, and measures both."""

import json
import os
import shutil
import subprocess
import sys
import sysconfig
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ROOT / ".build" / "packages"
PROGRAM = ROOT / "target" / "release" / "didit-dev"
MOST_BYTES = 4_000_000


def main() -> int:
    shutil.rmtree(PACKAGES, ignore_errors=True)
    PACKAGES.mkdir(parents=True)
    made = [wheel(), npm()]
    for package in made:
        print(f"{package.relative_to(ROOT)}  {package.stat().st_size:,} bytes")
    large = [package.name for package in made if package.stat().st_size > MOST_BYTES]
    if large:
        print(f"larger than {MOST_BYTES:,} bytes: {', '.join(large)}", file=sys.stderr)
    return 1 if large else 0


def wheel() -> Path:
    """A wheel whose only content is the program, for any Python on this platform."""
    command = [
        Path(sysconfig.get_path("scripts")) / "maturin",
        "build",
        "--release",
        "--locked",
        "--quiet",
        "--compression-level=9",
    ]
    subprocess.run([*command, "--manifest-path=dev/Cargo.toml", f"--out={PACKAGES}"], cwd=ROOT, check=True)
    return next(PACKAGES.glob("*.whl"))


def npm() -> Path:
    """A package with a launcher and the program of this platform."""
    folder = ROOT / ".build" / "npm-didit-dev"
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(ROOT / "dev" / "npm", folder)
    for name in ("README.md", "LICENSE-APACHE", "LICENSE-MIT"):
        shutil.copy(ROOT / "dev" / name, folder / name)
    version = tomllib.loads((ROOT / "Cargo.toml").read_text())["workspace"]["package"]["version"]
    if json.loads((folder / "package.json").read_text())["version"] != version:
        raise SystemExit(f"dev/npm/package.json and Cargo.toml ({version}) name different versions")
    asked = "process.platform + '-' + process.arch + (process.platform === 'win32' ? '.exe' : '')"
    platform = subprocess.run(["node", "-p", asked], capture_output=True, text=True, check=True).stdout.strip()
    (folder / "native").mkdir()
    program = folder / "native" / f"didit-dev-{platform}"
    shutil.copy(PROGRAM, program)
    program.chmod(0o755)
    command = ["npm", "pack", "--json", f"--pack-destination={PACKAGES}"]
    environment = {**os.environ, "npm_config_loglevel": "error"}
    packed = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True, env=environment)
    return PACKAGES / json.loads(packed.stdout)[0]["filename"]


if __name__ == "__main__":
    sys.exit(main())
