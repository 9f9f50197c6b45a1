#!/usr/bin/env python3
"""Compare `gradtape bench` with other libraries, on this machine and in turn.

Each row is measured by gradtape and by its peers one after the other, ROUNDS times over, so that a machine that changes
speed changes it for all. Printed are medians over the rounds and the ratio of the peer's time to gradtape's: above 1,
gradtape is faster. What is not installed is left out, and said to be absent. Needs only Python's standard library; the
peers, in tools/peers/, need what they are named after:

  PyTorch, NumPy   the modules torch and numpy of --python (Debian: python3-torch, python3-numpy)
  OpenBLAS         a C compiler and libopenblas (Debian: libopenblas-dev)
  oneDNN           a C compiler and oneDNN 2.x (Debian: libdnnl-dev)
  KANN             --kann: a program that, called with the number of threads as its one argument, trains the 'mlp' model
                   (784-398-10, ReLU, batch 100, RMSprop) for one epoch of 60,000 samples and exits with status 0; its
                   whole run is timed
"""
import argparse
import datetime
import json
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

TOOLS = pathlib.Path(__file__).resolve().parent
PEERS = TOOLS / "peers"
PER_SECOND = {"s/epoch": 1, "ms/step": 1e3, "us/step": 1e6, "ms": 1e3, "us": 1e6}
OPS = "relu,sigmoid,softmax,batch_norm,max_pool2d"
# What gradtape measures, and who measures it too.
GROUPS = {
    "simple": ["PyTorch", "NumPy"],
    "mlp": ["PyTorch", "NumPy", "KANN"],
    "advanced": ["PyTorch"],
    "lab": ["PyTorch", "NumPy"],
    "cnn": ["PyTorch"],
    "signs": ["PyTorch"],
    "matmul": ["OpenBLAS", "oneDNN"],
    "conv": ["oneDNN"],
    "ops": ["PyTorch", "NumPy"],
    "start": ["PyTorch", "NumPy"],
}
# Other libraries' first result, and when it was there, on the clock of time.monotonic.
FIRST = {
    "PyTorch": "import torch; x = torch.ones((), requires_grad=True); (x * x).backward(); assert x.grad == 2",
    "NumPy": "import numpy; x = numpy.float32(1); assert 2 * x == 2",
}


class Absent(Exception):
    """Why a peer cannot be measured."""


def environment(threads):
    """Without what would make OpenBLAS take another processor's kernels."""
    kept = {name: value for name, value in os.environ.items() if name not in ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE")}
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "BLIS_NUM_THREADS"):
        kept[name] = str(threads)
    return kept


def last_line(text):
    return (text.strip().splitlines() or ["no message"])[-1]


def output_of(command, threads):
    try:
        done = subprocess.run(command, env=environment(threads), capture_output=True, text=True, check=False)
    except OSError as error:
        raise Absent(f"{command[0]}: {error.strerror}") from error
    if done.returncode != 0:
        raise Absent(f"{os.path.basename(command[0])} failed: {last_line(done.stderr)}")
    return done.stdout


# ---- the peers: each gives {row: seconds} --------------------------------------------------------------------------


class Peer:
    def __init__(self, name):
        self.name, self.version = name, None

    def read(self, text):
        rows = {}
        for line in text.splitlines():
            kind, *rest = line.split("\t")
            if kind == "version":
                self.version = rest[0].removeprefix(f"{self.name} ")
            elif kind == "row":
                rows[rest[0]] = float(rest[1])
        return rows


class PythonPeer(Peer):
    def __init__(self, name, python, module, program, package):
        super().__init__(name)
        self.python, self.program = python, program
        try:
            output_of([python, "-c", f"import {module}"], 1)
        except Absent as why:
            known = "No module named" in str(why)
            raise Absent(f"{package} not installed for {python}" if known else str(why)) from why

    def measure(self, group, threads, repeats):
        if group == "start":
            return {"first gradient": statistics.median(self.start(threads) for _ in range(repeats))}
        command = [self.python, str(PEERS / self.program), group, str(threads), str(repeats)]
        return self.read(output_of(command, threads))

    def start(self, threads):
        code = FIRST[self.name] + "; import time; print(time.monotonic())"
        begin = time.monotonic()
        return float(output_of([self.python, "-c", code], threads)) - begin


class CPeer(Peer):
    def __init__(self, name, compiler, library, package, folder):
        super().__init__(name)
        self.program = os.path.join(folder, name)
        source = PEERS / f"{name.lower()}.c"
        command = [compiler, "-std=gnu11", "-O2", str(source), "-o", self.program, f"-l{library}"]
        if not shutil.which(compiler):
            raise Absent(f"no C compiler '{compiler}'")
        if subprocess.run(command, capture_output=True, check=False).returncode != 0:
            raise Absent(f"{package} not installed")

    def measure(self, group, threads, repeats):
        first = group if self.name == "oneDNN" else str(threads)
        return self.read(output_of([self.program, first, str(repeats)], threads))


