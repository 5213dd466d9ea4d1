"""Starts the servers, measures them and reports; all that it starts ends with it."""

from __future__ import annotations

import os
import pathlib
import shutil
import signal
import sys
import tempfile
import time

from .exchanges import Connection
from .kvick import Kvick
from .measuring import Measuring
from .options import parse
from .peers import installed
from .table import table
from .workloads import WORKLOADS


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
    asked = {name for workload in workloads for name in workload.peers}
    peers = []
    try:
        peers.append(Kvick("kvick", options.kvick, folder, options.server_cores))
        if options.against:
            peers.append(Kvick("against", options.against, folder, options.server_cores))
        peers += [kind(folder, options.server_cores)
                  for kind in installed([name for name in options.peers if name in asked])]
        for peer in peers:
            peer.start()
            if peer.is_measured:
                peer.make_bucket()
            began = time.monotonic()
            peer.load(options.keys)
            print(f"loaded {peer.name} in {time.monotonic() - began:.1f} s", file=sys.stderr)
            if peer.is_measured:
                peer.load_large()
        measuring = Measuring(peers, options, folder)
        series = []
        for turns in dict.fromkeys(workload.turns for workload in workloads):
            series += measuring.measure([workload for workload in workloads if workload.turns == turns])
        print(table(series))
    finally:
        for peer in peers:
            peer.stop()
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
