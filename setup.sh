#!/bin/sh
# Prepare .venv from a hashed lock file, and install Pango (for PDF reports) where it is missing and we may.
# usage: ./setup.sh [requirements.lock]; PYTHON names another interpreter than python3, VENV another folder.
set -eu
cd "$(dirname "$0")"
lock=${1:-requirements.lock}
outer=${PYTHON:-python3}
folder=${VENV:-.venv}
inner=$folder/bin/python
export PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_INPUT=1 DEBIAN_FRONTEND=noninteractive

say() { echo "setup: $*" >&2; }

may_install() { [ "$(id -u)" = 0 ] || sudo -n true 2>/dev/null; }
as_root() { if [ "$(id -u)" = 0 ]; then "$@"; else sudo -n "$@"; fi; }

install_packages() {
    from_lock="install --quiet --require-hashes -r $lock"
    # uv does in half a second what pip does in half a minute; it may not know the machine's index, pip does.
    if command -v uv >/dev/null && uv pip $from_lock --python "$inner" 2>/dev/null; then return; fi
    if "$inner" -m pip --version >/dev/null 2>&1; then
        "$inner" -m pip $from_lock
    elif "$outer" -m pip --version >/dev/null 2>&1; then
        # Debian ships venv without ensurepip; then the pip outside fills the environment.
        "$outer" -m pip --python "$inner" $from_lock
    else
        say "pip is missing; on Debian: apt-get install python3-venv"
        exit 1
    fi
}

install_pango() {
    packages="libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0"
    if ! command -v apt-get >/dev/null; then
        say "PDF reports need Pango: brew install pango | dnf install pango | apk add pango"
    elif ! may_install; then
        say "PDF reports need Pango: sudo apt-get install $packages"
    elif say "installing Pango" && as_root apt-get update -qq \
        && as_root apt-get install -y -qq --no-install-recommends $packages >/dev/null; then
        return
    else
        say "Pango could not be installed; everything but PDF reports works without it"
    fi
}

if ! "$outer" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
    say "Python 3.11 or later is needed; PYTHON=/path/to/python3 names one"
    exit 1
fi
if ! "$inner" -c '' 2>/dev/null; then
    say "making $folder"
    "$outer" -m venv --clear "$folder" >/dev/null 2>&1 || "$outer" -m venv --clear --without-pip "$folder"
fi
say "installing $lock (half a minute, once)"
install_packages
if grep -q '^weasyprint==' "$lock" && ! "$inner" -c 'import weasyprint' >/dev/null 2>&1; then install_pango; fi
