"""Draw the charts of the page as inline SVG: trajectories with bands, and where the displaced went.

Matplotlib lays the chart out with the font that the page embeds and leaves text as text, so that it stays
sharp, small, selectable and in the reader's language.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from io import StringIO
from typing import TYPE_CHECKING, Any

from sim.report.fonts import font_path

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

INK, MUTED, RULE = "#1d2327", "#5b6570", "#d9dee3"
BASE_STYLE = ("#6b7280", "5 3")
LINE_STYLES = (
    ("#0b5563", ""),
    ("#b45309", "7 2 1.5 2"),
    ("#6d3f9c", "1.5 2"),
    ("#a8325e", "9 3"),
    ("#3f7d20", "3 1.5"),
    ("#1f5fa8", "5 1 1 1"),
    ("#7a5c00", "2 1"),
)
"""Colour and dashes of the scenarios in order: no line is told by its colour alone."""
FALL_COLOUR, RISE_COLOUR, SUM_COLOUR = "#a6611a", "#2b8a83", "#4a5560"
PART_COLOURS = ("#0b5563", "#7fb3b4", "#d8b365", "#a6611a")
_FONT_SIZE = 9.0


@dataclass(frozen=True)
class Line:
    """Hold one scenario's path: years, middle and band, all of one length."""

    label: str
    years: Sequence[float]
    middle: Sequence[float]
    low: Sequence[float]
    high: Sequence[float]
    colour: str
    dash: str


@dataclass(frozen=True)
class Points:
    """Hold one published series; ``filled`` marks values that were open to the fit."""

    label: str
    years: Sequence[float]
    values: Sequence[float]
    marker: str
    filled: bool


@dataclass(frozen=True)
class Bar:
    """Hold one stacked bar: a label and its parts in order."""

    label: str
    parts: Sequence[float]


def trajectory_svg(
    lines: Sequence[Line],
    points: Sequence[Points],
    *,
    key: str,
    title: str,
    description: str,
    y_label: str,
    from_zero: bool = False,
) -> str:
    """Draw the paths of one area with their bands and the published points over them, and the zero line."""
    figure, axes = _new_figure(4.3, 3.0)
    for line in lines:
        axes.fill_between(line.years, line.low, line.high, color=line.colour, alpha=0.16, linewidth=0)
        dash = tuple(float(part) for part in line.dash.split())
        axes.plot(line.years, line.middle, color=line.colour, linewidth=1.6, dashes=dash or (None, None))
    for series in points:
        axes.plot(
            series.years,
            series.values,
            linestyle="none",
            marker=series.marker,
            markersize=4.2,
            markerfacecolor=INK if series.filled else "white",
            markeredgecolor=INK,
            markeredgewidth=0.9,
        )
    if from_zero:
        axes.axhline(0, color=MUTED, linewidth=0.8)
    axes.yaxis.set_major_formatter(_true_minus)
    axes.set_ylabel(y_label)
    axes.margins(x=0.02, y=0.08)
    axes.grid(axis="y", color=RULE, linewidth=0.6)
    axes.xaxis.set_major_locator(_year_ticks(lines))
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:.0f}")
    return _to_svg(figure, key, title, description)


def stacked_bars_svg(bars: Sequence[Bar], *, key: str, title: str, description: str, x_label: str) -> str:
    """Draw horizontal stacked bars, the first on top, with no zero-length part."""
    figure, axes = _new_figure(7.2, 0.62 + 0.36 * max(len(bars), 1))
    for row, bar in enumerate(bars):
        left = 0.0
        for part, colour in zip(bar.parts, PART_COLOURS, strict=False):
            if part > 0:
                axes.barh(row, part, left=left, height=0.66, color=colour, linewidth=0)
            left += part
    axes.set_yticks(range(len(bars)), [bar.label for bar in bars])
    axes.tick_params(axis="y", length=0)
    axes.invert_yaxis()
    axes.set_xlim(left=0)
    axes.set_xlabel(x_label)
    axes.xaxis.set_major_formatter(_true_minus)
    axes.grid(axis="x", color=RULE, linewidth=0.6)
    axes.spines["left"].set_visible(True)
    return _to_svg(figure, key, title, description)


@dataclass(frozen=True)
class Step:
    """Hold one step of a waterfall: its size with bounds, and the size as text; a sum starts from zero."""

    label: str
    value: float
    low: float
    high: float
    text: str
    is_sum: bool = False


def waterfall_svg(steps: Sequence[Step], *, key: str, title: str, description: str, x_label: str) -> str:
    """Draw how steps add up to a sum: a bar each from the end of the one before, its bounds a thin line."""
    figure, axes = _new_figure(7.6, 0.7 + 0.34 * len(steps))
    at, ends = 0.0, [0.0]
    for row, step in enumerate(steps):
        start = 0.0 if step.is_sum else at
        colour = SUM_COLOUR if step.is_sum else FALL_COLOUR if step.value < 0 else RISE_COLOUR
        axes.barh(row, step.value, left=start, height=0.62, color=colour, linewidth=0)
        axes.plot([start + step.low, start + step.high], [row, row], color=INK, linewidth=1.1)
        at = start + step.value
        ends += [at, start + step.low, start + step.high]
        if row + 1 < len(steps):
            axes.plot([at, at], [row + 0.31, row + 0.69], color=MUTED, linewidth=0.6)
    span = max(ends) - min(ends) or 1.0
    for row, step in enumerate(steps):
        axes.annotate(
            step.text,
            (1.0, row),
            xycoords=("axes fraction", "data"),
            xytext=(4, 0),
            textcoords="offset points",
            va="center",
            fontsize=_FONT_SIZE,
            color=INK,
        )
    axes.axvline(0, color=MUTED, linewidth=0.8)
    axes.set_xlim(min(ends) - 0.03 * span, max(ends) + 0.03 * span)
    axes.set_yticks(range(len(steps)), [step.label for step in steps])
    axes.tick_params(axis="y", length=0)
    axes.invert_yaxis()
    axes.set_xlabel(x_label)
    axes.xaxis.set_major_formatter(_true_minus)
    axes.grid(axis="x", color=RULE, linewidth=0.6)
    return _to_svg(figure, key, title, description)


