"""Turn a measure's rows into what is due in each quarter, area set apart from area.

A row for an area includes the rows for its parts. What is left after the parts is due in the rest of the
area; the interventions split it over zones by a proxy. Organisations ordered by name are taken off the count
of their area.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from functools import cached_property

from sim.calendar import parse_quarter, year_of
from sim.codes import OUTSIDE
from sim.errors import InputError
from sim.policy.places import places
from sim.policy.schema import QUARTERS, MeasureFile, Quantity, Spread
from sim.units import parse_unit

ROUNDING = 1e-9
NEVER = -1
"""Quarter index that no quarter reaches."""


@dataclass(frozen=True)
class Portion:
    """Hold an amount due in one quarter somewhere in a set of zones.

    Attributes
    ----------
    quarter_index
        Quarter in which it is due.
    area
        Id of the area its row was for.
    zones
        Zone indices of that area without the parts that have rows of their own, sorted.
    amount
        Amount in the base unit of the measure.
    basis
        How the row is known.
    """

    quarter_index: int
    area: str
    zones: tuple[int, ...]
    amount: float
    basis: str


@dataclass(frozen=True)
class NamedOrder:
    """Hold an order to one organisation in one quarter.

    Attributes
    ----------
    organisation
        Chinese name, as in the tables of institutions and markets.
    origin
        Place it stands in.
    share
        Share of it (of its stalls as first counted) that the order is for.
    counts
        How many of the measure's unit it counts for (a cluster counts for several markets).
    zone
        Zone index of the destination when it lies in Beijing, else -1.
    outside
        Destination over the city line, or an empty text.
    """

    organisation: str
    origin: str
    quarter_index: int
    order: str
    share: float
    counts: float
    zone: int
    outside: str
    students: float
    beds_removed: float
    beds_opened: float
    basis: str


@dataclass(frozen=True)
class Row:
    """Hold one quantity as the measure's file gives it, in base units.

    Attributes
    ----------
    year, quarter_index
        When it is due; the quarter is None where the row is for the year.
    amount, low, high
        The amount and its range; the range is the amount alone where none is given.
    clause
        Its own clause where it has one, else the measure's.
    """

    area: str
    year: int
    quarter_index: int | None
    amount: float
    low: float
    high: float
    basis: str
    clause: str
    source: str


@dataclass(frozen=True)
class Measure:
    """Hold one measure resolved: what it orders, quarter by quarter, and on whose word.

    Attributes
    ----------
    action
        What its kind is ordered to do.
    series
        ``plan`` (what a document orders), ``executed`` (what is reported done) or ``option`` (what a scenario
        tries); a plan and its execution never hold together.
    unfinished
        What becomes of an amount that a year leaves undone.
    unit
        Base unit of its amounts (m2, markets, students, beds, sites).
    factor
        Base units in one unit of the file.
    portions, orders
        What is due, in the order of quarters.
    destinations
        Where the portions go, with shares: zone ids or outside destinations.
    control_until
        Last quarter in which it keeps what it cleared from growing back, or `NEVER`.
    parameters
        Names and spreads that hold for this measure instead of its kind's.
    rows
        The quantities as its file gives them; a row for an area includes those for its parts.
    """

    id: str
    kind: str
    title_en: str
    title_zh: str
    document: str
    clause: str
    basis: str
    unit: str
    factor: float
    first: int
    last: int
    control_until: int
    portions: tuple[Portion, ...]
    orders: tuple[NamedOrder, ...]
    destinations: tuple[tuple[str, float], ...] = ()
    parameters: tuple[tuple[str, Spread], ...] = ()
    action: str = ""
    series: str = "executed"
    office: str = ""
    unfinished: str = "carry_over"
    rows: tuple[Row, ...] = ()

    def due(self, quarter_index: int) -> list[Portion]:
        """Return the portions due in a quarter."""
        return self._due.get(quarter_index, [])

    def orders_due(self, quarter_index: int) -> list[NamedOrder]:
        """Return the orders by name due in a quarter."""
        return self._orders_due.get(quarter_index, [])

    @cached_property
    def _due(self) -> dict[int, list[Portion]]:
        by_quarter: dict[int, list[Portion]] = defaultdict(list)
        for portion in self.portions:
            by_quarter[portion.quarter_index].append(portion)
        return dict(by_quarter)

    @cached_property
    def _orders_due(self) -> dict[int, list[NamedOrder]]:
        by_quarter: dict[int, list[NamedOrder]] = defaultdict(list)
        for order in self.orders:
            by_quarter[order.quarter_index].append(order)
        return dict(by_quarter)

    def total(self, year: int | None = None) -> float:
        """Return what it orders in a year, or in all, in its base unit, organisations by name counted in."""
        due = [(item.quarter_index, item.amount) for item in self.portions]
        due += [(item.quarter_index, item.counts) for item in self.orders]
        return sum(amount for quarter, amount in due if year is None or year_of(quarter) == year)

    def amount_in(self, area: str, year: int | None = None) -> float:
        """Return what it orders inside an area, organisations by name counted in, in its base unit.

        What is due in an area that reaches over the border is not counted.
        """
        inside = places().zones_of(area)
        due = [(item.quarter_index, item.amount) for item in self.portions if inside.issuperset(item.zones)]
        due += [
            (item.quarter_index, item.counts)
            for item in self.orders
            if places().zones_of(item.origin) <= inside
        ]
        return sum(amount for quarter, amount in due if year is None or year_of(quarter) == year)


def resolve(file: MeasureFile, action: str, *, where: str = "") -> Measure:
    """Return a measure with its rows set apart.

    Parameters
    ----------
    action
        What the kind is ordered to do: the file's own, or the kind's first.
    where
        File and line, for messages.

    Raises
    ------
    InputError
        When two rows are for the same area and time, areas overlap without one holding the other, or the
        parts of an area add up to more than the area.
    """
    factor = parse_unit(file.unit).factor
    orders = tuple(sorted(_orders(file, factor), key=lambda order: (order.quarter_index, order.organisation)))
    portions: list[Portion] = []
    for year, rows in _by_period(file.quantities).items():
        shares = next((item.shares for item in file.quarters if item.year == year), _evenly(file, year))
        rest = _without_named(_set_apart(rows, where), orders, year, factor)
        for area, zones, amount, basis, quarter in rest:
            portions += _over_quarters(area, zones, amount * factor, basis, quarter, year, tuple(shares))
    portions.sort(key=lambda portion: (portion.quarter_index, portion.area))
    return Measure(
        id=file.id,
        kind=file.kind,
        title_en=file.title_en,
        title_zh=file.title_zh,
        document=file.document,
        clause=file.clause,
        basis=file.basis,
        unit=parse_unit(file.unit).base,
        factor=factor,
        first=parse_quarter(file.first),
        last=parse_quarter(file.last),
        control_until=parse_quarter(file.rebound_control_until) if file.rebound_control_until else NEVER,
        portions=tuple(portions),
        orders=orders,
        destinations=tuple(file.destinations.items()),
        parameters=tuple(sorted(file.parameters.items())),
        action=action,
        series=file.series,
        office=file.office,
        unfinished=file.unfinished,
        rows=tuple(_row(item, file, factor) for item in file.quantities),
    )


def _evenly(file: MeasureFile, year: int) -> list[float]:
    """Return a year's shares by quarter, alike in those from the measure's first to its last."""
    first, runs = parse_quarter(f"{year}Q1"), range(parse_quarter(file.first), parse_quarter(file.last) + 1)
    inside = [quarter in runs for quarter in range(first, first + QUARTERS)]
    return [float(share) / sum(inside) for share in inside]


def _row(item: Quantity, file: MeasureFile, factor: float) -> Row:
    quarter = parse_quarter(item.quarter) if item.quarter else None
    return Row(
        area=item.area,
        year=item.year if item.year is not None else year_of(quarter or 0),
        quarter_index=quarter,
        amount=item.value * factor,
        low=(item.value if item.low is None else item.low) * factor,
        high=(item.value if item.high is None else item.high) * factor,
        basis=item.basis,
        clause=item.clause or file.clause,
        source=item.source,
    )


_Row = tuple[str, frozenset[int], float, str, int | None]


def _by_period(quantities: list[Quantity]) -> dict[int, list[Quantity]]:
    by_year: dict[int, list[Quantity]] = defaultdict(list)
    for row in quantities:
        by_year[row.year if row.year is not None else year_of(parse_quarter(row.quarter or ""))].append(row)
    return dict(sorted(by_year.items()))


def _set_apart(rows: list[Quantity], where: str) -> list[_Row]:
    by_time: dict[int | None, list[Quantity]] = defaultdict(list)
    for row in rows:
        by_time[parse_quarter(row.quarter) if row.quarter else None].append(row)
    apart: list[_Row] = []
    for quarter, group in by_time.items():
        apart += _nest(group, quarter, where)
    return apart


def _nest(rows: list[Quantity], quarter: int | None, where: str) -> list[_Row]:
    zones = {row.area: places().zones_of(row.area, where=where) for row in rows}
    if len(zones) < len(rows):
        twice = next(row.area for row in rows if sum(other.area == row.area for other in rows) > 1)
        raise InputError(
            f"two quantities for {twice} at the same time",
            where=where,
            why="they contradict each other",
            mend="keep one row for each area and year or quarter",
        )
    apart: list[_Row] = []
    for row in rows:
        inside = [other for other in rows if other is not row and zones[other.area] <= zones[row.area]]
        _refuse_overlap(row, rows, zones, where)
        largest = [
            other for other in inside if not any(zones[other.area] < zones[third.area] for third in inside)
        ]
        rest = row.value - sum(other.value for other in largest)
        if rest < -ROUNDING * max(row.value, 1.0):
            raise InputError(
                f"the parts of {row.area} add up to {row.value - rest:g}, more than its {row.value:g}",
                where=where,
                why="a row for an area includes the rows for its parts",
                mend="correct the rows or raise the whole",
            )
        own = zones[row.area].difference(*(zones[other.area] for other in largest))
        if rest > ROUNDING * max(row.value, 1.0):
            if not own:
                raise InputError(
                    f"{rest:g} of {row.area} is left over though all of its parts have rows",
                    where=where,
                    mend="correct the rows",
                )
            apart.append((row.area, own, rest, row.basis, quarter))
    return apart


def _refuse_overlap(
    row: Quantity, rows: list[Quantity], zones: dict[str, frozenset[int]], where: str
) -> None:
    for other in rows:
        common = zones[row.area] & zones[other.area]
        if common and common not in (zones[row.area], zones[other.area]):
            raise InputError(
                f"{row.area} and {other.area} overlap and neither holds the other",
                where=where,
                mend="give rows for areas that nest",
            )


def _without_named(rows: list[_Row], orders: tuple[NamedOrder, ...], year: int, factor: float) -> list[_Row]:
    amounts = [amount for _, _, amount, _, _ in rows]
    for order in orders:
        if year_of(order.quarter_index) != year:
            continue
        origin = places().zones_of(order.origin)
        for index, (_, zones, _, _, quarter) in enumerate(rows):
            if origin & zones and quarter in (None, order.quarter_index):
                amounts[index] = max(0.0, amounts[index] - order.counts / factor)
                break
    return [(row[0], row[1], amount, row[3], row[4]) for row, amount in zip(rows, amounts, strict=True)]


def _over_quarters(
    area: str,
    zones: frozenset[int],
    amount: float,
    basis: str,
    quarter: int | None,
    year: int,
    shares: tuple[float, ...],
) -> list[Portion]:
    ordered = tuple(sorted(zones))
    if quarter is not None:
        return [Portion(quarter, area, ordered, amount, basis)]
    due = enumerate(shares, parse_quarter(f"{year}Q1"))
    return [Portion(index, area, ordered, amount * share, basis) for index, share in due if share > 0]


def _orders(file: MeasureFile, factor: float) -> list[NamedOrder]:
    return [
        NamedOrder(
            organisation=move.organisation,
            origin=move.origin,
            quarter_index=parse_quarter(move.quarter),
            order=move.order,
            share=move.share,
            counts=move.counts * factor,
            zone=zone_index(move.destination),
            outside=move.destination if move.destination in OUTSIDE else "",
            students=move.students or 0.0,
            beds_removed=move.beds_removed or 0.0,
            beds_opened=move.beds_opened or 0.0,
            basis=move.basis,
        )
        for move in file.moves
    ]


def zone_index(destination: str | None) -> int:
    """Return the index of a zone's id, or -1 where there is none or it lies outside Beijing."""
    return places().zone_ids.index(destination) if destination in places().zone_ids else -1
