"""Runs workloads by turns and gathers the figures of each round."""

from __future__ import annotations

import dataclasses
import statistics
import sys
import time

from .checks import Ledger
from .exchanges import Connection, Draw, WrongAnswer
from .load import run
from .processes import core_ticks, TICKS_PER_SECOND

WARM_UP_SECONDS_MAX = 10


@dataclasses.dataclass(frozen=True)
class Round:
    """One run's figures. Latencies are in milliseconds, CPU times in microseconds of one request; `others` is the part of the
    servers' cores that others than the server used meanwhile."""

    requests: int
    throughput: float
    p50: float
    p99: float
    p999: float
    user: float
    system: float
    others: float

    @property
    def cpu(self):
        return self.user + self.system


@dataclasses.dataclass
class Series:
    """All rounds of one workload with one server and so many connections."""

    workload: object
    peer: object
    connections: int
    load_cores: list[int]
    rate: int | None = None
    rounds: list[Round] = dataclasses.field(default_factory=list)

    def all(self, figure):
        return [getattr(one, figure) for one in self.rounds]

    def median(self, figure):
        return statistics.median(self.all(figure))


class Measuring:
    """Measures servers that are started and loaded, each while all others are paused."""

    def __init__(self, peers, options, folder):
        self.peers = peers
        self.options = options
        self.requests_file = folder / "requests"
        self.ledgers = {peer.name: Ledger(peer) for peer in peers}
        self.seed = 0
        self.looks = 0
        self.read_back = 0

    def measure(self, workloads):
        """Measures workloads of one group by turns, and each server by turns within them; returns their series."""
        series = []
        for workload in workloads:
            connections = self.options.connections if workload.many_connections else self.options.connections[:1]
            rate = self.options.rates.get(workload.open_loop)
            for count in connections:
                series += [Series(workload, peer, count, self.options.load_cores, rate) for peer in self.peers
                           if peer.is_measured or peer.name in workload.peers]
        for peer in {one.peer for one in series}:
            peer.settle()
        for peer in self.peers:
            peer.pause()
        try:
            for one in series:
                self.warm_up(one)
            for number in range(self.options.rounds):
                # By turns, so that none always comes first.
                for one in series if number % 2 == 0 else reversed(series):
                    one.rounds.append(self.run(one, self.options.seconds))
        finally:
            for peer in self.peers:
                peer.resume()
        return series

    def warm_up(self, series):
        """Runs uncounted until the caches hold what a round asks for, or some seconds are over."""
        sent, end = 0, time.monotonic() + WARM_UP_SECONDS_MAX
        while sent < series.workload.count and time.monotonic() < end:
            sent += self.run(series, 1).requests

    def run(self, series, seconds):
        """One run, with an answer that is compared in full before and behind it, some meanwhile, and what it stored."""
        workload, peer, ledger = series.workload, series.peer, self.ledgers[series.peer.name]
        self.seed += 1
        draw = Draw(self.options.keys, f"run{self.seed}", self.seed)
        exchanges = [workload.make(peer, draw) for _ in range(workload.count)]

        def look(connection):
            exchange = workload.make(peer, draw)
            ledger.note_sent(exchange)
            connection.check(exchange)
            ledger.note_answered(exchange)

        peer.resume()
        try:
            with Connection(peer.port) as connection:
                look(connection)
            cpu, ticks, began = peer.cpu_time(), core_ticks(peer.cores), time.monotonic()
            figures = run(peer.port, exchanges, self.requests_file, series.connections, seconds, series.load_cores, look,
                          series.rate)
            cpu, ticks, passed = peer.cpu_time() - cpu, core_ticks(peer.cores) - ticks, time.monotonic() - began
            with Connection(peer.port) as connection:
                look(connection)
            # Several threads do not send in turn.
            in_turn = series.rate is None and len(series.load_cores) == 1
            ledger.note(exchanges, figures.requests, series.connections, in_turn)
            self.read_back += ledger.check()
        except WrongAnswer as wrong:
            raise SystemExit(f"{workload.title}, {peer.title}: {wrong}") from wrong
        finally:
            peer.pause()
        self.looks += figures.looks + 2
        requests = figures.requests + figures.looks
        shared = set(peer.cores) & set(series.load_cores)
        others = 0 if shared else max(ticks / TICKS_PER_SECOND - cpu.total, 0) / passed / len(peer.cores)
        found = Round(figures.requests, figures.throughput, figures.p50 / 1e3, figures.p99 / 1e3, figures.p999 / 1e3,
                      cpu.user / requests * 1e6, cpu.system / requests * 1e6, others)
        print(f"  {workload.name}, {peer.title}, {series.connections} connections: {found.throughput:,.0f}/s, "
              f"{found.cpu:.1f} µs", file=sys.stderr)
        return found
