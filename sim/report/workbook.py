"""Write ledger, fund and moves as workbooks, the ledger with the columns that a district office keeps."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sim.accounts.entries import TASK
from sim.errors import InputError

if TYPE_CHECKING:
    import pandas as pd

MOST_ROWS = 1_048_575
"""Rows of a sheet below its heading, by the limit of the format."""

TASKS = {
    "scenario": "情景 scenario",
    "replication": "运行 run",
    "quarter": "季度 quarter",
    "measure": "任务 measure",
    "title_zh": "任务名称 title",
    "document": "文件 document",
    "clause": "条款 clause",
    "office": "责任部门 office",
    "district": "区 district",
    "place": "街乡镇或点位 place",
    "unit": "计量单位 unit",
    "planned": "上账 planned",
    "reported": "进展 reported",
    "verified": "核验 verified",
    "written_off_quarter": "销账 written off",
    "executed": "实际完成 executed",
    "cost_cny": "资金(元) cost, CNY",
    "gross_persons": "涉及人口 persons, gross",
    "double_counted": "重复计算 double counted",
    "net_persons": "净人口 persons, net",
    "basis": "数据依据 basis",
}
"""Columns of the sheet of tasks: entered on the account (上账), progress, verified, written off (销账)."""
EFFECTS = {
    "scenario": "情景 scenario",
    "replication": "运行 run",
    "quarter": "季度 quarter",
    "measure": "任务 measure",
    "verb": "方式 verb",
    "district": "区 district",
    "place": "街乡镇或点位 place",
    "object": "对象 object",
    "unit": "计量单位 unit",
    "planned": "计划 planned",
    "executed": "完成 executed",
    "floor_area_m2": "建筑面积 floor area, m2",
    "jobs": "岗位 jobs",
    "cost_cny": "资金(元) cost, CNY",
    "gross_persons": "涉及人口 persons, gross",
    "double_counted": "重复计算 double counted",
    "rebounded": "反弹人口 persons, rebounded",
    "net_persons": "净人口 persons, net",
    "basis": "数据依据 basis",
}
FUND = {
    "scenario": "情景 scenario",
    "replication": "运行 run",
    "quarter": "季度 quarter",
    "debit": "借方账户 debit (gets)",
    "credit": "贷方账户 credit (gives)",
    "amount_cny": "金额(元) amount, CNY",
    "purpose": "用途 purpose",
    "measure": "任务 measure",
    "district": "区 district",
}
_WIDTHS = {"title_zh": 34, "place": 26, "measure": 24, "object": 24, "purpose": 30, "office": 24}
_WIDTHS |= {"about": 110, "sheet": 26, "title": 30, "name": 34, "why": 60, "meaning": 60, "source": 60}
_WIDTH = 14
_WRAPPED = ("about", "why", "meaning", "source", "reason")
_SHARES = ("probability", "probability_lower", "share_with_sign", "assumed_share")
_PERCENT = ("gap_percent", "change_percent")
_LARGE = 1000.0
"""Numbers from here on are shown without decimals; the cell holds them whole."""


@dataclass(frozen=True)
class Sheet:
    """Hold one sheet: its name, the heading of each column by the frame's, the rows, and what it holds."""

    name: str
    columns: Mapping[str, str]
    frame: pd.DataFrame
    about: str = ""


def write_ledger(path: Path, frame: pd.DataFrame) -> Path:
    """Write the task ledger: tasks on one sheet, what they did to the city on another.

    Raises
    ------
    InputError
        When the file cannot be written or a sheet would be longer than the format allows.
    """
    from sim.policy.catalogue import load_measures

    measures = load_measures()
    tasks = frame["verb"] == TASK
    named = frame[tasks].assign(
        title_zh=[_of(measures, name, "title_zh") for name in frame.loc[tasks, "measure"]],
        office=[_of(measures, name, "office") for name in frame.loc[tasks, "measure"]],
    )
    sheets = [Sheet("台账 ledger", TASKS, named), Sheet("影响 effects", EFFECTS, frame[~tasks])]
    return write_sheets(path, sheets)


def write_fund(path: Path, frame: pd.DataFrame) -> Path:
    """Write every payment on one sheet and the balance of each account and district on another.

    Raises
    ------
    InputError
        When the file cannot be written or a sheet would be longer than the format allows.
    """
    columns = {name: FUND[name] for name in ("scenario", "replication", "district")}
    columns |= {"account": "账户 account", "got": "收入 got, CNY", "gave": "支出 gave, CNY"}
    columns["balance"] = "余额 balance, CNY"
    sheets = [Sheet("资金 fund", FUND, frame), Sheet("余额 balances", columns, balances(frame))]
    return write_sheets(path, sheets)


def write_flows(path: Path, frame: pd.DataFrame) -> Path:
    """Write who moved or left, one row a quarter, cause, places and group; sums over households.

    Raises
    ------
    InputError
        When the file cannot be written or a sheet would be longer than the format allows.
    """
    units = dict.fromkeys(("rent_before", "rent_after", "income_before", "income_after"), ", CNY a month")
    units |= dict.fromkeys(("commute_before", "commute_after"), ", minutes")
    columns = {str(name): f"{name}{units.get(str(name), '')}".replace("_", " ") for name in frame.columns}
    return write_sheets(path, [Sheet("迁移 moves", columns, frame)])


