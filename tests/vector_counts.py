"""Check that Rust, Python and Node have run the same vectors, and all of them.

Each language's vector tests write how many cases of which file they ran; `make test` says where.
"""

import json
import sys

from steps import LANGUAGES, ROOT, counts_file


def main() -> None:
    vectors = {path.stem: json.loads(path.read_text()) for path in (ROOT / "tests" / "vectors").glob("*.json")}
    there_are = {name: len(cases) for name, cases in vectors.items() if isinstance(cases, list)}
    complaints = []
    for language in LANGUAGES:
        ran = json.loads(counts_file(language).read_text())
        # A language may run more: the vectors that its own JSON parser can read go through the parsed entry as well.
        for name, number in sorted(there_are.items()):
            if ran.get(name) != number:
                complaints.append(f"{language} ran {ran.get(name, 0)} cases of {name}.json, which has {number}")
    if complaints:
        sys.exit("\n".join(complaints))
    print(
        f"{sum(there_are.values())} vectors each: " + ", ".join(f"{n} {name}" for name, n in sorted(there_are.items()))
    )


if __name__ == "__main__":
    main()
