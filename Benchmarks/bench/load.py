"""Load by wrk: one run, its figures, and answers that are looked at while it lasts."""

from __future__ import annotations

import dataclasses
import json
import math
import os
import pathlib
import re
import subprocess
import time

from .exchanges import Connection
from .processes import on_cores

SCRIPTS = pathlib.Path(__file__).parent / "wrk"
LOOKS_PER_SECOND = 20

# An open loop begins when all of wrk's threads have their requests, and ends when those that were due have their answers.
LEAD_SECONDS, TAIL_SECONDS = 2, 1


@dataclasses.dataclass(frozen=True)
class LoadFigures:
    """What wrk counted in a run: all requests, and how many a second of those that were measured. Latencies are in
    microseconds. `looks` is how many answers were compared in full beside it."""

    requests: int
    throughput: float
    p50: float
    p99: float
    p999: float
    looks: int


def write_requests(path, exchanges, threads):
    """Writes requests as wrk/requests.lua reads them, in turn to one file for each thread."""
    for thread in range(threads):
        with open(f"{path}.{thread}", "wb") as file:
            for exchange in exchanges[thread::threads]:
                file.write(b"%08d" % len(exchange.request) + exchange.request)


def percentile(counts, portion):
    """The least of the values, each counted so many times, that this portion of all does not go over."""
    rank = max(math.ceil(portion * sum(counts.values())), 1)
    for value in sorted(counts):
        rank -= counts[value]
        if rank <= 0:
            return value
    return 0


def parse_figures(output, seconds, looks):
    """The figures in what wrk printed; fails where it met an answer that was no success."""
    found = re.search(r"^figures (\{.*\})$", output, re.MULTILINE)
    if not found:
        raise SystemExit(f"wrk printed no figures:\n{output}")
    figures = json.loads(found.group(1))
    if figures["refused"] or figures["broken"] or not figures["requests"]:
        raise SystemExit(f"{figures['requests']} answers, of which {figures['refused']} were refusals, and "
                         f"{figures['broken']} errors of the connections")
    throughput = figures["requests"] / figures["microseconds"] * 1e6
    p50, p99, p999 = (figures[name] for name in ("p50", "p99", "p999"))
    if "latencies" in figures:
        throughput = figures["answered"] / seconds
        latencies = {int(microseconds): count for microseconds, count in figures["latencies"].items()}
        p50, p99, p999 = (percentile(latencies, portion) for portion in (0.5, 0.99, 0.999))
    return LoadFigures(figures["requests"], throughput, p50, p99, p999, looks)


def run(port, exchanges, path, connections, seconds, cores, look, rate=None):
    """Loads a server with requests in turn for some seconds: in a closed loop, or at a fixed rate a second.

    `path` is where the requests are written for wrk. `look` makes an exchange over a connection and compares its answer in
    full. That is done some twenty times a second meanwhile, since wrk itself sees only the status of each answer, and is
    counted as `looks`.
    """
    threads = connections if rate else min(connections, len(cores))
    write_requests(path, exchanges, threads)
    environment = dict(os.environ, SCRIPTS=str(SCRIPTS), THREADS=str(threads))
    lasts = seconds
    if rate:
        begin = time.monotonic() + LEAD_SECONDS
        environment |= {"RATE": str(rate), "BEGIN": str(begin), "END": str(begin + seconds)}
        lasts += LEAD_SECONDS + TAIL_SECONDS
    script = SCRIPTS / ("open.lua" if rate else "closed.lua")
    command = ["wrk", f"-t{threads}", f"-c{connections}", f"-d{lasts}s", "--timeout", "30s", "-s", str(script),
               f"http://127.0.0.1:{port}", "--", str(path)]
    looks = 0
    # A file, since a pipe that nobody reads meanwhile takes no more than 64 KiB.
    with open(f"{path}.output", "w+") as output:
        wrk = subprocess.Popen(on_cores(cores, command), env=environment, stdout=output, stderr=subprocess.STDOUT)
        try:
            with Connection(port) as connection:
                while wrk.poll() is None:
                    look(connection)
                    looks += 1
                    pause(wrk, 1 / LOOKS_PER_SECOND)
            output.seek(0)
            return parse_figures(output.read(), seconds, looks)
        finally:
            if wrk.poll() is None:
                wrk.kill()
            wrk.wait()


def pause(process, seconds):
    """Waits for so long, or until the process ends."""
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        return
