"""Cut the Chinese fonts down to the characters of one page and embed them.

A fresh machine has no Chinese font, so the page ships its own. Noto Sans SC and Noto Serif SC are under the
SIL Open Font License 1.1, which allows a document to embed a subset.
"""

from __future__ import annotations

import base64
from functools import lru_cache
from io import BytesIO
from pathlib import Path

FAMILIES = {"Shujie Sans": "sans", "Shujie Serif": "serif"}
ALWAYS = "".join(chr(code) for code in range(0x20, 0x7F)) + "·–—−×°²…≤≥±“”‘’•←→↓↑"


def font_path(kind: str) -> Path:
    """Return the path of the whole font, ``sans`` or ``serif``."""
    import pylopdf_fonts_zh_cn as fonts

    return Path(fonts.serif_path() if kind == "serif" else fonts.sans_path())


def subset(kind: str, characters: str) -> bytes:
    """Return a WOFF font with the given characters (and plain ASCII) only."""
    return _subset(kind, "".join(sorted(set(characters + ALWAYS))))


def font_face_css(texts: dict[str, str]) -> str:
    """Return @font-face rules with the fonts inside.

    Parameters
    ----------
    texts
        Kind of font (``sans``, ``serif``) to the text that is set in it.
    """
    rules = []
    for family, kind in FAMILIES.items():
        data = base64.b64encode(subset(kind, texts.get(kind, ""))).decode("ascii")
        rules.append(
            f'@font-face{{font-family:"{family}";font-weight:400;font-display:block;'
            f'src:url("data:font/woff;base64,{data}") format("woff")}}'
        )
    return "\n".join(rules)


@lru_cache(maxsize=8)
def _subset(kind: str, characters: str) -> bytes:
    from fontTools import subset as tool
    from fontTools.ttLib import TTFont

    options = tool.Options(
        flavor="woff", layout_features=["kern", "palt", "tnum"], hinting=False, notdef_outline=True
    )
    options.name_IDs = [0, 1, 2, 13, 14]  # keep the copyright and licence beside the glyphs
    options.drop_tables += ["VORG", "vhea", "vmtx", "BASE", "DSIG"]
    out = BytesIO()
    with TTFont(font_path(kind), lazy=True) as font:
        cutter = tool.Subsetter(options=options)
        cutter.populate(text=characters)
        cutter.subset(font)
        font.flavor = "woff"
        font.save(out)
    return out.getvalue()
