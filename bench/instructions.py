"""Print how many instructions the core executes, a number that is nearly the same on every machine.

callgrind offers no SHA extensions, so that HMAC costs some 55 instructions a byte here and outweighs everything else:
compare `canonicalize`, and for `verify` what it needs beside HMAC alone.

    make instructions

It offers no AVX-512 either, so what is counted is what runs on processors with AVX2.
"""

import pathlib
import re
import subprocess
import tempfile

import bench

PROBE = pathlib.Path(__file__).resolve().parent / "rust/target/release/probe"


def instructions(body, function):
    """Count what is executed inside a function of the probe."""
    with tempfile.TemporaryDirectory() as folder:
        command = [
            "valgrind",
            "--tool=callgrind",
            f"--callgrind-out-file={folder}/out",
            f"--toggle-collect=*{function}*",
        ]
        done = subprocess.run([*command, PROBE, "run"], input=body, capture_output=True, check=True)
    return int(re.search(rb"Collected : (\d+)", done.stderr)[1])


def main():
    """Print the table."""
    print(f"{'':22}{'canonicalize':>16}{'a byte':>8}{'verify, less HMAC':>20}{'a byte':>8}")
    for form, size, body in bench.bodies(timestamp=bench.FIXED_TIME):
        counts = {name: instructions(body, f"measured_{name}") for name in ("canonicalize", "verify", "mac")}
        beside = counts["verify"] - counts["mac"]
        row = f"{form + ', ' + size:22}"
        for count, width in ((counts["canonicalize"], 16), (beside, 20)):
            row += f"{count:>{width},}{count / len(body):>8.1f}"
        print(row)


if __name__ == "__main__":
    main()
