"""Write every figure of the page as a picture of its own, SVG and PNG, with title, legend, unit and font.

The drawings are the page's; here they get what stands around them there. Chinese names need a font that a
fresh machine does not have: the SVG carries the letters it uses, the PNG is drawn with the shipped font.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape, unescape
from pathlib import Path
from typing import TYPE_CHECKING

from sim.errors import InputError
from sim.report.content import Content, gather
from sim.report.figures import INK, MUTED
from sim.report.fonts import font_path, subset
from sim.report.section_attribution import attribution_context
from sim.report.section_flows import flow_context
from sim.report.section_places import map_context, path_context
from sim.report.words import Words

if TYPE_CHECKING:
    from sim.scenarios.results import Results

WIDTH = 1600
"""Width of a PNG in pixels: sharp over half a page of print."""

_CHART_LETTERS, _MAP_LETTERS = 9.0, 14.0
"""Size of the letters around a chart and around a map, in units of the drawing."""
_SWATCH = 34 / 12
"""Width of the sign of a legend over its height."""
_STYLE = f"""
text{{font-family:"Shujie Sans","Noto Sans SC",sans-serif;fill:{MUTED}}}
.title{{fill:{INK}}}
.chart *{{stroke-linejoin:round;stroke-linecap:butt}}
.map .cells use{{stroke:#fff;stroke-width:.25}}
.map .borders use{{fill:none;stroke:#6a747b;stroke-width:.7}}
.inset-source,.inset-frame{{fill:none;stroke:#2c353b;stroke-width:.9}}
.inset-ground{{fill:#fff}}
.leader{{fill:none;stroke:#2c353b;stroke-width:.7}}
.leader-end{{fill:#2c353b}}
.map text{{font-size:12.5px;stroke-width:3.2px;text-anchor:middle;fill:{INK};stroke:#fff;paint-order:stroke}}
"""


@dataclass(frozen=True)
class Picture:
    """Hold a figure with what stands around it.

    Attributes
    ----------
    name
        Name of its files, without ending.
    drawing
        An SVG element of the page.
    legend
        Sign (an SVG element, or a colour) and text of each entry.
    legend_title, note
        What the legend is of, with its unit; what the figure shows and rests on.
    shapes
        Definitions that the drawing refers to.
    """

    name: str
    title: str
    drawing: str
    legend: Sequence[tuple[str, str]] = ()
    legend_title: str = ""
    note: str = ""
    shapes: str = ""
    letters: float = _CHART_LETTERS


def write_pictures(
    results: Results, folder: str | Path, *, lang: str = "en", compared: str | None = None
) -> list[Path]:
    """Write every figure of a store's page as SVG and PNG, and return their paths.

    Raises
    ------
    InputError
        When the language or the scenario is not known, or the folder cannot be written.
    """
    words, target = Words(lang), Path(folder).expanduser()
    words.t  # noqa: B018 - an unknown language is refused before any work
    if target.exists() and not target.is_dir():
        raise _unwritable(target, "it is a file")
    paths = []
    drawn = list(pictures(gather(results, compared), words))
    face = font_face(drawn)
    for picture in drawn:
        svg = standalone(picture, face)
        for ending, content in (("svg", svg.encode("utf-8")), ("png", png(svg))):
            path = target / f"{picture.name}.{ending}"
            try:
                target.mkdir(parents=True, exist_ok=True)
                path.write_bytes(content)
            except OSError as error:
                raise _unwritable(path, error.strerror or str(error)) from None
            paths.append(path)
    return paths


def pictures(content: Content, words: Words) -> Iterator[Picture]:
    """Yield the figures in the order of the page: maps, paths, flows, attributions."""
    version, runs = content.meta["shujie"], words.t["trace_runs"].format(runs=content.runs)
    note = f"shujie {version} · {runs}"
    yield from _maps(content, words, note)
    context = path_context(content, words)
    legend = [(str(entry["key"]), str(entry["label"])) for entry in context["path_legend"]]
    for chart in context["path_charts"]:
        key = _key_of(str(chart["svg"]))
        title = words.t["of"].format(area=chart["title"], what=words.indicator("residents"))
        yield Picture(f"paths-{key.removeprefix('path-')}", title, str(chart["svg"]), legend, "", note)
    context = flow_context(content, words)
    parts = [(str(entry["colour"]), str(entry["label"])) for entry in context["part_legend"]]
    for block in context["flows"]:
        if not block["empty"]:
            title = f"{words.t['flows_chart']}{words.t['colon']}{block['title']}"
            number = int(_key_of(str(block["svg"])).removeprefix("flows"))
            name = f"flows-{content.scenarios[number].id}"
            yield Picture(name, title, str(block["svg"]), parts, "", note)
    for item, block in zip(
        content.attributions, attribution_context(content, words)["attributions"], strict=True
    ):
        name = f"attribution-{item.plan.scenario}-{item.plan.indicator}-{item.plan.area}"
        yield Picture(name, block["title"], str(block["svg"]), (), "", f"{block['method']} · {note}")


def _maps(content: Content, words: Words, note: str) -> Iterator[Picture]:
    context = map_context(content, words)
    title, quarters = context["legend_title"], f"{content.base} – {content.end}"
    for level, legend, about in (
        ("district", context["map_legend"], words.t["maps_district"]),
        ("zone", context["zone_legend"], words.t["maps_zone"]),
    ):
        for scenario, drawn in zip(content.options, context[f"{level}_maps"], strict=True):
            yield Picture(
                f"map-{level}-{scenario.id}",
                drawn["title"],
                str(drawn["svg"]),
                [(str(colour), str(text)) for colour, text in legend],
                f"{title}, {quarters} (%)",
                f"{about} · {note}",
                shapes=str(context["shapes"]),
                letters=_MAP_LETTERS,
            )


def font_face(drawn: Sequence[Picture]) -> str:
    """Return the font with the letters of some pictures, as a rule that their documents carry."""
    texts = [
        f"{p.title} {p.note} {p.legend_title} {' '.join(label for _, label in p.legend)} {p.drawing}"
        for p in drawn
    ]
    letters = unescape(re.sub(r"<[^>]+>", " ", " ".join(texts)))
    data = base64.b64encode(subset("sans", letters)).decode("ascii")
    return f'@font-face{{font-family:"Shujie Sans";src:url("data:font/woff;base64,{data}") format("woff")}}'


def standalone(picture: Picture, face: str) -> str:
    """Return a picture as an SVG document that needs nothing else.

    Parameters
    ----------
    face
        What `font_face` returned.
    """
    size = picture.letters
    width, height = _box(picture.drawing)
    margin, inner = size, width
    parts: list[str] = []
    y = margin
    for line in _lines(picture.title, inner, 1.25 * size):
        y += 1.25 * size
        parts.append(_text(margin, y, 1.25 * size, line, "title"))
    y += 0.6 * size
    parts.append(_placed(picture.drawing, margin, y, width, height))
    y += height + 0.4 * size
    for line in _lines(picture.legend_title, inner, size) if picture.legend_title else ():
        y += 1.3 * size
        parts.append(_text(margin, y, size, line, "title"))
    drawn, y = _legend(picture.legend, margin, y + 0.5 * size, inner, size)
    parts += drawn
    for line in _lines(picture.note, inner, 0.85 * size):
        y += 1.3 * size
        parts.append(_text(margin, y, 0.85 * size, line, "note"))
    total, depth = inner + 2 * margin, y + margin
    body = "".join(parts)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{total:.1f}" height="{depth:.1f}" '
        f'viewBox="0 0 {total:.1f} {depth:.1f}"><title>{escape(picture.title)}</title>'
        f"<style>{face}{_STYLE}</style>"
        f'<rect width="100%" height="100%" fill="#fff"/>{picture.shapes}{body}</svg>\n'
    )


def png(svg: str) -> bytes:
    """Return an SVG document as a PNG, drawn with the shipped font."""
    import resvg_py

    # The renderer takes the font from its file; the letters inside the document are for browsers.
    plain = re.sub(r"@font-face\{[^}]*\}", "", svg)
    return bytes(
        resvg_py.svg_to_bytes(
            svg_string=plain,
            width=WIDTH,
            background="#ffffff",
            skip_system_fonts=True,
            font_files=[str(font_path("sans"))],
            sans_serif_family="Noto Sans SC",
            font_family="Noto Sans SC",
        )
    )


def _legend(
    entries: Sequence[tuple[str, str]], left: float, top: float, width: float, size: float
) -> tuple[list[str], float]:
    """Return the signs and texts of a legend in rows, and where the last row ends."""
    parts, x, y = [], left, top
    for sign, label in entries:
        wide = _SWATCH * size if sign.startswith("<") else size
        need = wide + 0.5 * size + _length(label, size) + 1.4 * size
        if x > left and x + need > left + width:
            x, y = left, y + 1.6 * size
        if sign.startswith("<"):
            parts.append(_placed(sign, x, y, wide, size))
        else:
            parts.append(
                f'<rect x="{x:.1f}" y="{y:.1f}" width="{size}" height="{size}" fill="{escape(sign)}" '
                f'stroke="{MUTED}" stroke-width="{size / 30:.2f}"/>'
            )
        parts.append(_text(x + wide + 0.5 * size, y + 0.88 * size, size, label, ""))
        x += need
    return parts, y + (1.4 * size if entries else 0.0)


def _placed(svg: str, x: float, y: float, width: float, height: float) -> str:
    """Return an SVG element at a place of an outer one, instead of its own size."""
    opening = re.match(r"<svg\b[^>]*>", svg)
    if opening is None:
        raise ValueError("a drawing is no svg element")
    head = re.sub(r'\s(?:x|y|width|height|aria-[a-z]+|role)="[^"]*"', "", opening.group(0))
    place = f' x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}" overflow="visible"'
    # A renderer of SVG 1.1 knows no classes on nested elements: the group carries them too.
    name = re.search(r'class="([^"]*)"', head)
    return f'<g class="{name.group(1) if name else ""}">{head[:-1]}{place}>{svg[opening.end() :]}</g>'


def _box(svg: str) -> tuple[float, float]:
    """Return the width and the height of a drawing."""
    found = re.search(r'viewBox="([^"]+)"', svg)
    if found is None:
        raise ValueError("a drawing has no view box")
    _, _, width, height = (float(part) for part in found.group(1).split())
    return width, height


def _key_of(svg: str) -> str:
    """Return the key that makes the ids of a drawing unique."""
    found = re.search(r'aria-labelledby="(\S+)-t ', svg)
    return found.group(1) if found else ""


def _text(x: float, y: float, size: float, text: str, name: str) -> str:
    return f'<text class="{name}" x="{x:.1f}" y="{y:.1f}" font-size="{size:.2f}">{escape(text)}</text>'


def _lines(text: str, width: float, size: float) -> list[str]:
    """Break a text into lines of a width, at spaces or between Chinese signs."""
    lines, line = [], ""
    for piece in re.findall(r"[\u2e80-\uffef]|[^\s\u2e80-\uffef]+\s*|\s+", text):
        if line and _length(line + piece, size) > width:
            lines.append(line.rstrip())
            line = piece.lstrip()
        else:
            line += piece
    return [*lines, line] if line else lines


def _length(text: str, size: float) -> float:
    """Return about how long a text is: a Chinese sign is as wide as it is high, a letter about half."""
    return sum(size if ord(sign) > 0x2E80 else 0.56 * size for sign in text)


def _unwritable(target: Path, why: str) -> InputError:
    return InputError(
        "the pictures cannot be written",
        where=str(target),
        why=why,
        mend="give another folder with --pictures",
    )