class Kann(Peer):
    def __init__(self, program):
        super().__init__("KANN")
        if not program:
            raise Absent("--kann not given")
        if not os.access(program, os.X_OK):
            raise Absent(f"{program} cannot be run")
        self.program, self.version = program, "as built"

    def measure(self, group, threads, repeats):
        seconds = []
        for _ in range(repeats):
            begin = time.monotonic()
            output_of([self.program, str(threads)], threads)
            seconds.append(time.monotonic() - begin)
        return {group: statistics.median(seconds)}


def find_peers(options, folder, wanted):
    """The peers that are there, by name, and why others are not."""
    makers = {
        "PyTorch": lambda: PythonPeer("PyTorch", options.python, "torch", "torch_peer.py", "python3-torch"),
        "NumPy": lambda: PythonPeer("NumPy", options.python, "numpy", "numpy_peer.py", "python3-numpy"),
        "OpenBLAS": lambda: CPeer("OpenBLAS", options.cc, "openblas", "libopenblas-dev", folder),
        "oneDNN": lambda: CPeer("oneDNN", options.cc, "dnnl", "libdnnl-dev", folder),
        "KANN": lambda: Kann(options.kann),
    }
    peers, absent = {}, {}
    for name in (name for name in makers if name in wanted):
        try:
            peers[name] = makers[name]()
        except Absent as why:
            absent[name] = str(why)
            print(f"absent: {name} ({why})", flush=True)
    return peers, absent


# ---- gradtape ------------------------------------------------------------------------------------------------------


def find_gradtape(given):
    candidates = [given] if given else [TOOLS.parent / "build" / kind / "gradtape" for kind in ("release", "run")]
    for path in candidates:
        if os.access(path, os.X_OK):
            return str(path)
    sys.exit(f"bench-peers.py: no gradtape at {' or '.join(str(path) for path in candidates)}: build it, or name it by "
             "--gradtape")


def run_gradtape(program, group, threads, repeats, folder):
    """All that it reports."""
    path = os.path.join(folder, "gradtape.json")
    command = [program, "bench", group, "--threads", str(threads), "--repeat", str(repeats), "--json", path]
    command += ["--only", OPS] if group == "ops" else []
    try:
        output_of(command, threads)
        with open(path, encoding="utf-8") as file:
            return json.load(file)
    except (Absent, OSError, ValueError) as error:
        sys.exit(f"bench-peers.py: {error}")


# ---- comparing -----------------------------------------------------------------------------------------------------


def compare_group(group, threads, options, peers, absent, folder):
    """Rows of one group, by rounds: gradtape, peer, peer, gradtape, ..."""
    here, ours, theirs = None, {}, {}
    for _ in range(options.rounds):
        here = run_gradtape(options.gradtape, group, threads, options.repeat, folder)
        for m in here["measurements"]:
            if m["unit"] in PER_SECOND:
                ours.setdefault((m["name"], m["unit"]), []).append(m["median"])
        for name in [name for name in GROUPS[group] if name in peers]:
            try:
                for row, seconds in peers[name].measure(group, threads, options.repeat).items():
                    theirs.setdefault((name, row), []).append(seconds)
            except Absent as why:
                absent[name] = f"{group}: {why}"
                print(f"absent: {name} ({absent[name]})", flush=True)
                peers = {other: peer for other, peer in peers.items() if other != name}
    rows = []
    for (row, unit), mine in ours.items():
        for name in GROUPS[group]:
            if (name, row) in theirs:
                times = [PER_SECOND[unit] * seconds for seconds in theirs[name, row]]
                rows.append(make_row(group, row, unit, threads, name, mine, times))
    return here, rows


def make_row(group, name, unit, threads, peer, mine, times):
    return {
        "work": group, "name": name, "unit": unit, "threads": threads, "peer": peer,
        "gradtape": statistics.median(mine), "gradtape_min": min(mine), "gradtape_max": max(mine),
        "theirs": statistics.median(times), "theirs_min": min(times), "theirs_max": max(times),
        "ratio": statistics.median(times) / statistics.median(mine),
    }


def show(value):
    return f"{value:.0f}" if value >= 100 else f"{value:.3g}"


def cells(row):
    label = row["name"] if row["name"] == row["work"] else f"{row['work']}: {row['name']}"
    ours, theirs = (f"{show(row[key])} ({show(row[key + '_min'])}-{show(row[key + '_max'])})"
                    for key in ("gradtape", "theirs"))
    return [label, str(row["threads"]), ours, row["unit"], row["peer"], theirs, f"{row['ratio']:.2f}"]


HEADS = ["row", "threads", "gradtape", "unit", "peer", "peer's time", "ratio"]
WIDTHS = [34, 7, 24, 8, 9, 24, 6]


def print_cells(values):
    print(" ".join(f"{value:<{width}}" for value, width in zip(values, WIDTHS)).rstrip(), flush=True)


