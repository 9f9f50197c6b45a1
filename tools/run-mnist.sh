#!/usr/bin/env bash
# Builds gradtape in build/run and trains it on handwritten digits: tools/run-mnist.sh [options of 'gradtape mnist']
# Installs a C compiler, cmake and make first where they are missing (see tools/setup.sh).
set -euo pipefail

exec "$(dirname "${BASH_SOURCE[0]}")/run.sh" mnist "$@"
