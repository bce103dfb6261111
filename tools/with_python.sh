#!/bin/sh
# Run a script with a Python that can build this project's environment: 3.11 or newer, with venv
# and ensurepip. Where none is found, print the one line that installs what is missing.
#
#   sh tools/with_python.sh SCRIPT [ARGUMENT...]
#
# MESODRIVE_PYTHON names an interpreter to use instead of searching.
# MESODRIVE_APT=1 lets root on a Debian system have the missing packages installed (`make test`).
set -eu

NEW_ENOUGH='import sys; sys.exit(sys.version_info < (3, 11))'
COMPLETE='import sys, ensurepip, venv; sys.exit(sys.version_info < (3, 11))'

# `python3` first, so that the system's own choice wins; then by name, the best tried one first.
CANDIDATES=${MESODRIVE_PYTHON:-"python3 python3.13 python3.12 python3.11 python3.14"}

find_by() {
    for candidate in $CANDIDATES; do
        if "$candidate" -c "$1" >/dev/null 2>&1; then
            echo "$candidate"
            return 0
        fi
    done
    return 1
}

python=$(find_by "$COMPLETE") || {
    if incomplete=$(find_by "$NEW_ENOUGH"); then
        what="$incomplete lacks the module venv or ensurepip."
        packages="$incomplete-venv"
    else
        what="No Python 3.11 or newer was found ($CANDIDATES)."
        packages="python3 python3-venv"
    fi
    install="apt-get update && apt-get install -y $packages"
    if [ "$(id -u)" -eq 0 ] && [ "${MESODRIVE_APT:-}" = 1 ] && command -v apt-get >/dev/null; then
        echo "$what Installing: $install" >&2
        export DEBIAN_FRONTEND=noninteractive
        apt-get update -qq >&2
        # Word splitting is meant: there may be two packages.
        # shellcheck disable=SC2086
        apt-get install -y -qq $packages >&2
        python=$(find_by "$COMPLETE") || { echo "Still missing after: $install" >&2; exit 2; }
    else
        [ "$(id -u)" -eq 0 ] || install="sudo sh -c '$install'"
        echo "$what On Debian or Ubuntu type this line, then try again:" >&2
        echo "    $install" >&2
        exit 2
    fi
}
exec "$python" "$@"
