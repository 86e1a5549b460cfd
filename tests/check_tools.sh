#!/bin/sh
# Says which of the required tools is missing or too old, and how to get it. Called by the Makefile before anything is built.
python=${1:-python3}
failed=0

complain() {
    printf 'didit-client cannot be built here: %s\n' "$1" >&2
    failed=1
}

# at_least FOUND REQUIRED: compares the first two numbers of two versions.
at_least() {
    found_major=${1%%.*} found_rest=${1#*.}
    required_major=${2%%.*} required_minor=${2#*.}
    [ "$found_major" -gt "$required_major" ] ||
        { [ "$found_major" -eq "$required_major" ] && [ "${found_rest%%[!0-9]*}" -ge "$required_minor" ]; }
}

# tool NAME REQUIRED CURE COMMAND...: the command prints the version.
tool() {
    name=$1 required=$2 cure=$3
    shift 3
    if ! command -v "$1" >/dev/null 2>&1; then
        complain "$name is not installed: there is no $1 on the PATH. $cure"
        return
    fi
    said=$("$@" 2>&1)
    found=$(printf '%s\n' "$said" | sed -n 's/^[^0-9]*\([0-9][0-9]*\.[0-9][0-9.]*\).*/\1/p' | head -n 1)
    case $found in
        [0-9]*.[0-9]*) at_least "$found" "$required" || complain "$name is $found, but $required or later is needed. $cure" ;;
        *) complain "$name does not run. $(printf '%s\n' "$said" | head -n 1) $cure" ;;
    esac
}

tool Rust 1.89 'Install or update stable Rust with rustup (https://rustup.rs): rustup default stable; rustup update stable.' \
    rustc --version
tool cargo 1.89 'It comes with Rust (https://rustup.rs).' cargo --version
tool Python 3.11 'Install it, or name another interpreter: make PYTHON=python3.12.' "$python" --version
tool Node 20.19 'Install it from https://nodejs.org.' node --version
tool npm 9.0 'It comes with Node (on Debian it is the package npm).' npm --version

command -v cc >/dev/null 2>&1 || command -v gcc >/dev/null 2>&1 || command -v clang >/dev/null 2>&1 ||
    complain 'there is no C compiler. Install gcc or clang (on Debian: apt install build-essential).'
! "$python" --version >/dev/null 2>&1 || "$python" -c 'import ensurepip, venv' 2>/dev/null ||
    complain "$python cannot make virtual environments. On Debian: apt install python3-venv. Or name another interpreter: make PYTHON=..."

exit $failed
