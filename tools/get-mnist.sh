#!/usr/bin/env bash
# Downloads full MNIST (four .gz files, 11 MB): tools/get-mnist.sh [FOLDER], by default data/mnist beside this folder
#
# A file gets its name only after the SHA-256 of its uncompressed content was right; files that are right already stay.
#   GRADTAPE_MNIST_MIRRORS   addresses of folders to download from, tried in this order, with spaces between them
#   GRADTAPE_MNIST_SHA256    a file of lines "HASH  train-images-idx3-ubyte", for another set in the same format and
#                            under the same names, such as Fashion-MNIST; the hashes are of the uncompressed files
set -euo pipefail

names=(train-images-idx3-ubyte train-labels-idx1-ubyte t10k-images-idx3-ubyte t10k-labels-idx1-ubyte)
mnist_hashes='
ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db  train-images-idx3-ubyte
65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5  train-labels-idx1-ubyte
0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7  t10k-images-idx3-ubyte
ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2  t10k-labels-idx1-ubyte'
mnist_mirrors='https://storage.googleapis.com/cvdf-datasets/mnist https://ossci-datasets.s3.amazonaws.com/mnist'

say() { printf 'gradtape: %s\n' "$*" >&2; }

die() {
    say "$*"
    exit 1
}

usage() {
    sed -n '2,/^[^#]/s/^# \{0,1\}//p' "$0"
    exit "$1"
}

case ${1-} in
-h | --help) usage 0 ;;
-*) usage 2 >&2 ;;
esac
[ $# -le 1 ] || usage 2 >&2

# Nothing half-written is left behind, whatever ends this script.
transfer=
made_folder=no
clean_up() {
    trap '' HUP INT TERM
    if [ -n "$transfer" ]; then
        kill "$transfer" 2>/dev/null || true
        wait "$transfer" 2>/dev/null || true
    fi
    rm -f "$folder"/.*-ubyte.gz.$$
    [ "$made_folder" = no ] || rmdir "$folder" 2>/dev/null || true
}

# Downloads $1 to the file $2. In the background, since bash runs no trap while it waits for a command in the foreground.
download() {
    local status=0
    if command -v curl >/dev/null; then
        curl -fsL --connect-timeout 20 --speed-limit 1000 --speed-time 30 -o "$2" "$1" &
    else
        wget -q --tries=1 --timeout=30 -O "$2" "$1" &
    fi
    transfer=$!
    wait "$transfer" || status=$?
    transfer=
    return "$status"
}

# The SHA-256 of what the .gz file $1 holds; fails if it is not a whole .gz file.
hash_of_content() { gzip -dc <"$1" 2>/dev/null | sha256sum | cut -d' ' -f1; }

wanted_hash() { awk -v name="$1" '$2 == name { print $1 }' <<<"$hashes"; }

# fetch NAME: puts NAME.gz into the folder from the first mirror that has it right, or dies with every mirror's reason.
fetch() {
    local file=$1.gz part=$folder/.$1.gz.$$ wanted hash mirror problem problems=
    wanted=$(wanted_hash "$1")
    if [ -f "$folder/$file" ] && hash=$(hash_of_content "$folder/$file") && [ "$hash" = "$wanted" ]; then
        say "$file: already there"
        return
    fi
    for mirror in "${mirrors[@]}"; do
        say "$file: downloading from $mirror"
        if ! download "${mirror%/}/$file" "$part"; then
            problem="could not be downloaded"
        elif ! hash=$(hash_of_content "$part"); then
            problem="not a whole .gz file"
        elif [ "$hash" != "$wanted" ]; then
            problem="wrong content (SHA-256 $hash, not $wanted)"
        else
            mv -f "$part" "$folder/$file"
            return
        fi
        rm -f "$part"
        problems+="; $mirror: $problem"
    done
    die "$file: no mirror has it: ${problems#; }"
}

folder=${1:-$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)/data/mnist}
read -ra mirrors <<<"${GRADTAPE_MNIST_MIRRORS:-$mnist_mirrors}"
hashes=$mnist_hashes
if [ -n "${GRADTAPE_MNIST_SHA256-}" ]; then
    hashes=$(cat "$GRADTAPE_MNIST_SHA256" 2>/dev/null) || die "$GRADTAPE_MNIST_SHA256: cannot be read"
fi
for name in "${names[@]}"; do
    [[ $(wanted_hash "$name") =~ ^[0-9a-f]{64}$ ]] || die "$GRADTAPE_MNIST_SHA256: no SHA-256 for $name"
done
command -v curl >/dev/null || command -v wget >/dev/null ||
    die "missing: curl or wget. Install one (Debian: apt-get install curl ca-certificates)"

[ -d "$folder" ] || made_folder=yes
mkdir -p "$folder" || die "$folder: cannot be made"
trap clean_up EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM
for name in "${names[@]}"; do
    fetch "$name"
done
say "MNIST is in $folder"
