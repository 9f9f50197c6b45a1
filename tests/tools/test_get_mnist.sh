#!/usr/bin/env bash
# tools/get-mnist.sh against a server on this machine that holds a tiny set under MNIST's names.
set -euo pipefail

script=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)/tools/get-mnist.sh
python3 -c 'import http.server' 2>/dev/null || { echo "skipped: no python3"; exit 77; }
command -v curl >/dev/null || command -v wget >/dev/null || { echo "skipped: no curl or wget"; exit 77; }
unset http_proxy HTTP_PROXY ALL_PROXY all_proxy

work=$(mktemp -d)
server=
trap 'kill ${server:+"$server"} 2>/dev/null || true; rm -rf "$work"' EXIT
names=(train-images-idx3-ubyte train-labels-idx1-ubyte t10k-images-idx3-ubyte t10k-labels-idx1-ubyte)

fail() {
    echo "FAILED: $*"
    sed 's/^/    /' "$work/said"
    exit 1
}

# ---- The server: whole/ and its damaged copies; slow/ never sends the second half ------------------------------------------
mkdir -p "$work"/www/{whole,wrong,cut}
for name in "${names[@]}"; do
    seq 2000 | sed "s/^/$name /" >"$work/$name"
    (cd "$work" && sha256sum "$name") >>"$work/hashes"
    gzip -9nc "$work/$name" >"$work/www/whole/$name.gz"
