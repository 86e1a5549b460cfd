"""Fill the corpus of the fuzz targets on canonical forms with the inputs of tests/vectors/canonical.json."""

import base64
import json
import pathlib

here = pathlib.Path(__file__).resolve().parent
cases = json.loads((here / "../../tests/vectors/canonical.json").read_text())
for target in ("canonical", "passes"):
    folder = here / "corpus" / target
    folder.mkdir(parents=True, exist_ok=True)
    for number, case in enumerate(cases):
        (folder / f"vector-{number:03}").write_bytes(base64.b64decode(case["input"]))
