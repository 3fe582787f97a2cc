"""Say what the measures cost, who paid, what a person or a square metre less cost, and how the fund stood.

Spending is what reaches those who are paid in the end (contractors, households, firms, villages,
institutions); transfers between public accounts are not counted twice. Amounts are those of the whole city
in CNY of the year, whatever the sample.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from sim.accounts.entries import REBOUND, TASK
from sim.accounts.fund import PAYEES
from sim.calendar import parse_quarter
from sim.outcomes.fund_years import fund_balance
from sim.outcomes.paid import CNY, Paid, chosen, forced_by_run, runs_of, spread_by, start_of
from sim.outcomes.payers import KEYS as PAYER_KEYS
from sim.outcomes.payers import with_payers
from sim.outcomes.series import Book
from sim.outcomes.spread import Spread, spread, spreads
from sim.outcomes.sums import Sums

__all__ = ["COST_COLUMNS", "SPENDING_KEYS", "cost_effectiveness", "fund_balance", "spending", "spent_by_run"]

SPENDING_KEYS = ("kind", "measure", "district", "year", "payee", "payer")
"""What spending can be told apart by."""
ALL = "all"
AREAS = ("core", "city_six", "beijing")
"""Places whose fewer residents and floor area are set against the whole cost of a scenario."""
PAIRED, LEDGER = "paired", "ledger"
DEFINED, UNDEFINED = "defined", "undefined"
COST_COLUMNS = (
    "scenario",
    "base",
    "kind",
    "per",
    "basis",
    "area",
    "unit",
    "estimate",
    "low",
    "high",
    "cost",
    "cost_low",
    "cost_high",
    "effect",
    "effect_low",
    "effect_high",
    "effect_unit",
    "status",
    "reason",
    "forced_to_move",
    "children",
    "n_replications",
)
"""Every key of a row of `cost_effectiveness`, in order."""
_INDICATORS = {"person": ("residents", "persons"), "m2": ("floor_area", "m2")}
_ByKind = dict[tuple[str, str], pd.Series]
"""A value of each replication, by scenario and kind of measure."""
_COLUMNS_OF_LEDGER = {"person": "net_persons", "m2": "floor_area_m2"}


def spending(
    results: Paid,
    scenario: str | Sequence[str] | None = None,
    *,
    by: Sequence[str] = ("kind", "district", "year"),
    since: str | None = None,
) -> pd.DataFrame:
    """Return what was paid to those who are paid in the end.

    Parameters
    ----------
    results
        The results of a store.
    scenario
        One or several scenarios; all when left out.
    by
        What to tell apart, of `SPENDING_KEYS`; ``()`` for the whole. Ask for the sums that are shown: bounds
        do not add up.
    since
        First quarter's year that counts; 2017, where the scenarios begin to differ, when left out.

    Returns
    -------
    Columns scenario, those of ``by``, unit (CNY), estimate, low, high, n_replications. A replication in
    which nothing was paid counts as zero. ``payer`` is of `sim.outcomes.payers.PAYERS`.

    Raises
    ------
    ValueError
        When a key is not known.
    """
    unknown = [key for key in by if key not in SPENDING_KEYS]
    if unknown:
        raise ValueError(f"spending is not told apart by {', '.join(unknown)}")
    parts = [  # one scenario at a time: hundreds of runs each stay small
        spread_by(name, by, _payments(results, name, by, since).grouped("amount_cny", by))
        for name in chosen(results, scenario)
    ]
    return pd.concat(parts, ignore_index=True)


def spent_by_run(results: Paid, scenarios: Sequence[str], *, since: str | None = None) -> pd.Series:
    """Return what was paid in each run to those who are paid in the end, CNY by scenario and replication."""
    paid = [_payments(results, name, (), since).by_run("amount_cny") for name in scenarios]
    return pd.Series(np.concatenate(paid), index=runs_of(results, scenarios))


def cost_effectiveness(
    results: Paid,
    base: str,
    scenario: str | Sequence[str] | None = None,
    *,
    since: str | None = None,
    areas: Sequence[str] = AREAS,
) -> pd.DataFrame:
    """Return what a person or a square metre less cost against a base, paired by replication.

    Parameters
    ----------
    results
        The results of a store.
    base
        The scenario to compare with.
    scenario
        Scenarios to compare; all others when left out.
    since
        First quarter that counts for money and the ledger; see `spending`.
    areas
        Places whose residents and floor area are compared.

    Returns
    -------
    Rows with `COST_COLUMNS`. ``basis`` says what the cost is set against:

    * ``paired``: how many residents, or how much floor area, a place has less than in the base in the last
      quarter - all that the scenario did, whoever came or built in the meantime; kind ``all``;
    * ``ledger``: the people in what the measures cleared, less those counted twice and those who came back,
      and the floor area taken away less what was built, by kind and for ``all``.

    The estimate is mean cost over mean effect; its bounds are those of the effect a CNY, turned over, so that
    a small effect in one replication cannot turn the sign. It is ``undefined``, with the reason, where the
    interval of the effect holds zero, the effect goes the other way, it costs no more than the base, or
    there is one replication only. ``forced_to_move`` and ``children`` are persons of the whole scenario.
    """
    costs = Costs(results, base, since=since, areas=areas)
    rows = [row for name in chosen(results, scenario) for row in costs.rows(name)]
    return pd.DataFrame(rows, columns=list(COST_COLUMNS))


class Costs:
    """Set scenarios against one base, whose money and ledger are summed once; see `cost_effectiveness`."""

    def __init__(
        self, results: Paid, base: str, *, since: str | None = None, areas: Sequence[str] = AREAS
    ) -> None:
        self._results, self._base = results, base
        self._since, self._areas = since, areas

    @cached_property
    def _of_base(self) -> tuple[_ByKind, dict[str, _ByKind]]:
        return self._sums(self._base)

    def _sums(self, name: str) -> tuple[_ByKind, dict[str, _ByKind]]:
        return _costs(self._results, name, self._since), _cleared(self._results, name, self._since)

    def table(self, name: str) -> pd.DataFrame:
        """Return the rows of one scenario with `COST_COLUMNS`; none for the base."""
        return pd.DataFrame(self.rows(name), columns=list(COST_COLUMNS))

    def rows(self, name: str) -> list[dict[str, Any]]:
        """Return the rows of one scenario; none for the base."""
        if name == self._base:
            return []
        (costs, cleared), (base_costs, base_cleared) = self._sums(name), self._of_base
        costs = {**base_costs, **costs}
        cleared = {per: {**base_cleared[per], **cleared[per]} for per in cleared}
        beside = {"scenario": name, "base": self._base} | _forced(self._results, [name], self._since)[name]
        book = self._results.book()
        return [
            row | beside
            for row in (
                *_paired_rows(self._results, name, self._base, costs, book, self._areas),
                *_ledger_rows(self._results, name, self._base, costs, cleared),
            )
        ]


def _payments(results: Paid, scenario: str, by: Sequence[str], since: str | None) -> Sums:
    """Return what payees got in a scenario, in CNY by the asked keys at least."""
    said = {
        "kind": ("measure", "purpose"),
        "payee": ("debit",),
        "payer": PAYER_KEYS,
    }
    keys = list(dict.fromkeys(column for key in by for column in said.get(key, (key,))))
    amount, start = ("amount_cny",), _start(results, since)
    if "payer" in by:
        # What an account holds comes from all that went into it, from the first year on.
        paid = with_payers(results.sums("fund", amount, keys, scenario))
        paid = paid.only(paid.keys["year"] >= int(start[:4]))
    else:
        paid = results.sums("fund", amount, keys, scenario, only={"debit": PAYEES}, since=start)
    columns = paid.keys.rename(columns={"debit": "payee"})
    if "kind" in by:
        columns = columns.assign(kind=_kinds(results, scenario, columns))
    return replace(paid, keys=columns)


def _kinds(results: Paid, scenario: str, paid: pd.DataFrame) -> pd.Series:
    """Return the kind of each payment's measure, as the ledger names it."""
    known = results.sums("ledger", (), ("measure", "kind"), scenario).keys
    kinds = dict(zip(known["measure"].astype(str), known["kind"].astype(str), strict=True))
    said = paid["purpose"].astype(str).str.removeprefix("work: ")
    return paid["measure"].astype(str).map(kinds).fillna(said)


