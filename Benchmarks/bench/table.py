"""The figures as text."""

from __future__ import annotations


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
    rate = f", {count(one.rate)} a second" if one.rate else ""
    return f"{one.workload.title}; {one.connections} connection{'s' if one.connections > 1 else ''}{rate}"


def rows(group):
    """The lines of a table, one of each server: medians, with the lowest and the highest of throughput and CPU time."""
    for one in group:
        yield (f"  {one.peer.title:28}{count(one.median('throughput')):>9}"
               f" {'(' + span(one.all('throughput'), count) + ')':<22}"
               f"{one.median('p50'):>8.2f}{one.median('p99'):>8.2f}{one.median('p999'):>8.2f}"
               f"{one.median('cpu'):>9.1f} {'(' + span(one.all('cpu'), '{:.1f}'.format) + ')':<18}"
               f"{one.median('user'):>7.1f} +{one.median('system'):>6.1f}"
               f"{max(one.all('others')) * 100:>7.0f} %")


def table(series):
    """All series as one text."""
    lines = [f"{'':30}{'requests/s':>9} {'':<22}{'p50 ms':>8}{'p99 ms':>8}{'p99.9':>8}{'CPU µs':>9} {'':<18}"
             f"{'user':>7} +{'system':>6}{'others':>9}"]
    for group in grouped(series):
        lines += ["", heading(group[0]), *rows(group)]
    return "\n".join(lines)