def balances(frame: pd.DataFrame) -> pd.DataFrame:
    """Return what each account got and gave in each district of each run, and what it holds."""
    import pandas as pd

    keys = ["scenario", "replication", "district"]
    sides = [
        frame[[*keys, side, "amount_cny"]]
        .rename(columns={side: "account"})
        .groupby([*keys, "account"], observed=True)["amount_cny"]
        .sum()
        .rename(name)
        for side, name in (("debit", "got"), ("credit", "gave"))
    ]
    both = pd.concat(sides, axis=1).fillna(0.0).reset_index()
    return both.assign(balance=both["got"] - both["gave"])


def check_workbook(path: Path) -> None:
    """Refuse a name that is no workbook or whose folder is not there.

    Raises
    ------
    InputError
        When it is not a path that a workbook can be written to.
    """
    if path.suffix.lower() != ".xlsx":
        raise InputError(f"{path.name} is not named as a workbook", where="--xlsx", mend="end it in .xlsx")
    if not path.parent.is_dir():
        raise InputError("there is no such folder", where=f"--xlsx {path}", mend="make it, or give another")
    if path.is_dir():
        raise InputError("the path is a folder", where=f"--xlsx {path}", mend="give the name of a file")


def _of(measures: Mapping[str, Any], name: str, attribute: str) -> str:
    measure = measures.get(name)
    return "" if measure is None else str(getattr(measure, attribute))


def write_sheets(path: Path, sheets: Sequence[Sheet]) -> Path:
    """Write sheets, each with its headings frozen, filtered and repeated on every printed page.

    Raises
    ------
    InputError
        When the file cannot be written or a sheet would be longer than the format allows.
    """
    import xlsxwriter

    for sheet in sheets:
        if len(sheet.frame) > MOST_ROWS:
            raise InputError(
                f"the sheet '{sheet.name}' would have {len(sheet.frame):,} rows",
                where=f"--xlsx {path}",
                why=f"a workbook holds {MOST_ROWS:,} a sheet",
                mend="choose one scenario with --scenario, or write --csv",
            )
    try:
        with xlsxwriter.Workbook(str(path), _OPTIONS) as book:
            for sheet in sheets:
                _fill(book, book.add_worksheet(sheet.name), sheet)
    except (OSError, xlsxwriter.exceptions.FileCreateError) as error:
        raise InputError(
            "the workbook cannot be written",
            where=str(path),
            why=getattr(error, "strerror", None) or str(error),
            mend="give a path with --xlsx that you may write to",
        ) from None
    return path


_OPTIONS = {
    "constant_memory": True,
    "nan_inf_to_errors": False,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}
"""A text is a text, whatever it begins with: no cell is ever a formula."""


def _fill(book: Any, page: Any, sheet: Sheet) -> None:
    heading = book.add_format({"bold": True, "text_wrap": True, "valign": "top"})
    formats = {name: book.add_format({"num_format": text}) for name, text in _NUMBER_FORMATS.items()}
    wrapped = book.add_format({"text_wrap": True, "valign": "top"})
    keys = list(sheet.columns)
    page.freeze_panes(1, 0)
    page.repeat_rows(0)
    page.set_landscape()
    page.fit_to_pages(1, 0)
    for place, key in enumerate(keys):
        page.set_column(place, place, _WIDTHS.get(key, _WIDTH))
    page.write_row(0, 0, list(sheet.columns.values()), heading)
    for number, row in enumerate(_rows(sheet.frame, keys), start=1):
        for place, (key, value) in enumerate(zip(keys, row, strict=True)):
            if isinstance(value, str):
                page.write_string(number, place, value, wrapped if key in _WRAPPED else None)
            elif value is not None:
                page.write(number, place, value, formats.get(_format_of(key, value)))
    page.autofilter(0, 0, max(len(sheet.frame), 1), len(keys) - 1)


_NUMBER_FORMATS = {
    "whole": "#,##0",
    "share": "0.0%",
    "percent": "0.0",
    "tens": "0.0",
    "ones": "0.00",
    "small": "0.0000",
}


def _format_of(key: str, value: Any) -> str:
    """Return how a number is shown: a share in percent, others with three or four digits that count."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return ""
    if key in _SHARES:
        return "share"
    if key in _PERCENT:
        return "percent"
    if key == "year" or (isinstance(value, int) and abs(value) < _LARGE):
        return ""
    size = abs(value)
    if size >= _LARGE or value == 0:
        return "whole"
    return "tens" if size >= 10 else ("ones" if size >= 1 else "small")


def _rows(frame: pd.DataFrame, columns: Sequence[str]) -> Iterable[list[Any]]:
    """Yield plain rows; what is not known is an empty cell, several names are one text."""
    for row in frame[list(columns)].itertuples(index=False, name=None):
        yield [_cell(value) for value in row]


def _cell(value: Any) -> Any:
    if isinstance(value, list | tuple):
        return ", ".join(map(str, value))
    if value is None or value != value:  # noqa: PLR0124
        return None
    plain = value.item() if hasattr(value, "item") else value
    return plain if isinstance(plain, bool | int | float) else str(plain)