def _costs(results: Paid, name: str, since: str | None) -> _ByKind:
    """Return CNY by replication of a scenario and each kind, ``all`` among the kinds."""
    paid = _payments(results, name, ("kind",), since)
    return {(name, kind): values for kind, values in _by_kind(paid, "amount_cny")}


def _by_kind(sums: Sums, number: str) -> Iterator[tuple[str, pd.Series]]:
    """Yield each kind and what it comes to by replication; the kind ``all`` for every one of them."""
    numbers = list(sums.replications)
    for (kind,), values in sums.grouped(number, ("kind",)):
        yield str(kind), pd.Series(values, index=numbers)
    yield ALL, pd.Series(sums.by_run(number), index=numbers)


def _forced(results: Paid, names: Sequence[str], since: str | None) -> dict[str, dict[str, float]]:
    """Return who was forced to move in each scenario: persons, and children among them."""
    mean = forced_by_run(results, names, since=since).groupby("scenario").mean()
    return {
        name: {"forced_to_move": float(mean["persons"][name]), "children": float(mean["children"][name])}
        for name in names
    }


def _cleared(results: Paid, name: str, since: str | None) -> dict[str, _ByKind]:
    """Return what the ledger says by replication of a scenario and each kind: persons, and floor area."""
    sums = results.sums(
        "ledger", tuple(_COLUMNS_OF_LEDGER.values()), ("kind",), name,
        only={"verb": (TASK, REBOUND)}, since=_start(results, since),
    )  # fmt: skip
    return {
        per: {(name, kind): values for kind, values in _by_kind(sums, column)}
        for per, column in _COLUMNS_OF_LEDGER.items()
    }


