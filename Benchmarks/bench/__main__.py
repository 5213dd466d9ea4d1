"""Starts the servers, measures them and reports; all that it starts ends with it."""

from __future__ import annotations

import os
import pathlib
import shutil
import signal
import sys
import tempfile
import time

from .chart import write_chart
from .kvick import Kvick
from .measuring import Measuring
from .options import parse
from .peers import installed
from .results import Results
from .server import measure_cores, measure_starts
from .table import report
from .workloads import WORKLOADS


def make_peers(options, workloads, folder, peers):
    """Adds to `peers` what is to be measured: the build, the one that it is measured against, the installed peers."""
    peers.append(Kvick("kvick", options.kvick, folder, options.server_cores))
    if options.against:
        peers.append(Kvick("against", options.against, folder, options.server_cores))
    asked = {name for workload in workloads for name in workload.peers}
    for kind in installed([name for name in options.peers if name in asked]):
        peers.append(kind(folder, options.server_cores))


def start_and_load(peers, results):
    for peer in peers:
        peer.start()
        if peer.is_measured:
            peer.make_bucket()
        began = time.monotonic()
        peer.load(results.options.keys)
        if peer.keeps_keys:
            results.loading_seconds[peer.name] = time.monotonic() - began
            print(f"  {peer.title} loaded in {time.monotonic() - began:.1f} s", file=sys.stderr)
            peer.settle()
            results.note_footprint(peer, "loaded")
        peer.load_large()
        peer.read_all(results.options.keys)


def measure(peers, workloads, folder, results):
    """Measures all that was asked for."""
    options = results.options
    measuring = Measuring(peers, options, folder)
    for turns in dict.fromkeys(workload.turns for workload in workloads):
        results.series += measuring.measure([workload for workload in workloads if workload.turns == turns])
    for peer in peers:
        if peer.keeps_keys and workloads:
            results.note_footprint(peer, "at the end")
    if "cores" in options.workloads:
        results.cores = measure_cores(measuring, peers[0], options)
    if "starts" in options.workloads:
        for peer in peers:
            if peer.is_measured:
                results.starts[peer.name] = measure_starts(peer, measuring.ledgers[peer.name], options)
    results.looks, results.read_back = measuring.looks, measuring.read_back


def main():
    options = parse()
    missing = [program for program in ("wrk", "taskset") if not shutil.which(program)]
    if missing:
        raise SystemExit(f"missing: {', '.join(missing)}; on Debian: apt-get install wrk util-linux")
    # So that what was started is ended.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("ended by SIGTERM"))
    os.sched_setaffinity(0, options.load_cores)
    options.folder.mkdir(parents=True, exist_ok=True)
    folder = pathlib.Path(tempfile.mkdtemp(prefix="stores-", dir=options.folder))
    workloads = [workload for workload in WORKLOADS if workload.name in options.workloads]
    results = Results(options)
    peers = []
    try:
        make_peers(options, workloads, folder, peers)
        start_and_load(peers, results)
        measure(peers, workloads, folder, results)
    finally:
        for peer in peers:
            peer.stop()
        shutil.rmtree(folder, ignore_errors=True)
    print(report(results))
    results.write_json(options.json)
    write_chart(results, options.svg)
    print(f"\n{options.json}\n{options.svg}")


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit("interrupted")
