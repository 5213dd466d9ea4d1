"""The results as text."""

from __future__ import annotations

from .processes import core_list
from .targets import targets

VERDICTS = {True: "met   ", False: "MISSED", None: "      "}
OTHERS_MAX = 0.1
# What keeps a server less busy than this is not the server: the load, the disk, or others.
BUSY_MIN = 0.9


def grouped(series):
    """The series of each workload and number of connections, in their order."""
    groups = {}
    for one in series:
        groups.setdefault((one.workload.name, one.connections), []).append(one)
    return list(groups.values())


def count(number):
    return f"{number:,.0f}"


def span(values, show):
    return f"{show(min(values))} to {show(max(values))}"


def heading(one):
    rate = f", {count(one.rate)} requests a second" if one.rate else ""
    return f"{one.workload.title}; {one.connections} connection{'s' if one.connections > 1 else ''}{rate}"


HEADER = (f"{'':29}{'requests/s':>10} {'lowest to highest':<20}{'p50 ms':>8}{'p99 ms':>8}{'p99.9':>8}"
          f"{'CPU µs':>9} {'lowest to highest':<18}{'user + system':>14}")


def notes(one):
    """What the reader of a line has to know."""
    busy = one.median("throughput") * one.median("cpu") / 1e6 / len(one.peer.cores)
    others = max(one.all("others"))
    return (f"  busy {busy:.0%}" if busy < BUSY_MIN and not one.rate else "") + (
        f"  others took up to {others:.0%} of the core" if others > OTHERS_MAX else "")


def row(one):
    """A server's line: medians, and of throughput and CPU time the lowest and the highest, too."""
    return (f"  {one.peer.title:27}{count(one.median('throughput')):>10}"
            f" {span(one.all('throughput'), count):<20}{one.median('p50'):>8.2f}{one.median('p99'):>8.2f}"
            f"{one.median('p999'):>8.2f}{one.median('cpu'):>9.1f} {span(one.all('cpu'), '{:.1f}'.format):<18}"
            f"{one.median('user'):>6.1f} +{one.median('system'):>6.1f}" + notes(one))


def ratios(one, other, figure):
    """How a figure of one stands to that of another: of the medians, and in each round."""
    rounds = [mine / its for mine, its in zip(one.all(figure), other.all(figure))]
    return f"{one.median(figure) / other.median(figure):.3f} ({span(rounds, '{:.3f}'.format)})"


def against(group):
    """How the build stands to the one that it is measured against."""
    builds = {one.peer.name: one for one in group}
    if "against" not in builds:
        return []
    kvick, earlier = builds["kvick"], builds["against"]
    return [f"  kvick to against: throughput {ratios(kvick, earlier, 'throughput')}, "
            f"CPU time {ratios(kvick, earlier, 'cpu')}, p99 {ratios(kvick, earlier, 'p99')}"]


def figures(results):
    """What was found of the servers beside the workloads."""
    options = results.options
    lines = [f"  loading {count(options.keys)} keys: "
             + ", ".join(f"{name} {seconds:.1f} s" for name, seconds in results.loading_seconds.items())]
    for one in results.footprints:
        lines.append(f"  {one.title} {one.when}: {one.resident_bytes / 1e6:.0f} MB of memory, "
                     f"{one.disk_bytes / 1e6:.0f} MB of disk")
    for name, found in results.starts.items():
        lines.append(f"  {name} answers {found.clean:.3f} s from its start behind a clean stop, {found.crashed:.3f} s behind "
                     f"kill -9; {count(found.survivors)} acknowledged values were looked for behind the crashes, and all counters")
    if results.cores:
        lines += [f"  {label}: {count(one.median('throughput'))} requests/s, CPU {one.median('cpu'):.1f} µs "
                  f"({span(one.all('cpu'), '{:.1f}'.format)})"
                  for label, one in (("one core, GET of random keys", results.cores.one), ("two cores", results.cores.two))]
    elif "cores" in options.workloads:
        lines.append("  two cores were not measured: there is one")
    lines.append(f"  {count(results.looks)} answers were compared in full, "
                 f"{count(results.read_back)} values read back behind writes")
    return lines


def verdicts(results):
    """Each target with what was found."""
    return [f"  {VERDICTS[target.is_met]}  {target.name}: {target.found}; {target.needed}"
            + (f"; {target.beside}" if target.beside else "") for target in targets(results)]


def report(results):
    """All of the results as one text."""
    options = results.options
    where = f"servers on core {core_list(options.server_cores)}, load on core {core_list(options.load_cores)}"
    if set(options.server_cores) & set(options.load_cores):
        where += ", which they share: throughput and latencies are those of both together"
    lines = [f"{results.machine['processor']}, {results.machine['cores']} cores, Linux {results.machine['kernel']}; {where}",
             f"{count(options.keys)} keys with values of 81 bytes; medians of {options.rounds} rounds of {options.seconds} s, "
             "the servers by turns; CPU time is the server's, of one request", "", HEADER]
    for group in grouped(results.series):
        lines += [heading(group[0]), *(row(one) for one in group), *against(group), ""]
    lines += ["Servers", *figures(results)]
    found = verdicts(results)
    if found:
        lines += ["", "Targets", *found]
    return "\n".join(lines)
