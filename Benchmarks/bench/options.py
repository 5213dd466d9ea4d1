"""The command line."""

from __future__ import annotations

import argparse
import os
import pathlib
import time

from .peers import PEERS
from .workloads import WORKLOADS

ROOT = pathlib.Path(__file__).parents[2]
BUILT = ROOT / ".build/release/kvick"
RESULTS = ROOT / ".build/bench"

# What is measured of Kvick itself beside its workloads.
SERVER_FIGURES = ("starts", "cores")


def numbers(text):
    """Numbers of one or more with commas between them."""
    found = [int(word) for word in text.split(",")]
    if min(found) < 1:
        raise argparse.ArgumentTypeError(f"{text}: numbers from 1 on")
    return found


def cores(text):
    return [int(word) for word in text.split(",")]


def among(names):
    def parse(text):
        found = [word for word in text.split(",") if word not in ("", "none")]
        for word in found:
            if word not in names:
                raise argparse.ArgumentTypeError(f"there is no {word}; there are {', '.join(names)}, and none")
        return found

    return parse


def parse(arguments=None):
    """The options, with the cores that they leave open."""
    peers = [peer.name for peer in PEERS]
    workloads = [workload.name for workload in WORKLOADS] + list(SERVER_FIGURES)
    parser = argparse.ArgumentParser(
        prog="make bench, or PYTHONPATH=Benchmarks python3 -m bench", description="Measures Kvick beside nginx, Webdis on "
        "Redis and etcd, by turns: the servers on one core, the load on another.")
    parser.add_argument("--kvick", type=pathlib.Path, default=BUILT, metavar="FILE", help="the build to measure")
    parser.add_argument("--against", type=pathlib.Path, metavar="FILE",
                        help="an earlier build, measured by turns with it")
    parser.add_argument("--workloads", type=among(workloads), default=workloads, metavar="NAMES",
                        help=f"with commas between; all of {', '.join(workloads)}")
    parser.add_argument("--peers", type=among(peers), default=peers, metavar="NAMES",
                        help=f"with commas between, or none; all of {', '.join(peers)}")
    parser.add_argument("--rounds", type=int, default=5, metavar="COUNT")
    parser.add_argument("--seconds", type=int, default=5, metavar="COUNT", help="how long each run takes")
    parser.add_argument("--keys", type=int, default=1_000_000, metavar="COUNT")
    parser.add_argument("--connections", type=numbers, default=[64], metavar="COUNTS",
                        help="1,8,64,256 for several; the first counts for all workloads, the others for get and put")
    parser.add_argument("--rate", type=numbers, default=[5000, 2000], metavar="READS,WRITES",
                        help="requests a second in the open loops")
    parser.add_argument("--server-cores", type=cores, metavar="NUMBERS", help="the first that there is")
    parser.add_argument("--load-cores", type=cores, metavar="NUMBERS", help="the second that there is")
    parser.add_argument("--folder", type=pathlib.Path, default=RESULTS, metavar="FOLDER",
                        help="for the stores, which are deleted at the end, and the results; .build/bench")
    parser.add_argument("--json", type=pathlib.Path, metavar="FILE", help="in the folder, named by the time")
    parser.add_argument("--svg", type=pathlib.Path, metavar="FILE", help="the same")
    parser.add_argument("--quick", action="store_true", help="20,000 keys, 2 rounds of 1 s: whether all works")
    options = parser.parse_args(arguments)
    if options.quick:
        options.keys, options.rounds, options.seconds = 20_000, 2, 1
    if options.keys < 1000 or options.rounds < 1 or options.seconds < 1:
        parser.error("at least 1000 keys, 1 round and 1 second")
    if len(options.rate) != 2:
        parser.error("--rate: one for reads and one for writes, as 5000,2000")
    for program in (options.kvick, options.against):
        if program and not os.access(program, os.X_OK):
            parser.error(f"{program} is no program; make build makes .build/release/kvick")
    options.kvick = options.kvick.resolve()
    options.against = options.against and options.against.resolve()
    options.rates = {"read": options.rate[0], "write": options.rate[1]}
    allowed = options.cores = sorted(os.sched_getaffinity(0))
    options.server_cores = options.server_cores or allowed[:1]
    options.load_cores = options.load_cores or allowed[1:2] or allowed[:1]
    for core in options.server_cores + options.load_cores:
        if core not in allowed:
            parser.error(f"core {core} is not among those that there are: {allowed}")
    options.folder = options.folder.resolve()
    stamp = time.strftime("%Y-%m-%dT%H%M%S")
    options.json = options.json or options.folder / f"{stamp}.json"
    options.svg = options.svg or options.folder / f"{stamp}.svg"
    return options
