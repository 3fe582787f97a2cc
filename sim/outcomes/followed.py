"""Say how displaced households, stayers and receivers fared, four to seven quarters after the event.

What was followed, and by which rule, stands in `sim.outcomes.follow`. Those who left Beijing, or share a home
with others in the end, are not among those compared; they are counted apart.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from sim.outcomes.spread import mean, spread
from sim.outcomes.sums import Summed, quotient

if TYPE_CHECKING:
    import pandas as pd

FATES = ("untouched", "displaced_home", "displaced_work", "stayer", "receiver", "other")
"""What befell a household in the year after it was described; append only."""
OUTCOMES = ("followed", "housed", "sharing", "left", "left_keeps_job")
"""All of a group; and of them those with a home in Beijing in the end, those who share one, those who left,
and those who left and kept the job. Who is in none of these died out, joined another household or was taken
out by the raking to the census."""
INCOME_GROUPS = ("low", "middle", "high")
AGE_GROUPS = ("under_35", "35_59", "60_plus")
ALL = "all"
"""Stands for hukou, income, tenure and age of those whom no order displaced: they are not told apart."""
DIMENSIONS = ("hukou", "income_group", "tenure", "age_group")
KEYS = ("quarter_before", "quarter_after", "fate", "outcome", *DIMENSIONS)
COUNTS = (
    "households",
    "persons",
    "children",
    "rent_before",
    "rent_after",
    "income_before",
    "income_after",
    "income_after_same_wages",
    "commute_before",
    "commute_after",
    "workers_before",
    "workers_after",
    "moves_before",
    "moves_after",
    "rent_expected",
    "income_expected",
    "income_expected_same_wages",
    "commute_expected",
    "workers_expected",
    "moves_expected",
)
"""Sums over households: those from rent on are known of the outcome ``housed`` alone, children of those an
order displaced. ``*_same_wages`` takes the growth of wages in between out; moves are a year's, the move an
order forced among them. ``*_expected`` is what the displaced would have had, had they changed as others of
the same hukou, income, tenure and age did meanwhile: who earned little then earns more later, and the other
way round, without any order."""

GROUPS: Mapping[str, tuple[str, ...]] = {
    "displaced": ("displaced_home", "displaced_work"),
    "stayers": ("stayer",),
    "receivers": ("receiver",),
}
UNITS = {
    "rent_burden": "share",
    "income": "CNY/month",
    "commute_minutes": "minutes",
    "moves": "moves/year",
    "income_after_rent": "CNY/month",
}
"""Measures of a household before and after. Income is at the wages of before, so that what grew with all
wages is left out; the way to work is a mean over workers, the rest over households, owners paying no rent."""
SHOWN = ("rent_burden", "income", "commute_minutes", "moves")
SMALLEST_GROUP = 0.01
"""A group with a smaller share of the displaced is not named: its figures are noise. Assumed."""
SINCE = "2017Q1"
"""Scenarios share what was executed before; from here on they differ."""

FOLLOW_UP = (
    *("scenario", "group", "measure", "unit", "before", "after", "change", "low", "high", "n_households"),
    *("against_others", "against_low", "against_high"),
)
BY_GROUP = (
    *("scenario", "dimension", "group", "measure", "unit", "before", "after", "estimate", "low", "high"),
    *("against_others", "against_low", "against_high"),
)


class Following(Summed, Protocol):
    """Hold the follow-ups of a store, as `sim.scenarios.results.Results` does."""

    def follow_up(
        self, scenario: str | Sequence[str] | None = None, *, by: Sequence[str] = (), since: str = "2011Q1"
    ) -> pd.DataFrame:
        """Return sums of `COUNTS` by scenario, replication and other keys, scaled to the whole city."""
        ...


def scaled(found: pd.DataFrame | None, sample: float, by: Sequence[str]) -> pd.DataFrame:
    """Return sums of the sample that stand for the whole city; without any, no row but the columns."""
    import pandas as pd

    if found is None:
        return pd.DataFrame(columns=["scenario", "replication", *by, *COUNTS])
    return found.assign(**(found[list(COUNTS)].astype(float) / sample))


def follow_up(results: Following, scenario: str, *, since: str = SINCE) -> pd.DataFrame:
    """Return how the displaced, the stayers and the receivers lived before and after.

    Parameters
    ----------
    since
        First quarter of the events.

    Returns
    -------
    Columns of `FOLLOW_UP`: before, after and change are means over replications, low and high the bounds of
    the change (see `sim.outcomes.spread`), n_households those compared, in the whole city. Of the displaced
    ``against_others`` says what the change is over that of households alike whom no order displaced; of the
    other groups it is not known. No row where the store was made before households were followed or ends
    before the first of them was seen again.
    """
    import pandas as pd

    sums = results.sums("follow_up", COUNTS, ("fate", "outcome"), scenario, since=since)
    rows: list[dict[str, Any]] = []
    for group, fates in GROUPS.items():
        who = (sums.keys["outcome"] == "housed") & sums.keys["fate"].isin(fates)
        housed = {name: sums.known_by_run(name, who) for name in COUNTS}
        there = np.isfinite(housed["households"])
        for measure in SHOWN if there.any() else ():
            row = {"scenario": scenario, "group": group, "measure": measure, "unit": UNITS[measure]}
            change, homes = _change(housed, measure), housed["households"][there].mean()
            rows.append(row | change | {"change": change["estimate"], "n_households": homes})
    return pd.DataFrame(rows, columns=list(FOLLOW_UP))


def by_group(results: Following, scenario: str, *, since: str = SINCE) -> pd.DataFrame:
    """Return what became of the displaced by hukou, income, tenure and age of the head.

    Returns
    -------
    Columns of `BY_GROUP`, a row for each dimension, group and measure: ``persons`` and ``children``
    displaced, the share of persons who ``left_city`` (those who moved over the line and kept the job not
    among them) and of households that share a home in the end (``sharing``); and the change of rent burden,
    income, income after rent (all at the wages of before), commute and moves of those with a home in Beijing.
    ``dimension`` is ``all`` for all displaced, ``hukou+income_group`` for both at once; ``against_others`` as
    in `follow_up`.
    """
    import pandas as pd

    sums = results.follow_up(scenario, by=["outcome", *DIMENSIONS], since=since)
    numbers = sorted(set(sums["replication"]))
    sums = sums[sums["hukou"] != ALL]
    if sums.empty:
        return pd.DataFrame(columns=list(BY_GROUP))
    sums = sums.assign(**{"hukou+income_group": _joined(sums)})
    rows: list[dict[str, Any]] = []
    for dimension in ("all", *DIMENSIONS, "hukou+income_group"):
        kinds = sums[dimension] if dimension in sums else pd.Series("all", index=sums.index)
        # summed once a dimension: hundreds of runs have too many rows to go through for each group
        total = sums.groupby([kinds.rename("kind"), "outcome", "replication"], observed=True)[
            list(COUNTS)
        ].sum()
        for group in total.index.unique("kind"):
            rows += _rows_of(total.loc[group], scenario, dimension, str(group), numbers)
    return pd.DataFrame(rows, columns=list(BY_GROUP))


def worst_hit(results: Following, scenario: str, *, since: str = SINCE) -> dict[str, Any]:
    """Name the group of the displaced that was hit worst, and why.

    Worst is the group, by hukou, income, tenure, age or hukou with income, whose income after rent lost most
    against households alike whom no order displaced, in percent of what it was and at the wages of before;
    beside it stands the group of which the largest share left Beijing.

    Returns
    -------
    ``dimension``, ``group``, ``by``, ``unit``, ``value``, ``persons``, ``measures`` (every measure of
    `by_group`), and ``most_leaving`` (dimension, group, value,
    persons); empty where nobody was followed.
    """
    table = by_group(results, scenario, since=since)
    if table.empty:
        return {}
    wide = table[table["dimension"] != "all"].pivot(
        index=["dimension", "group"], columns="measure", values=["before", "estimate", "against_others"]
    )
    persons = wide["estimate", "persons"].astype(float)
    total = float(table[(table["dimension"] == "all") & (table["measure"] == "persons")]["estimate"].sum())
    wide = wide[persons >= SMALLEST_GROUP * total]
    loss = 100.0 * wide["against_others", "income_after_rent"].astype(float)
    loss = (loss / wide["before", "income_after_rent"].astype(float).where(lambda v: v > 0)).dropna()
    leaving = wide["estimate", "left_city"].astype(float).dropna()
    if loss.empty or leaving.empty:
        return {}
    worst, most = loss.index[int(loss.argmin())], leaving.index[int(leaving.argmax())]
    of_worst = table[(table["dimension"] == worst[0]) & (table["group"] == worst[1])].set_index("measure")
    facts = of_worst[["unit", *BY_GROUP[5:]]].astype(object)
    facts = facts.where(facts.notna(), None)
    return {
        "scenario": scenario,
        "dimension": worst[0],
        "group": worst[1],
        "by": "income after rent against households alike whom no order displaced",
        "unit": "%",
        "value": float(loss[worst]),
        "persons": float(persons[worst]),
        "measures": {str(name): row.to_dict() for name, row in facts.iterrows()},
        "most_leaving": {
            "dimension": most[0],
            "group": most[1],
            "by": "share of persons who left Beijing",
            "value": float(leaving[most]),
            "persons": float(persons[most]),
        },
    }


def _joined(sums: pd.DataFrame) -> pd.Series:
    return sums["hukou"].astype(str) + "+" + sums["income_group"].astype(str)


def _rows_of(
    sums: pd.DataFrame, scenario: str, dimension: str, group: str, numbers: Sequence[int]
) -> list[dict[str, Any]]:
    """Return the rows of one group from its sums by outcome and run; runs without any of it count as none."""
    import pandas as pd

    none = pd.DataFrame(0.0, index=list(numbers), columns=list(COUNTS))
    held = set(sums.index.get_level_values("outcome"))
    filled = {name: none.add(sums.loc[name], fill_value=0.0) if name in held else none for name in OUTCOMES}
    parts = {name: {column: part[column].to_numpy() for column in COUNTS} for name, part in filled.items()}
    all_of, housed = parts["followed"], parts["housed"]
    counted = {
        "persons": ("persons", all_of["persons"]),
        "children": ("persons", all_of["children"]),
        "left_city": ("share", quotient(parts["left"]["persons"], all_of["persons"])),
        "sharing": ("share", quotient(parts["sharing"]["households"], all_of["households"])),
    }
    key: dict[str, Any] = {"scenario": scenario, "dimension": dimension, "group": group}
    rows = [
        key | {"measure": name, "unit": unit, **spread(values[~np.isnan(values)])._asdict()}
        for name, (unit, values) in counted.items()
    ]
    return rows + [key | {"measure": name, "unit": UNITS[name], **_change(housed, name)} for name in UNITS]


def _change(housed: Mapping[str, np.ndarray], measure: str) -> dict[str, float | None]:
    """Return before, after, the change and what it is over that of others, with bounds over the runs.

    Runs without such households say nothing.
    """
    values = {when: _value(housed, measure, when) for when in ("before", "after", "expected")}
    known = ~(np.isnan(values["before"]) | np.isnan(values["after"]))
    means = {when: mean(values[when][known]) for when in ("before", "after")}
    change = spread((values["after"] - values["before"])[known])
    against = spread((values["after"] - values["expected"])[known])
    names = ("against_others", "against_low", "against_high")
    return means | change._asdict() | dict(zip(names, against, strict=True))


def _value(housed: Mapping[str, np.ndarray], measure: str, when: str) -> np.ndarray:
    """Return a measure of each run before, after, or as it is expected of who was not displaced."""
    income, homes = f"income_{when}", housed["households"]
    if measure == "rent_burden":
        return quotient(housed[f"rent_{when}"], housed[income])
    if measure == "commute_minutes":
        return quotient(housed[f"commute_{when}"], housed[f"workers_{when}"])
    if measure == "moves":
        return quotient(housed[f"moves_{when}"], homes)
    earned = quotient(housed[income if when == "before" else f"{income}_same_wages"], homes)
    if measure == "income_after_rent":
        # Of income at the wages of before rent takes the share that it takes of income now.
        return earned * (1.0 - quotient(housed[f"rent_{when}"], housed[income]))
    return earned
