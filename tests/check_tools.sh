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

# tool NAME REQUIRED FOUND CURE
tool() {
    case $3 in
        [0-9]*.[0-9]*) at_least "$3" "$2" || complain "$1 is $3, but $2 or later is needed. $4" ;;
        *) complain "$1 is not installed. $4" ;;
    esac
}

tool Rust 1.89 "$(rustc --version 2>/dev/null | cut -d' ' -f2)" \
    'Install or update stable Rust with rustup (https://rustup.rs): rustup update stable.'
tool cargo 1.89 "$(cargo --version 2>/dev/null | cut -d' ' -f2)" \
    'It comes with Rust (https://rustup.rs).'
tool Python 3.11 "$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null)" \
    'Install it, or name another interpreter: make PYTHON=python3.12.'
tool Node 20.19 "$(node --version 2>/dev/null | tr -d v)" \
    'Install it from https://nodejs.org.'
tool npm 9.0 "$(npm --version 2>/dev/null)" \
    'It comes with Node (on Debian it is the package npm).'

command -v cc >/dev/null 2>&1 || command -v gcc >/dev/null 2>&1 || command -v clang >/dev/null 2>&1 ||
    complain 'there is no C compiler. Install gcc or clang (on Debian: apt install build-essential).'
"$python" -c 'import ensurepip, venv' 2>/dev/null || ! command -v "$python" >/dev/null 2>&1 ||
    complain "$python cannot make virtual environments. On Debian: apt install python3-venv. Or name another interpreter: make PYTHON=..."

exit $failed
