"""Write docs/data.md from the entries of the tables, paths and shocks.

python -m sim.data.catalogue              # writes docs/data.md
python -m sim.data.catalogue --check      # ends with 1 when it is not up to date
python -m sim.data.catalogue --seal NAME  # enters the checksum and rows of a table changed on purpose
"""

from __future__ import annotations

import hashlib
import re
import sys
from pathlib import Path

from sim.calendar import parse_quarter
from sim.data.paths import PathFile, Shock, path_files, shock_files
from sim.data.tables import SOURCES, TABLES, Source, parse_rows, source_of, sources

PAGE = Path(__file__).resolve().parents[2] / "docs" / "data.md"
YEARS_SHOWN = (2011, 2016, 2020, 2035, 2050)

_HEAD = """\
# Data

Written by `python -m sim.data.catalogue` from `sim/data/sources.yaml` and `sim/data/paths/`: change
those, not this page.

Every table is one row per fact, UTF-8. `10k` is 万. A blank is not known and is never filled silently.
`found` has its address in the row, `recalled` was written down from the named publication and has to be
verified there before it is cited, `derived` and `computed` are arithmetic on other rows. Rows of low
and medium confidence show as such wherever a user sees them. Loading a table checks its columns, units
and sums and the file's checksum.
"""

_PATHS_HEAD = """\
## Exogenous paths

What drives the years from outside, by quarter from 2010Q4 to 2050Q4; mid, with low and high in
brackets. A flow is the sum of the year, a level that of the fourth quarter. `fit` marks what rests on a
series that the model is fitted to. No path after 2016 holds residents, births, deaths or migrants.
"""


def page() -> str:
    """Return docs/data.md as text."""
    parts = [
        _HEAD,
        "## Tables\n",
        *(_table_entry(name, source) for name, source in sorted(sources().items())),
    ]
    parts += [_PATHS_HEAD, *(_path_entry(name, file) for name, file in path_files().items())]
    parts += ["## Dated shocks\n", *(_shock_entry(name, shock) for name, shock in shock_files().items())]
    return "\n".join(parts)


def seal(name: str) -> None:
    """Enter the checksum and the number of rows of a table that was changed on purpose in sources.yaml.

    Raises
    ------
    InputError
        When the table is not known or its content is not sound.
    """
    source = source_of(name)
    data = (TABLES / source.file).read_bytes()
    text = SOURCES.read_text(encoding="utf-8")
    digest = hashlib.sha256(data).hexdigest()
    text = _replace_in_entry(text, name, "sha256", f'"{digest}"')
    if source.columns:
        rows = parse_rows(TABLES / source.file, data, source.model_copy(update={"sha256": digest}))
        text = _replace_in_entry(text, name, "rows", str(len(rows)))
    SOURCES.write_text(text, encoding="utf-8")


def _replace_in_entry(text: str, name: str, key: str, value: str) -> str:
    pattern = rf"(?m)^(  {re.escape(name)}:\n(?:    .*\n)*?    {key}: )[^\n]*"
    return re.sub(pattern, lambda match: match.group(1) + value, text, count=1)


def _table_entry(name: str, source: Source) -> str:
    lines = [f"### {name}", "", f"{source.title}.", ""]
    lines += [
        f"- File `{source.file}`, {source.rows} rows, years {source.years}.",
        f"- Published by: {'; '.join(source.publishers)}.",
        f"- Licence: {source.licence}.",
        f"- How it came here: {source.obtained}. Rows: {_counts(source.how)}.",
        f"- Confidence, rows: {_counts(source.confidence)}.",
    ]
    if source.columns:
        shown = [
            f"`{key}`" + (f" ({spec.unit})" if spec.unit else "") for key, spec in source.columns.items()
        ]
        lines.append(f"- Columns: {', '.join(shown)}.")
    if source.sum_check is not None:
        lines.append("- Checked at loading: the sixteen districts add up to the city.")
    lines += [f"- Note: {note}" for note in source.notes]
    return "\n".join([*lines, ""])


def _path_entry(name: str, file: PathFile) -> str:
    lines = [f"### {name}", "", f"{file.title}. {file.meaning}", "", f"Unit: {file.unit}.", ""]
    if file.by == "city":
        shown = [_shown(file, year) for year in YEARS_SHOWN]
        lines += [f"| {' | '.join(str(year) for year in YEARS_SHOWN)} |", "|---" * len(YEARS_SHOWN) + "|"]
        lines += [f"| {' | '.join(shown)} |", ""]
    else:
        lines += [f"Given by {file.by}: see `sim/data/paths/{name}.yaml`.", ""]
    for span in file.spans:
        note = f" {span.note}" if span.note else ""
        lines.append(
            f"- {span.since} to {span.until}: {span.basis}, {span.tag}. {_sentence(span.source)}{note}"
        )
    return "\n".join([*lines, ""])


def _shown(file: PathFile, year: int) -> str:
    last = parse_quarter(f"{year}Q4")
    quarters = range(last - 3, last + 1) if file.rule == "yearly_flow" else range(last, last + 1)
    low, mid, high = (file.table(variant)[list(quarters), 0].sum() for variant in ("low", "mid", "high"))
    return f"{_number(mid)} ({_number(low)}, {_number(high)})"


def _shock_entry(name: str, shock: Shock) -> str:
    touched = []
    for rate, factors in shock.factors.items():
        quarters = list(factors)
        mids = [band[1] for band in factors.values()]
        touched.append(f"- {rate}: {min(mids):g} to {max(mids):g} between {quarters[0]} and {quarters[-1]}")
    head = [
        f"### {name}",
        "",
        f"{shock.title}. {shock.basis}, {shock.tag}. {_sentence(shock.source)} {shock.note}",
        "",
    ]
    return "\n".join([*head, "Factors on rates, mid:", "", *touched, ""])


def _counts(counts: dict[str, int]) -> str:
    return ", ".join(f"{number} {word}" for word, number in counts.items())


def _sentence(text: str) -> str:
    text = text.strip().rstrip(".") + "."
    return text[0].upper() + text[1:]


def _number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"


def main(arguments: list[str]) -> int:
    """Write the page, check it, or seal tables; return the exit status."""
    if arguments[:1] == ["--seal"]:
        for name in arguments[1:]:
            seal(name)
        sources.cache_clear()
    elif arguments == ["--check"]:
        current = PAGE.read_text(encoding="utf-8") if PAGE.exists() else ""
        return int(current != page())
    PAGE.parent.mkdir(exist_ok=True)
    PAGE.write_text(page(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
