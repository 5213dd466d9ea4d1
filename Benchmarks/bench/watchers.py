"""Measures how much those who watch a bucket slow those who write to it: durable PUTs with and without watchers, in turn.

One core for the server, one for the load. The watchers are connections of one process that reads all that they are sent.
Needs wrk.
"""

from __future__ import annotations

import argparse
import os
import pathlib
import select
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time

from . import load
from .exchanges import Draw, request
from .kvick import SECRET, Kvick
from .options import BUILT, RESULTS
from .processes import on_cores
from .workloads import PUT

KEYS = 200_000


def watch(port, bucket, count):
    """Watches over `count` connections until it is ended; says when all are there, and each second what came."""
    poll = select.epoll()
    connections = {}
    for _ in range(count):
        connection = socket.create_connection(("127.0.0.1", port))
        connection.sendall(request("GET", f"/{bucket}/?watch=true", headers=[SECRET]))
        if not connection.recv(12).endswith(b" 200"):
            raise SystemExit("a watcher was refused")
        connection.setblocking(False)
        poll.register(connection.fileno(), select.EPOLLIN)
        connections[connection.fileno()] = connection
    print("watching", flush=True)
    received = 0
    room = bytearray(1 << 20)
    last = time.monotonic()
    while True:
        for descriptor, _ in poll.poll(0.2):
            count = connections[descriptor].recv_into(room)
            if count == 0:
                raise SystemExit("a watcher was cut off")
            received += count
        if time.monotonic() - last > 1:
            last = time.monotonic()
            print(received, flush=True)


def put(kvick, requests_file, options, cores):
    """One run of durable PUTs: requests a second, p99 in milliseconds, CPU time of a request in microseconds."""
    draw = Draw(KEYS, "watched", time.monotonic_ns())
    exchanges = [PUT.make(kvick, draw) for _ in range(PUT.count)]
    before = kvick.cpu_time()
    figures = load.run(kvick.port, exchanges, requests_file, options.connections, options.seconds, cores,
                       lambda connection: connection.check(PUT.make(kvick, draw)))
    cpu = (kvick.cpu_time() - before).total / (figures.requests + figures.looks) * 1e6
    return figures.throughput, figures.p99 / 1e3, cpu


def start_watchers(kvick, count, cores):
    """A process that watches, once all its watchers are there."""
    # So that the package is found from any folder.
    environment = dict(os.environ, PYTHONPATH=str(pathlib.Path(__file__).parents[1]))
    watchers = subprocess.Popen(
        on_cores(cores, [sys.executable, "-m", "bench.watchers", "--watch", str(kvick.port), kvick.bucket, str(count)]),
        env=environment, stdout=subprocess.PIPE, text=True)
    if watchers.stdout.readline() != "watching\n":
        watchers.kill()
        raise SystemExit("the watchers could not begin")
    return watchers


def main():
    allowed = sorted(os.sched_getaffinity(0))
    server_cores, load_cores = allowed[:1], allowed[1:2] or allowed[:1]
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kvick", type=pathlib.Path, default=BUILT)
    parser.add_argument("--watchers", type=int, default=1000)
    parser.add_argument("--connections", type=int, default=16)
    parser.add_argument("--seconds", type=int, default=5)
    parser.add_argument("--rounds", type=int, default=8)
    options = parser.parse_args()
    missing = [name for name in ("wrk", "taskset") if not shutil.which(name)]
    if missing:
        raise SystemExit(f"missing: {', '.join(missing)}; on Debian: apt-get install wrk util-linux")
    RESULTS.mkdir(parents=True, exist_ok=True)
    folder = pathlib.Path(tempfile.mkdtemp(prefix="stores-", dir=RESULTS))
    figures = {"without": [], "with": []}
    kvick = Kvick("kvick", options.kvick.resolve(), folder, server_cores)
    try:
        kvick.start()
        kvick.make_bucket()
        put(kvick, folder / "requests", options, load_cores)
        for number in range(options.rounds):
            # By turns, so that neither always comes first.
            for name in sorted(figures, reverse=number % 2 == 0):
                watchers = start_watchers(kvick, options.watchers, load_cores) if name == "with" else None
                try:
                    figures[name].append(put(kvick, folder / "requests", options, load_cores))
                finally:
                    if watchers:
                        watchers.terminate()
                        watchers.wait()
                        watchers.stdout.close()
    finally:
        kvick.stop()
        shutil.rmtree(folder, ignore_errors=True)
    print(f"durable PUT, {options.connections} connections, {options.rounds} rounds of {options.seconds} s; medians")
    for name, values in figures.items():
        throughput, p99, cpu = ([value[index] for value in values] for index in range(3))
        print(f"{name:8} {options.watchers} watchers: {statistics.median(throughput):8.0f} requests/s "
              f"({min(throughput):.0f} to {max(throughput):.0f}), p99 {statistics.median(p99):.2f} ms, "
              f"CPU {statistics.median(cpu):.1f} µs a request")
    medians = {name: statistics.median(value[0] for value in values) for name, values in figures.items()}
    print(f"with to without: {medians['with'] / medians['without']:.3f}")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--watch"]:
        watch(int(sys.argv[2]), sys.argv[3], int(sys.argv[4]))
    else:
        main()
