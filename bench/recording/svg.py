"""Charts as SVG text: lines and bars. The same numbers give the same bytes. Colours follow the reader's light or dark mode, and
each chart paints its own ground, so that it can be read on any page."""

import math
from xml.sax.saxutils import escape

WIDTH = 760
STYLE = """<style>
svg { --ground: #ffffff; --ink: #1c2024; --faint: #d5d9de; --soft: #5b646e;
 --c0: #0b62d6; --c1: #c2410c; --c2: #0f8a5f; --c3: #8b3fc4; --c4: #a16207; --c5: #7a8490; }
@media (prefers-color-scheme: dark) { svg { --ground: #14181d; --ink: #e6e9ec; --faint: #343b43; --soft: #9aa4af;
 --c0: #5aa2ff; --c1: #ff8f5a; --c2: #3ecf97; --c3: #c892f5; --c4: #e0b34a; --c5: #8b96a2; } }
text { font: 13px system-ui, sans-serif; fill: var(--ink); }
.title { font-size: 15px; font-weight: 600; } .soft { fill: var(--soft); } .end { text-anchor: end; } .middle { text-anchor: middle; }
.grid { stroke: var(--faint); stroke-width: 1; } .line { fill: none; stroke-width: 2.2; }
</style>"""


def number(value):
    """Short, for a label: 3.1M, 42k, 283, 0.84."""
    for limit, unit in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if abs(value) >= limit * 0.9995:
            return f"{value / limit:.3g}{unit}"
    return f"{value:.3g}"


def place(value):
    """A coordinate."""
    return f"{value:.1f}".removesuffix(".0")


class Scale:
    """From values to coordinates, with ticks at round numbers."""

    def __init__(self, values, start, end, log):
        low, high = min(values), max(values)
        if log:
            self.ticks = [10.0 ** power for power in range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)]
        else:
            step = 10.0 ** math.floor(math.log10(high / 2))
            step *= next(factor for factor in (1, 2, 5, 10) if high / (step * factor) <= 6)
            self.ticks = [step * i for i in range(math.ceil(high / step - 1e-9) + 1)]
        self._of = math.log10 if log else float
        self._low, self._high, self._start, self._end = self._of(self.ticks[0]), self._of(self.ticks[-1]), start, end

    def __call__(self, value):
        share = (self._of(value) - self._low) / ((self._high - self._low) or 1)
        return self._start + share * (self._end - self._start)


def text(x, y, what, kind=""):
    return f'<text x="{place(x)}" y="{place(y)}" class="{kind}">{escape(what)}</text>'


def line(x1, y1, x2, y2):
    return f'<line x1="{place(x1)}" y1="{place(y1)}" x2="{place(x2)}" y2="{place(y2)}" class="grid"/>'


def picture(height, title, parts):
    """A description for those who cannot see it, the ground, and the parts."""
    return "\n".join([f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}" '
                      f'role="img" aria-label="{escape(title)}">', STYLE,
                      f'<rect width="{WIDTH}" height="{height}" fill="var(--ground)"/>', text(16, 26, title, "title"), *parts, "</svg>\n"])


def line_chart(title, x_name, y_name, x_labels, series, log=True, limit=None):
    """series: name -> values, one for each x label, None where there is none. limit: (value, what it is), drawn across."""
    left, right, top, bottom = 70, WIDTH - 190, 62, 350
    values = [value for each in series.values() for value in each if value is not None] + ([limit[0]] if limit else [])
    scale = Scale(values, bottom, top, log)
    at = [left + (right - left) * i / max(1, len(x_labels) - 1) for i in range(len(x_labels))]
    parts = [text(16, 48, y_name, "soft"), text((left + right) / 2, bottom + 42, x_name, "soft middle")]
    for tick in scale.ticks:
        parts += [line(left, scale(tick), right, scale(tick)), text(left - 8, scale(tick) + 4, number(tick), "soft end")]
    parts += [text(x, bottom + 20, label, "soft middle") for x, label in zip(at, x_labels)]
    ends = []
    if limit:
        y = place(scale(limit[0]))
        parts.append(f'<line x1="{left}" y1="{y}" x2="{right}" y2="{y}" stroke="var(--soft)" stroke-dasharray="5 4"/>')
        ends.append([scale(limit[0]), right, limit[1], "--soft"])
    for i, (name, each) in enumerate(series.items()):
        points = [(x, scale(value)) for x, value in zip(at, each) if value is not None]
        parts.append(f'<polyline class="line" stroke="var(--c{i % 6})" points="' + " ".join(f"{place(x)},{place(y)}" for x, y in points) + '"/>')
        parts += [f'<circle cx="{place(x)}" cy="{place(y)}" r="3.2" fill="var(--c{i % 6})"/>' for x, y in points]
        ends.append([points[-1][1], points[-1][0], name, f"--c{i % 6}"])
    last = -math.inf
    for end in sorted(ends):  # names beside the ends of their lines, pushed apart
        last = max(end[0] + 4, last + 17)
        parts.append(f'<text x="{place(end[1] + 10)}" y="{place(last)}" style="fill: var({end[3]})">{escape(end[2])}</text>')
    return picture(bottom + 58, title, parts)


def bar_chart(title, x_name, groups, log=True, left=330):
    """groups: heading -> [(name, value, colour)]; the longest bar is the largest value."""
    right, y = WIDTH - 80, 56
    values = [value for bars in groups.values() for _, value, _ in bars]
    scale = Scale(values + ([min(values) / 3] if log else []), left, right, log)
    bottom = y + sum(30 + 24 * len(bars) for bars in groups.values()) + 4
    parts = [text((left + right) / 2, bottom + 38, x_name, "soft middle")]
    for tick in scale.ticks:
        parts += [line(scale(tick), y, scale(tick), bottom), text(scale(tick), bottom + 18, number(tick), "soft middle")]
    for heading, bars in groups.items():
        parts.append(text(16, y + 18, heading, "soft"))
        y += 30
        for name, value, colour in bars:
            parts += [text(left - 10, y + 13, name, "end"),
                      f'<rect x="{left}" y="{y}" width="{place(max(1, scale(value) - left))}" height="17" rx="2" fill="var(--c{colour})"/>',
                      text(scale(value) + 6, y + 13, number(value))]
            y += 24
    return picture(bottom + 52, title, parts)
