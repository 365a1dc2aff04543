#!/bin/sh
# Run mutmut over the scoring, on a copy of the project. usage: tests/mutate.sh [FOLDER]; CHILDREN=2 for two at a time.
#
# mutmut passes over what is decorated, and what one change has left in a cache would hide the next: the copy has
# no caches. Searching tests search a tenth as long. docs/mutation.md says what came out.
set -eu
cd "$(dirname "$0")/.."
copy=${1:-.mutation}
mkdir -p "$copy"
rm -rf "$copy"/*
cp -R assessment content tests pyproject.toml requirements-mutation.lock setup.sh "$copy"
cd "$copy"
sed '/^@lru_cache(/d; /^from functools import lru_cache$/d' assessment/core/scoring.py >scoring.py
mv scoring.py assessment/core/scoring.py
./setup.sh requirements-mutation.lock
SCALE=0.1 nice -n 10 .venv/bin/mutmut run --max-children "${CHILDREN:-1}"
.venv/bin/mutmut results
