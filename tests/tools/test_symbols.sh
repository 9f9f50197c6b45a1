#!/usr/bin/env bash
# What the shared library offers is what symbols.txt lists: a name that is missing breaks programs, and one that is new is
# part of the interface from then on.
set -euo pipefail

folder=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
library=${TEST_BUILD:?must hold the build folder}/libgradtape.so
[ -f "$library" ] || { echo "no shared library was built"; exit 77; }

# Sanitizers add names of their own, which begin with two underscores.
found=$(nm -D --defined-only "$library" | awk '$3 !~ /^__/ { print $3 }' | LC_ALL=C sort)
if ! difference=$(diff "$folder/symbols.txt" - <<<"$found"); then
    echo "libgradtape.so offers other names than tests/tools/symbols.txt (< missing, > new):"
    echo "$difference"
    echo "If that is meant: nm -D --defined-only libgradtape.so | awk '{ print \$3 }' | LC_ALL=C sort >tests/tools/symbols.txt"
    exit 1
fi
if strangers=$(grep -v '^gt_' "$folder/symbols.txt"); then
    echo "not all names begin with gt_: $strangers"
    exit 1
fi
echo "$(wc -l <"$folder/symbols.txt") names"
