"""Write the stub of the native Python module, bindings-python/didit_client/_native.pyi, from the module itself.

python3 tests/stub.py            write it
python3 tests/stub.py --check    exit 1 if the committed stub differs from what would be written
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
STUB = Path("didit_client/_native.pyi")


def generated() -> str:
    """The stub of the module as it is now. maturin refuses to write over a committed one, hence the other folder."""
    with tempfile.TemporaryDirectory() as folder:
        command = [ROOT / ".venv/bin/maturin", "generate-stubs", "--quiet", "--features", "stubs", "--out", folder]
        environment = {**os.environ, "VIRTUAL_ENV": str(ROOT / ".venv")}
        subprocess.run(command, cwd=ROOT, env=environment, check=True)
        return (Path(folder) / STUB).read_text(encoding="utf-8")


def main() -> None:
    committed = ROOT / "bindings-python" / STUB
    if "--check" not in sys.argv[1:]:
        committed.write_text(generated(), encoding="utf-8")
    elif committed.read_text(encoding="utf-8") != generated():
        sys.exit(f"{committed.relative_to(ROOT)} differs from the module (make generate writes it)")


if __name__ == "__main__":
    main()