def _true_minus(value: float, _: int) -> str:
    return f"{value:,.6g}".replace("-", "\N{MINUS SIGN}")


def line_key_svg(colour: str, dash: str) -> str:
    """Draw the short line that stands for a scenario in a legend."""
    dashes = f' stroke-dasharray="{dash}"' if dash else ""
    return (
        '<svg class="key" viewBox="0 0 34 12" width="34" height="12" aria-hidden="true">'
        f'<rect y="1" width="34" height="10" fill="{colour}" opacity=".16"/>'
        f'<path d="M0 6H34" stroke="{colour}" stroke-width="2"{dashes}/></svg>'
    )


def point_key_svg(marker: str, filled: bool) -> str:
    """Draw the sign that stands for a published series in a legend."""
    shapes = {
        "o": '<circle cx="7" cy="6" r="3.6"/>',
        "D": '<path d="M7 1.6L11.4 6L7 10.4L2.6 6Z"/>',
        "^": '<path d="M7 1.8L11 9.6H3Z"/>',
    }
    fill = INK if filled else "#fff"
    return (
        '<svg class="key" viewBox="0 0 14 12" width="14" height="12" aria-hidden="true">'
        f'<g fill="{fill}" stroke="{INK}" stroke-width="1.1">{shapes[marker]}</g></svg>'
    )


def _new_figure(width: float, height: float) -> tuple[Figure, Axes]:
    """Return a figure on no screen, drawn with the page's own font."""
    from matplotlib import font_manager
    from matplotlib.figure import Figure

    font = font_manager.FontProperties(fname=str(font_path("sans")))
    if font.get_name() not in {entry.name for entry in font_manager.fontManager.ttflist}:
        font_manager.fontManager.addfont(str(font_path("sans")))
    figure = Figure(figsize=(width, height), layout="constrained")
    axes = figure.add_subplot()
    axes.set_axisbelow(True)
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    axes.spines["bottom"].set_color(MUTED)
    axes.tick_params(colors=MUTED, labelsize=_FONT_SIZE, length=3, width=0.6)
    axes.tick_params(axis="y", length=0)
    axes.xaxis.label.set(color=MUTED, size=_FONT_SIZE)
    axes.yaxis.label.set(color=MUTED, size=_FONT_SIZE)
    return figure, axes


def _year_ticks(lines: Sequence[Line]) -> Any:
    from matplotlib.ticker import MultipleLocator

    years = [year for line in lines for year in line.years]
    span = max(years) - min(years) if years else 0.0
    return MultipleLocator(2 if span <= 12 else 5 if span <= 30 else 10)


def _to_svg(figure: Figure, key: str, title: str, description: str) -> str:
    """Return the figure as an SVG element that can stand in a page many times over."""
    import matplotlib as mpl

    settings = {
        "svg.fonttype": "none",
        "svg.hashsalt": key,
        "font.family": ["Noto Sans SC"],
        "axes.unicode_minus": True,
        "path.simplify_threshold": 0.2,
    }
    out = StringIO()
    with mpl.rc_context(settings):
        for text in figure.findobj(mpl.text.Text):
            text.set_fontfamily("Noto Sans SC")
        figure.savefig(out, format="svg", transparent=True, metadata={"Date": None, "Creator": None})
    return _inline(out.getvalue(), key, title, description)


def _inline(svg: str, key: str, title: str, description: str) -> str:
    body = svg[svg.index("<svg") :]
    body = re.sub(r"<metadata>.*?</metadata>", "", body, flags=re.DOTALL)
    body = re.sub(r"\s(?:xmlns(?::\w+)?|version)=\"[^\"]*\"", "", body)
    body = re.sub(r'\bid="([^"]+)"', rf'id="{key}-\1"', body)
    body = re.sub(r"url\(#([^)]+)\)", rf"url(#{key}-\1)", body)
    body = re.sub(r'xlink:href="#([^"]+)"', rf'href="#{key}-\1"', body)
    body = re.sub(r"font-family: [^;\"]*;?\s*", "", body)  # the page's own rule names the embedded font
    body = re.sub(
        r"<!--.*?-->|<style.*?</style>", "", body, flags=re.DOTALL
    )  # its style rule would hold for the page
    body = re.sub(r"\s*\n\s*", " ", body)
    opening = re.match(r"<svg\b[^>]*>", body)
    if opening is None:
        raise ValueError("matplotlib wrote no svg element")
    box = re.search(r'viewBox="([^"]+)"', opening.group(0))
    head = (
        f'<svg class="chart" viewBox="{box.group(1) if box else "0 0 310 216"}" role="img" '
        f'aria-labelledby="{key}-t {key}-d"><title id="{key}-t">{escape(title)}</title>'
        f'<desc id="{key}-d">{escape(description)}</desc>'
    )
    return head + body[opening.end() :].strip()