# ---- files ---------------------------------------------------------------------------------------------------------


def markdown(result):
    lines = [
        "# gradtape beside other libraries", "",
        "Written by `tools/bench-peers.py --markdown`; [bench.md](bench.md) says what the rows are. Medians and, in",
        f"parentheses, least and most of {result['rounds']} rounds in turn, in each the median of {result['repeat']}",
        "repeats. The ratio is the peer's time over gradtape's: above 1, gradtape is faster.", "",
        f"- {result['date'][:10]}, {result['cpu']}, {result['cores']} processors",
        f"- gradtape {result['version']}: {result['compiler']}, instruction set {result['isa']}",
    ]
    lines += [f"- {name} {version}" for name, version in result["peers"].items()]
    lines += [f"- absent: {name} ({why})" for name, why in result["absent"].items()]
    for threads in sorted({row["threads"] for row in result["rows"]}):
        lines += ["", f"## {threads} thread{'s' if threads > 1 else ''}", ""]
        lines += ["| " + " | ".join(HEADS[:1] + HEADS[2:]) + " |", "|---" * (len(HEADS) - 1) + "|"]
        for row in result["rows"]:
            if row["threads"] == threads:
                values = cells(row)
                lines.append("| " + " | ".join(values[:1] + values[2:]) + " |")
    return "\n".join(lines) + "\n"


def write_whole(path, text):
    """All of it, or nothing; a device or a pipe is written to as it is."""
    in_place = os.path.exists(path) and not os.path.isfile(path)
    part = path if in_place else f"{path}.part"
    try:
        with open(part, "w", encoding="utf-8") as file:
            file.write(text)
        if not in_place:
            os.replace(part, path)
    except OSError as error:
        if not in_place:
            pathlib.Path(part).unlink(missing_ok=True)
        sys.exit(f"bench-peers.py: {path} could not be written: {error.strerror}")


def summary(options, here, rows, peers, absent):
    return {
        "date": datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "cpu": here["cpu"], "cores": here["cores"], "compiler": here["compiler"], "isa": here["isa"],
        "version": here["gradtape"], "rounds": options.rounds, "repeat": options.repeat,
        "peers": {name: peer.version or "" for name, peer in peers.items()}, "absent": absent, "rows": rows,
    }


# ---- the command line ----------------------------------------------------------------------------------------------


def positive(text):
    if not text.isascii() or not text.isdigit():
        raise argparse.ArgumentTypeError(f"'{text}' is no whole number")
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError(f"{value} is not above 0")
    return value


def thread_counts(text):
    values = [positive(part) for part in text.split(",")]
    if max(values) > 256:
        raise argparse.ArgumentTypeError(f"{max(values)} is not in 1 to 256")
    return values


def parse():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("groups", nargs="*", metavar="GROUP", help=f"of {', '.join(GROUPS)} (default: all)")
    parser.add_argument("--gradtape", metavar="PATH",
                        help="the program (default: build/release/gradtape, build/run/gradtape)")
    parser.add_argument("--python", default="/usr/bin/python3", metavar="PATH",
                        help="the interpreter that has torch and numpy (default: %(default)s)")
    parser.add_argument("--cc", default="cc", metavar="NAME", help="the C compiler (default: %(default)s)")
    parser.add_argument("--kann", metavar="PATH", help="the program described above")
    parser.add_argument("--threads", type=thread_counts, default=[1, 2], metavar="N,...", help="default: 1,2")
    parser.add_argument("--rounds", type=positive, default=3, metavar="N", help="turns of each (default: 3)")
    parser.add_argument("--repeat", type=positive, default=5, metavar="N", help="repeats in a turn (default: 5)")
    parser.add_argument("--json", metavar="FILE", help="also write all results as JSON")
    parser.add_argument("--markdown", metavar="FILE", help="also write them as a page, such as docs/bench-results.md")
    options = parser.parse_args()
    for group in options.groups:
        if group not in GROUPS:
            parser.error(f"unknown group '{group}'")
    options.groups = options.groups or list(GROUPS)
    options.gradtape = find_gradtape(options.gradtape)
    return options


def main():
    options = parse()
    rows, here = [], None
    with tempfile.TemporaryDirectory() as folder:
        peers, absent = find_peers(options, folder, {name for group in options.groups for name in GROUPS[group]})
        print_cells(HEADS)
        for threads in options.threads:
            for group in options.groups:
                here, more = compare_group(group, threads, options, peers, absent, folder)
                for row in more:
                    print_cells(cells(row))
                rows += more
    result = summary(options, here, rows, peers, absent)
    for name, version in result["peers"].items():
        print(f"{name}: {version}")
    if options.json:
        write_whole(options.json, json.dumps(result, indent=1) + "\n")
    if options.markdown:
        write_whole(options.markdown, markdown(result))


try:
    main()
except KeyboardInterrupt:
    sys.exit(130)
