"""What Kvick is to reach, and whether it did in this run."""

from __future__ import annotations

import dataclasses

MEMORY_BYTES_MAX = 400_000_000
MEMORY_KEYS = 1_000_000


@dataclasses.dataclass(frozen=True)
class Target:
    """One target: what was asked for, what was found, whether that is enough, and what else there is to see."""

    name: str
    needed: str
    found: str
    # Nothing where it can't be told here.
    is_met: bool | None
    beside: str = ""


def by_cpu(name, least, kvick, peer):
    """Reads are judged by the CPU time of a request, which is steadier than throughput on a machine that others use."""
    ratio = peer.median("cpu") / kvick.median("cpu")
    throughput = kvick.median("throughput") / peer.median("throughput")
    return Target(name, f"at least {least}", f"{ratio:.2f} by CPU time", ratio >= least, f"{throughput:.2f} by throughput")


def by_throughput(name, least, kvick, peer):
    """Durable writes are judged by throughput, since the disk has a part in them."""
    ratio = kvick.median("throughput") / peer.median("throughput")
    cpu = peer.median("cpu") / kvick.median("cpu")
    p99, peer_p99 = kvick.median("p99"), peer.median("p99")
    return Target(name, f"at least {least}, p99 no worse", f"{ratio:.2f} by throughput, p99 {p99:.2f} to {peer_p99:.2f} ms",
                  ratio >= least and p99 <= peer_p99, f"{cpu:.2f} by CPU time")


def at_most(name, most, found, unit):
    return Target(name, f"under {most:g} {unit}", f"{found:.3g} {unit}", found < most)


def page_target(page, first):
    ratio = page.median("cpu") / first.median("cpu")
    throughput = first.median("throughput") / page.median("throughput")
    return Target("a list page behind half of all keys to the first", "within 1.2", f"{ratio:.2f} by CPU time",
                  ratio <= 1.2, f"{throughput:.2f} by throughput")


def cores_target(cores):
    """Judged where the load has cores of its own: CPU time alone does not see one that waits for another."""
    capacity = (f"{cores.capacity:.2f} by CPU time ({cores.one.median('cpu'):.1f} µs of a request with one core, "
                f"{cores.two.median('cpu'):.1f} with two)")
    name, needed, found = "two cores to one, GET of random keys", "at least 1.7", f"{cores.throughput:.2f} by throughput"
    if cores.is_shared:
        return Target(name, needed, found, None, f"{capacity}; the load had to share the two cores")
    return Target(name, needed, found, cores.throughput >= 1.7, capacity)


def targets(results):
    """All targets for which this run has the figures."""
    found = []
    connections = results.options.connections[0]
    series = {(one.workload.name, one.peer.name): one for one in results.series if one.connections == connections}
    for name, least, judge, workload, peer in (
            ("GET of random keys to nginx return 200", 0.75, by_cpu, "get", "nginx"),
            ("GET of random keys to Webdis without AOF", 2.0, by_cpu, "get", "webdis"),
            ("durable PUT to Webdis, AOF always", 1.5, by_throughput, "put", "webdis-aof"),
            ("PATCH to Webdis, AOF always", 1.5, by_throughput, "patch", "webdis-aof")):
        if (workload, "kvick") in series and (workload, peer) in series:
            found.append(judge(name, least, series[workload, "kvick"], series[workload, peer]))
    if ("list", "kvick") in series and ("page", "kvick") in series:
        found.append(page_target(series["page", "kvick"], series["list", "kvick"]))
    if results.cores:
        found.append(cores_target(results.cores))
    if results.options.keys == MEMORY_KEYS:
        most = max(footprint.resident_bytes for footprint in results.footprints if footprint.peer == "kvick")
        found.append(at_most("resident memory with a million keys", MEMORY_BYTES_MAX / 1e6, most / 1e6, "MB"))
    if "kvick" in results.starts:
        found.append(at_most("start behind a clean stop", 1, results.starts["kvick"].clean, "s"))
        found.append(at_most("start behind kill -9", 3, results.starts["kvick"].crashed, "s"))
    return found
