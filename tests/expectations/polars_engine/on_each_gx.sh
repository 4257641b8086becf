#!/bin/sh
# Run the engine's tests on the oldest and the newest Great Expectations that it supports, each in a
# virtual environment that is thrown away. Packages come from PyPI by name.
#   sh tests/expectations/polars_engine/on_each_gx.sh [PYTHON]
set -eu
cd "$(dirname "$0")/../../.."
python=${1:-python3}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
ends=$(sed -n 's/^SUPPORTED = ("\(.*\)", "\(.*\)")$/==\1 >=\1,<=\2/p' expectations/polars_engine/hooks.py)
[ -n "$ends" ] || { echo "hooks.py names no SUPPORTED versions"; exit 2; }
for end in $ends; do
    echo "== great-expectations$end"
    rm -rf "$work/venv"
    "$python" -m venv "$work/venv"
    "$work/venv/bin/python" -m pip install --quiet --disable-pip-version-check \
        "great-expectations$end" "polars>=2.1,<3" "pyarrow>=20" hypothesis packaging pytest pytest-benchmark
    "$work/venv/bin/python" -m pip list --disable-pip-version-check \
        | grep -iE '^(great.expectations|polars|pandas) '
    # an older GX may warn about a newer pandas; that is not what is tested here
    POLARS_ENGINE_CASES=${POLARS_ENGINE_CASES:-160} "$work/venv/bin/python" -m pytest \
        tests/expectations/polars_engine -o addopts="" -o filterwarnings=default -q -p no:cacheprovider \
        --confcutdir=tests/expectations/polars_engine
done