done
cp "$work"/www/whole/* "$work/www/wrong"
echo "other digits" | gzip -9nc >"$work/www/wrong/t10k-images-idx3-ubyte.gz"
for name in "${names[@]}"; do
    head -c 1000 "$work/www/whole/$name.gz" >"$work/www/cut/$name.gz"
done

cat >"$work/server.py" <<'PYTHON'
import http.server, os, sys, time

class Handler(http.server.SimpleHTTPRequestHandler):
    def do_GET(self):
        if not self.path.startswith("/slow/"):
            return super().do_GET()
        self.log_message("slow")
        with open("whole/" + os.path.basename(self.path), "rb") as file:
            content = file.read()
        self.send_response(200)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content[: len(content) // 2])
        self.wfile.flush()
        time.sleep(60)

os.chdir(sys.argv[1])
server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
server.daemon_threads = True
print(server.server_address[1], flush=True)
server.serve_forever()
PYTHON
python3 "$work/server.py" "$work/www" >"$work/port" 2>"$work/requests" &
server=$!
for _ in $(seq 100); do
    [ -s "$work/port" ] && break
    sleep 0.1
done
base=http://127.0.0.1:$(cat "$work/port")

# ---- Helpers -----------------------------------------------------------------------------------------------------------------
# get MIRRORS [FOLDER]: runs the script, leaves its status in status and what it said in $work/said.
get() {
    status=0
    GRADTAPE_MNIST_MIRRORS=$1 GRADTAPE_MNIST_SHA256=$work/hashes "$script" "${2:-$folder}" >"$work/said" 2>&1 || status=$?
}

expect_status() { [ "$status" -eq "$1" ] || fail "$test: status $status, not $1"; }
expect_said() { grep -qF -- "$1" "$work/said" || fail "$test: did not say: $1"; }
expect_files() {
    [ "$(cd "$folder" 2>/dev/null && find . -type f | sort | xargs)" = "$*" ] || fail "$test: $(ls -A "$folder"), not $*"
}
expect_whole_set() {
    local name
    expect_files ./t10k-images-idx3-ubyte.gz ./t10k-labels-idx1-ubyte.gz ./train-images-idx3-ubyte.gz \
        ./train-labels-idx1-ubyte.gz
    for name in "${names[@]}"; do
        cmp -s "$folder/$name.gz" "$work/www/whole/$name.gz" || fail "$test: $name differs"
    done
}
expect_no_folder() { [ ! -e "$folder" ] || fail "$test: left behind: $(ls -lA "$folder")"; }

start() {
    test=$1
    folder=$work/out/$test
    : >"$work/requests"
}

# ---- Tests -------------------------------------------------------------------------------------------------------------------
start downloads_the_four_files
get "$base/whole"
expect_status 0
expect_whole_set

start downloads_nothing_that_is_there
folder=$work/out/downloads_the_four_files
get "$base/whole"
expect_status 0
expect_said "already there"
[ ! -s "$work/requests" ] || fail "$test: asked for $(cat "$work/requests")"

start replaces_a_damaged_file
folder=$work/out/downloads_the_four_files
cp "$work/www/cut/train-labels-idx1-ubyte.gz" "$folder"
get "$base/whole"
expect_status 0
expect_whole_set
[ "$(grep -c GET "$work/requests")" -eq 1 ] || fail "$test: more than one download"

start refuses_wrong_content
get "$base/wrong"
expect_status 1
expect_said "t10k-images-idx3-ubyte.gz: no mirror has it: $base/wrong: wrong content (SHA-256 "
expect_files ./train-images-idx3-ubyte.gz ./train-labels-idx1-ubyte.gz

start refuses_a_truncated_file
get "$base/cut"
expect_status 1
expect_said "train-images-idx3-ubyte.gz: no mirror has it: $base/cut: not a whole .gz file"
expect_no_folder

start keeps_a_folder_that_was_there
mkdir -p "$folder"
get "$base/cut"
expect_status 1
[ -d "$folder" ] || fail "$test: the folder is gone"
expect_files

start keeps_the_old_file_when_no_mirror_has_a_right_one
mkdir -p "$folder"
echo old >"$folder/train-images-idx3-ubyte.gz"
get "$base/nowhere"
expect_status 1
[ "$(cat "$folder/train-images-idx3-ubyte.gz")" = old ] || fail "$test: the old file changed"

start goes_on_to_the_next_mirror
get "$base/nowhere/ $base/cut $base/wrong $base/whole/"
expect_status 0
expect_whole_set

start names_every_mirror_that_failed
get "$base/nowhere $base/cut"
expect_status 1
expect_said "$base/nowhere: could not be downloaded; $base/cut: not a whole .gz file"
expect_no_folder

for signal in TERM INT HUP; do
    start "leaves_nothing_when_interrupted_by_SIG$signal"
    # Through python3, since what a script starts in the background ignores SIGINT, and bash cannot undo that.
    GRADTAPE_MNIST_MIRRORS=$base/slow GRADTAPE_MNIST_SHA256=$work/hashes python3 -c '
import os, signal, sys
signal.signal(signal.SIGINT, signal.SIG_DFL)
os.execv(sys.argv[1], sys.argv[1:])' "$script" "$folder" >"$work/said" 2>&1 &
    running=$!
    for _ in $(seq 100); do
        grep -q slow "$work/requests" && [ -n "$(ls -A "$folder" 2>/dev/null)" ] && break
        sleep 0.1
    done
    [ -n "$(ls -A "$folder")" ] || fail "$test: the download never began"
    status=0
    kill -s "$signal" "$running"
    wait "$running" || status=$?
    expect_status $((128 + $(kill -l "$signal")))
    expect_no_folder
done

start works_with_wget
if command -v wget >/dev/null; then
    mkdir "$work/bin"
    for program in awk bash cat cut dirname env gzip mkdir mv rm rmdir sed sha256sum wget; do
        ln -s "$(command -v "$program")" "$work/bin/$program"
    done
    PATH=$work/bin get "$base/nowhere $base/whole"
    expect_status 0
    expect_whole_set
fi

start takes_a_hash_file_that_lacks_a_name_for_an_error
sed -i /t10k-labels/d "$work/hashes"
get "$base/whole"
expect_status 1
expect_said "hashes: no SHA-256 for t10k-labels-idx1-ubyte"
expect_no_folder

echo "all passed"