def _paired_rows(
    results: Paid,
    name: str,
    base: str,
    costs: _ByKind,
    book: Book,
    areas: Sequence[str],
) -> Iterator[dict[str, Any]]:
    quarter = parse_quarter(results.until, allow_base=True)
    for area in areas:
        for per, (indicator, unit) in _INDICATORS.items():
            one, other = book.get(name, indicator, area), book.get(base, indicator, area)
            if one is not None and other is not None:
                effect = other.by_replication(quarter) - one.by_replication(quarter)
                cost = costs[name, ALL] - costs[base, ALL]
                yield {"kind": ALL, "per": per, "basis": PAIRED, "area": area, **_ratio(cost, effect, unit)}


def _ledger_rows(
    results: Paid,
    name: str,
    base: str,
    costs: _ByKind,
    sums: dict[str, _ByKind],
) -> Iterator[dict[str, Any]]:
    nothing = pd.Series(0.0, index=results.replications(base))
    kinds = sorted((kind for owner, kind in costs if owner == name), key=lambda kind: (kind == ALL, kind))
    for kind in kinds:
        cost = costs.get((name, kind), nothing) - costs.get((base, kind), nothing)
        if kind != ALL and not cost.any():
            continue  # what both pay alike is no part of the difference
        for per, (_, unit) in _INDICATORS.items():
            done = sums[per].get((name, kind), nothing) - sums[per].get((base, kind), nothing)
            effect = done if per == "person" else -done  # floor area that goes is below zero in the ledger
            yield {"kind": kind, "per": per, "basis": LEDGER, "area": "beijing", **_ratio(cost, effect, unit)}


def _ratio(cost: pd.Series, effect: pd.Series, effect_unit: str) -> dict[str, Any]:
    """Return cost over effect with what both are, over the replications that both have."""
    both = np.stack([cost.to_numpy(float), effect.reindex(cost.index).to_numpy(float)])
    both = both[:, ~np.isnan(both).any(axis=0)]
    paid, done = both
    money, change = (Spread(*map(_known, row)) for row in zip(*spreads(both), strict=True))
    row: dict[str, Any] = {
        "unit": f"{CNY}/{'person' if effect_unit == 'persons' else effect_unit}",
        "cost": money.estimate,
        "cost_low": money.low,
        "cost_high": money.high,
        "effect": change.estimate,
        "effect_low": change.low,
        "effect_high": change.high,
        "effect_unit": effect_unit,
        "n_replications": both.shape[1],
    }
    reason = _why_undefined(paid, change)
    if reason:
        return row | {"status": UNDEFINED, "reason": reason}
    a_cny = spread(done / paid)
    return row | {
        "status": DEFINED,
        "estimate": float(paid.mean() / done.mean()),
        "low": None if not a_cny.high else 1.0 / a_cny.high,
        "high": None if not a_cny.low else 1.0 / a_cny.low,
    }


def _why_undefined(cost: np.ndarray, effect: Spread) -> str | None:
    """Return why a cost a unit of effect means nothing, or None."""
    if len(cost) < 2:
        return "one replication gives no interval"
    if effect.low is None or effect.high is None:
        return "the effect is not known in every replication"
    if effect.low <= 0.0 <= effect.high:
        return "the interval of the effect holds zero"
    if effect.high < 0.0:
        return "the effect goes the other way"
    return None if (cost > 0.0).all() else "it costs no more than the base"


def _known(value: float) -> float | None:
    return None if np.isnan(value) else float(value)


def _start(results: Paid, since: str | None) -> str:
    """Return the first quarter of the year from which money counts."""
    return f"{(since or start_of(results))[:4]}Q1"
