"""What is measured of Kvick itself: how soon it is there, what survives a crash, and what a second core is worth."""

from __future__ import annotations

import concurrent.futures
import dataclasses
import http.client
import signal
import statistics
import threading
import time

from .exchanges import Connection, Draw, WrongAnswer, key_name
from .measuring import Series
from .workloads import GET, PATCH, PUT

STARTS = 3
WRITERS = 8


@dataclasses.dataclass(frozen=True)
class StartFigures:
    """Seconds from a process's start to its first answer, the medians of some; and the acknowledged writes that were
    looked for behind the crashes, none of which was missing."""

    clean: float
    crashed: float
    survivors: int


@dataclasses.dataclass
class PartDraw(Draw):
    """Draws from a part of the keys: which of two writers of one key came last, nobody could tell."""

    first: int

    def key(self):
        return key_name(self.first + self.number(self.keys))


def write_until_crash(kvick, ledger, lock, draw):
    """Writes one after the other, and notes each answer, until the connection breaks."""
    try:
        with Connection(kvick.port) as connection:
            while True:
                for workload in (PUT, PATCH):
                    exchange = workload.make(kvick, draw)
                    with lock:
                        ledger.note_sent(exchange)
                    connection.check(exchange)
                    with lock:
                        ledger.note_answered(exchange)
    except (OSError, http.client.HTTPException):
        return


def crash(kvick, ledger, options, number):
    """Kills the server while it takes writes, starts it anew and returns the seconds until it answered."""
    lock = threading.Lock()
    keys = options.keys // WRITERS
    with concurrent.futures.ThreadPoolExecutor(WRITERS) as pool:
        writers = [pool.submit(write_until_crash, kvick, ledger, lock, PartDraw(
            keys, f"crash{number}", number * WRITERS + writer, writer * keys)) for writer in range(WRITERS)]
        time.sleep(1)
        kvick.end(signal.SIGKILL)
        for writer in writers:
            writer.result()
    return kvick.start()


def measure_starts(kvick, ledger, options):
    """Stops and starts the server, then crashes and starts it, and looks for what it had acknowledged."""
    clean = [kvick.restart() for _ in range(STARTS)]
    crashed, survivors = [], 0
    for number in range(STARTS):
        crashed.append(crash(kvick, ledger, options, number))
        try:
            survivors += ledger.check(5000)
        except WrongAnswer as wrong:
            raise SystemExit(f"behind a crash: {wrong}") from wrong
    return StartFigures(statistics.median(clean), statistics.median(crashed), survivors)


@dataclasses.dataclass(frozen=True)
class CoreFigures:
    """GET of random keys with one core and with two. `is_shared` says that the load had to share the two cores."""

    one: Series
    two: Series
    is_shared: bool

    @property
    def capacity(self):
        """What two cores can do to what one can, by the CPU time of a request."""
        return 2 * self.one.median("cpu") / self.two.median("cpu")

    @property
    def throughput(self):
        return self.two.median("throughput") / self.one.median("throughput")


def measure_cores(measuring, kvick, options):
    """GET of random keys by a server on one core and on two, by turns; nothing where there are no two."""
    if len(options.cores) < 2:
        return None
    pair = (options.server_cores + [core for core in options.cores if core not in options.server_cores])[:2]
    rest = [core for core in options.cores if core not in pair][:2]
    load = rest if len(rest) == 2 else pair
    connections = options.connections[0]
    one = Series(GET, kvick, connections, options.load_cores)
    two = Series(GET, kvick, connections, load)
    for peer in measuring.peers:
        peer.pause()
    try:
        for number in range(options.rounds):
            for series, cores in ((one, options.server_cores[:1]), (two, pair)):
                kvick.cores = cores
                kvick.restart()
                kvick.read_all(options.keys)
                measuring.warm_up(series)
                series.rounds.append(measuring.run(series, options.seconds))
    finally:
        for peer in measuring.peers:
            peer.resume()
        kvick.cores = options.server_cores
    kvick.restart()
    return CoreFigures(one, two, load == pair)
