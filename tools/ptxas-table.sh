#!/usr/bin/env bash
# What nvcc says of the kernels as a table: tools/ptxas-table.sh LOG
#
#   LOG             what a build with CMAKE_CUDA_FLAGS=-Xptxas=-v printed, for one architecture
#
# One line a kernel, of all its instances: the most registers a thread, bytes of shared memory a block, bytes spilled.
# Exits with 1 if one spills registers to memory, or if the log tells of no kernel.
set -euo pipefail

[ $# -eq 1 ] || {
    sed -n '2,/^[^#]/s/^# \{0,1\}//p' "$0" >&2
    exit 2
}

c++filt <"$1" | awk '
    # "Compiling entry function '\''void gt_unary<float, relu_formula>(float const*, ...)'\'' for '\''sm_80'\''"
    /Compiling entry function/ {
        name = $0
        sub(/.*Compiling entry function '\''/, "", name)
        sub(/^void /, "", name)
        sub(/[<(].*/, "", name)
        architecture = $NF
        gsub(/'\''/, "", architecture)
        instances[name]++
    }
    /bytes spill stores/ { spilled = $0; sub(/ bytes spill stores.*/, "", spilled); sub(/.* /, "", spilled)
        if (spilled + 0 > spills[name]) spills[name] = spilled + 0 }
    /Used [0-9]+ registers/ {
        for (i = 1; i < NF; i++) {
            if ($i == "Used" && $(i + 1) + 0 > registers[name]) registers[name] = $(i + 1) + 0
            if ($(i + 1) == "bytes" && $(i + 2) ~ /^smem/ && $i + 0 > shared[name]) shared[name] = $i + 0
        }
    }
    END {
        printf "| kernel, %s | instances | registers | shared memory | spilled |\n|---|---|---|---|---|\n", architecture
        for (name in instances) {
            printf "| `%s` | %d | %d | %d | %d |\n", name, instances[name], registers[name], shared[name], spills[name] | "sort"
            worst = spills[name] > worst ? spills[name] : worst
            count++
        }
        close("sort")
        exit !count || worst > 0
    }'
