"""Write tests/vectors/deliveries.json: the digests of all bodies that didit_client.testing builds.

Python and Node both compare themselves with that file. A difference is a change for users who compare with golden
files of their own, so it belongs into the changelog. Run with the package installed.
"""

import json
from hashlib import sha256
from pathlib import Path
from typing import Any

from didit_client.testing import cases, delivery

NOW = 1_790_000_006
# Names and values that languages sort and print in different ways.
ODD: dict[str, Any] = {
    "metadata": {"10": 1, "2": [1.5, 1e21, -0.0, 1e-7], "é": "😀\x7f", "\uffff": 1, "😀": 2, "a": {"b": None}},
    "decision": {"id_verifications": [{"first_name": "Zoë", "warnings": [{"risk": "A"}]}, {}], "face_matches": []},
}


def vectors() -> dict[str, Any]:
    """Build every case, each with its name as the seed, and one with the odd members."""
    built = [(str(case), case.delivery(now=NOW, seed=str(case))) for case in cases()]
    built.append(("odd", delivery("data.updated", now=NOW, seed="odd", **ODD)))
    return {"now": NOW, "odd": ODD, "sha256": {name: sha256(sent.body).hexdigest() for name, sent in built}}


if __name__ == "__main__":
    text = json.dumps(vectors(), indent=1)
    (Path(__file__).parent / "vectors" / "deliveries.json").write_text(f"{text}\n", encoding="utf-8")
