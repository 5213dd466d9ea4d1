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


@dataclasses.dataclass(frozen=True)
class LoadFigures:
    """What wrk counted in a run, and how many answers were compared in full beside it. Latencies are in microseconds."""

    requests: int
    seconds: float
    p50: float
    p99: float
    p999: float
    looks: int

    @property
    def throughput(self):
        return self.requests / self.seconds


def write_requests(path, exchanges):
    """Writes requests as wrk/requests.lua reads them."""
    with open(path, "wb") as file:
        for exchange in exchanges:
            file.write(b"%08d" % len(exchange.request) + exchange.request)


def percentile(counts, portion):
    """The least of the values, each counted so many times, that this portion of all does not go over."""
    rank = max(math.ceil(portion * sum(counts.values())), 1)
    for value in sorted(counts):
        rank -= counts[value]
        if rank <= 0:
            return value
    return 0


def parse_figures(output, looks):
    """The figures in what wrk printed; fails where it met an answer that was none of 200."""
    found = re.search(r"^figures (\{.*\})$", output, re.MULTILINE)
    if not found:
        raise SystemExit(f"wrk printed no figures:\n{output}")
    figures = json.loads(found.group(1))
    if figures["refused"] or figures["broken"] or not figures["requests"]:
        raise SystemExit(f"{figures['requests']} answers, of which {figures['refused']} were refusals, and "
                         f"{figures['broken']} errors of the connections")
    p50, p99, p999 = (figures[name] for name in ("p50", "p99", "p999"))
    if "latencies" in figures:
        latencies = {int(microseconds): count for microseconds, count in figures["latencies"].items()}
        p50, p99, p999 = (percentile(latencies, portion) for portion in (0.5, 0.99, 0.999))
    return LoadFigures(figures["requests"], figures["microseconds"] / 1e6, p50, p99, p999, looks)


def run(port, requests_file, connections, seconds, cores, look, rate=None):
    """Loads a server for some seconds, a closed loop or at a fixed rate of requests a second.

    `look` gives exchanges whose answers are compared in full meanwhile, some twenty a second; they are counted as `looks`.
    """
    threads = connections if rate else min(connections, len(cores))
    command = ["wrk", f"-t{threads}", f"-c{connections}", f"-d{seconds}s", "--timeout", "30s", "-s",
               str(SCRIPTS / ("open.lua" if rate else "closed.lua")), f"http://127.0.0.1:{port}", "--", str(requests_file)]
    environment = dict(os.environ, SCRIPTS=str(SCRIPTS), RATE=str(rate or 0), THREADS=str(threads))
    wrk = subprocess.Popen(on_cores(cores, command), env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                           text=True)
    looks = 0
    try:
        with Connection(port) as connection:
            while wrk.poll() is None:
                connection.check(look())
                looks += 1
                time.sleep(1 / LOOKS_PER_SECOND)
        return parse_figures(wrk.stdout.read(), looks)
    finally:
        if wrk.poll() is None:
            wrk.kill()
        wrk.wait()
        wrk.stdout.close()
