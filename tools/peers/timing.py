"""How the Python programs here time: as `gradtape bench` does. They print lines for tools/bench-peers.py:
"version" and what runs; "row", the name that gradtape has for it, and seconds."""
import statistics
import sys
import time

LEAST = 5e-3  # seconds that a repeat takes


def seconds_of(run, runs):
    begin = time.perf_counter()
    for _ in range(runs):
        run()
    return time.perf_counter() - begin


def median_of(run, repeats):
    """Seconds of one run: the median of repeats, each long enough to be timed."""
    runs = 1
    run()
    while seconds_of(run, runs) < LEAST:
        runs *= 2
    return statistics.median(seconds_of(run, runs) / runs for _ in range(repeats))


def print_row(name, seconds):
    print(f"row\t{name}\t{seconds:.9g}", flush=True)


def print_version(text):
    print(f"version\t{text}", flush=True)


def arguments():
    """WHAT THREADS REPEATS, as bench-peers.py calls these programs."""
    if len(sys.argv) != 4:
        sys.exit(f"usage: {sys.argv[0]} WHAT THREADS REPEATS")
    return sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
