#!/usr/bin/env python3
"""Measures how much those who watch a bucket slow those who write to it: durable PUTs with and without watchers, in turn.

One core for the server, one for the load. The watchers are connections of one process that reads all that they are sent.
Needs wrk.
"""

import argparse
import http.client
import os
import select
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time

from bench import HERE, LOAD_CORE, Peers, wrk


def watch(port, bucket, count):
    """Watches over `count` connections until it is ended; says when all are there, and each second what came."""
    poll = select.epoll()
    connections = {}
    for _ in range(count):
        connection = socket.create_connection(("127.0.0.1", port))
        connection.sendall(b"GET /%s/?watch=true HTTP/1.1\r\nHost: bench\r\n\r\n" % bucket.encode())
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


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kvick", default=str(HERE.parent / ".build/release/kvick"))
    parser.add_argument("--watchers", type=int, default=1000)
    parser.add_argument("--connections", type=int, default=16)
    parser.add_argument("--seconds", type=int, default=5)
    parser.add_argument("--rounds", type=int, default=8)
    options = parser.parse_args()
    missing = [name for name in ("wrk", "taskset") if not shutil.which(name)]
    if missing:
        raise SystemExit(f"missing: {', '.join(missing)}; on Debian: apt-get install wrk")
    folder = tempfile.mkdtemp(prefix="kvick-bench-", dir=os.environ.get("BENCH_DIR", "."))
    peers = Peers(os.path.abspath(folder), os.path.abspath(options.kvick))
    figures = {"without": [], "with": []}
    try:
        peers.start_kvick()
        port = peers.ports["kvick"]
        connection = http.client.HTTPConnection("127.0.0.1", port)
        connection.request("POST", "/", "default_ttl=0")
        bucket = connection.getresponse().read().decode()
        connection.close()

        def put():
            before = peers.cpu_seconds(["kvick"])
            requests, throughput, p99 = wrk(
                port, "put.lua", f"/{bucket}/KEY", options.connections, options.seconds, 200_000)
            return throughput, p99, (peers.cpu_seconds(["kvick"]) - before) / requests * 1e6

        put()
        for number in range(options.rounds):
            # By turns, so that neither always comes first.
            for name in sorted(figures, reverse=number % 2 == 0):
                if name == "without":
                    figures[name].append(put())
                    continue
                watchers = subprocess.Popen(
                    ["taskset", "-c", LOAD_CORE, sys.executable, __file__, "--watch", str(port), bucket,
                     str(options.watchers)], stdout=subprocess.PIPE, text=True)
                if watchers.stdout.readline() != "watching\n":
                    raise SystemExit("the watchers could not begin")
                figures[name].append(put())
                watchers.terminate()
                watchers.wait()
    finally:
        peers.stop()
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
