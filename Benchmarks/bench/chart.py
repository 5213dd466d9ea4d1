"""The results as a chart: bars of each workload's throughput, and of the p99 where the rate is fixed."""

from __future__ import annotations

from xml.sax.saxutils import escape

from .table import count, grouped, heading

WIDTH, MARGIN = 960, 24
BARS_LEFT, BARS_WIDTH = 236, 430
BAR_HEIGHT, BAR_STEP, GROUP_GAP, HEADING_HEIGHT = 16, 22, 20, 24
TOP = 84

# One colour for each kind of server, the same in each workload, told apart on white and on black.
STYLE = """
  text { font: 13px system-ui, sans-serif; fill: #1f2328; }
  .title { font-size: 17px; font-weight: 600; }
  .heading { font-weight: 600; }
  .note, .figure { fill: #57606a; }
  .ground { fill: #ffffff; }
  .whisker { stroke: #1f2328; stroke-width: 1.5; }
  .kvick { fill: #d9480f; } .against { fill: #f4a27a; } .nginx { fill: #2b8a3e; }
  .webdis { fill: #1971c2; } .webdis-aof { fill: #1971c2; } .etcd { fill: #7048e8; }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3; }
    .note, .figure { fill: #9aa4ae; }
    .ground { fill: #0d1117; }
    .whisker { stroke: #e6edf3; }
    .kvick { fill: #f76707; } .against { fill: #a1501f; } .nginx { fill: #37a34a; }
    .webdis { fill: #3b8fdd; } .webdis-aof { fill: #3b8fdd; } .etcd { fill: #8f6df2; }
  }
"""


def text(x, y, words, kind="", anchor="start"):
    return f'<text x="{x:.1f}" y="{y:.1f}" class="{kind}" text-anchor="{anchor}">{escape(words)}</text>'


def line(x1, y1, x2, y2):
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" class="whisker"/>'


def shown(one):
    """The figure that a server's bar is of."""
    return "p99" if one.rate else "throughput"


def bar(one, top, most):
    """A server's bar with a whisker from the lowest to the highest of its rounds, and its figures."""
    scale = BARS_WIDTH / most
    figures = one.all(shown(one))
    middle = top + BAR_HEIGHT / 2
    low, high = (BARS_LEFT + scale * figure for figure in (min(figures), max(figures)))
    parts = [
        text(BARS_LEFT - 8, middle + 4.5, one.peer.title, anchor="end"),
        f'<rect x="{BARS_LEFT}" y="{top}" width="{scale * one.median(shown(one)):.1f}" height="{BAR_HEIGHT}" rx="2" '
        f'class="{one.peer.name}"/>',
        line(low, middle, high, middle), line(low, middle - 4, low, middle + 4), line(high, middle - 4, high, middle + 4),
        text(BARS_LEFT + BARS_WIDTH + 92, middle + 4.5, f"{count(one.median('throughput'))}/s", "figure", "end"),
        text(BARS_LEFT + BARS_WIDTH + 172, middle + 4.5, f"{one.median('cpu'):.1f} µs", "figure", "end"),
        text(WIDTH - MARGIN, middle + 4.5, f"{one.median('p99'):.2f} ms", "figure", "end"),
    ]
    return "".join(parts)


def chart(results):
    """The chart as SVG."""
    options = results.options
    y = TOP
    parts = []
    for group in grouped(results.series):
        less = "; bars of p99, less is better" if group[0].rate else ""
        parts.append(text(MARGIN, y + 14, heading(group[0]) + less, "heading"))
        y += HEADING_HEIGHT
        most = max(max(one.all(shown(one))) for one in group)
        for one in group:
            parts.append(bar(one, y, most))
            y += BAR_STEP
        y += GROUP_GAP
    head = [
        text(MARGIN, 32, "Requests a second, the server on one core", "title"),
        text(MARGIN, 54, f"{count(options.keys)} keys, {options.rounds} rounds of {options.seconds} s by turns: median, lowest and "
             f"highest; {results.machine['processor']}", "note"),
        text(BARS_LEFT + BARS_WIDTH + 92, 76, "requests", "note", "end"),
        text(BARS_LEFT + BARS_WIDTH + 172, 76, "CPU time", "note", "end"), text(WIDTH - MARGIN, 76, "p99", "note", "end"),
    ]
    return (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {y}" width="{WIDTH}" height="{y}">'
            f'<style>{STYLE}</style><rect width="100%" height="100%" class="ground"/>'
            + "\n".join(head + parts) + "</svg>\n")


def write_chart(results, path):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(chart(results))
