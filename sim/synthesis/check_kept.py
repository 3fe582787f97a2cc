"""Check the table kept out of the fit, and show what is modelled where nothing of the kind is published.

Kept out means that no district has a number fitted to the table. Two numbers for the whole city were chosen
with the table of the aged in view (`sim.synthesis.tilts` says which).

What renters pay is shown and not judged: the model's rents are what a home is let for at the end of 2010, the
census's what stands in contracts of all ages, and rooms of a flat that households share are one home here.
The floor area of let flats was set by the mean of those who pay 1,000 CNY and more.
"""

import numpy as np
import pandas as pd

from sim.city.zones import load_zones
from sim.codes import DwellingClass, Tenure
from sim.data.tables import load_table
from sim.synthesis.base import BaseCity
from sim.synthesis.check_rows import KEPT_OUT, People, Rows, with_city
from sim.synthesis.margins import INDUSTRIES

SMALL = 2000.0
"""Published counts of kept-out tables below this are shown, not judged: one household in twenty is chance."""
RENT_CLASSES = "<100 100-200 200-500 500-1000 1000-1500 1500-2000 2000-3000 3000+".split()
RENT_EDGES = (0.0, 100.0, 200.0, 500.0, 1000.0, 1500.0, 2000.0, 3000.0, np.inf)
"""Classes of the census, and where they begin and end."""
RENT_MIDDLES = np.array([1250.0, 1750.0, 2500.0, 3900.0])
"""Rents that stand for the classes from 1,000 CNY on; of the open one assumed."""


def aged(people: People) -> Rows:
    """Check households with residents of 65 and more, which no district is fitted to."""
    rows = Rows("households with residents of 65+", people.sample, KEPT_OUT, in_fit=False)
    counts = with_city(people.count_homes(np.minimum(people.aged, 3), 4))
    for i, area in enumerate(people.areas):
        row = people.census.loc[area]
        rows.add(area, "any", row["households_with_65plus"], counts[i, 1:].sum())
        for k, name in enumerate(("one", "two", "three"), start=1):
            published = row[f"households_with_{name}_65plus"]
            rows.add(area, name, published, counts[i, k], judged=published >= SMALL)
    return rows


def rents_paid(people: People, base: BaseCity) -> Rows:
    """Show what renting households pay: shares of the long form times these households."""
    rows = Rows("rent paid by renters, CNY a month", people.sample, np.nan, in_fit=False)
    published = _published_rents()
    renting = people.family & (people.tenure == Tenure.RENTER)
    rent = np.asarray(base.households["rent_cny_month"])[renting]
    counts = np.histogram(rent, RENT_EDGES)[0] / people.sample
    for k, name in enumerate(RENT_CLASSES):
        share = published[name] / published.sum()
        rows.show("beijing", name, share * counts.sum(), counts[k])
    return rows


def _published_rents() -> pd.Series:
    table = load_table("census_housing")
    table = table[table["indicator"] == "renting_households_by_monthly_rent_yuan"]
    return table.set_index("category")["value"]


def jobs(people: People) -> Rows:
    """Show filled jobs by workplace: modelled, no table of 2010-2018 gives them."""
    rows = Rows("filled jobs by workplace", people.sample, np.nan, in_fit=False)
    at_work = people.work_zone >= 0
    place = load_zones().district[people.work_zone[at_work]].astype(np.int64)
    for i, jobs in enumerate(np.bincount(place, minlength=16) / people.sample):
        rows.show(people.areas[i], "all industries", np.nan, jobs)
    for s, jobs in enumerate(np.bincount(people.sector[at_work], minlength=20) / people.sample):
        rows.show("beijing", INDUSTRIES[s], np.nan, jobs)
    return rows


def commute(people: People) -> Rows:
    """Show commutes of the city six, dormitories apart, against phone data of 2020-2022."""
    rows = Rows("commute, dormitories apart", people.sample, np.nan, in_fit=False)
    minutes, home, dwelling = people.commutes()
    chosen = (load_zones().district[home] < 6) & (dwelling != DwellingClass.WORKER_DORM)
    rows.show("city_six", "mean minutes", 47.0, float(minutes[chosen].mean()))
    within = float(100.0 * (minutes[chosen] <= 45).mean())
    rows.show("city_six", "percent within 45 minutes", 54.0, within)
    return rows


def village_commute(people: People) -> Rows:
    """Show commutes of village renters against a survey of fifty villages (2010)."""
    rows = Rows("commute, village renters", people.sample, np.nan, in_fit=False)
    minutes, _, dwelling = people.commutes()
    rows.show(
        "beijing", "mean minutes", 20.0, float(minutes[dwelling == DwellingClass.VILLAGE_RENTAL].mean())
    )
    return rows


def rent(people: People, base: BaseCity) -> Rows:
    """Show the mean rent of a formal home against that of the census's renters who pay 1,000 CNY and more."""
    rows = Rows("rent of a formal home", people.sample, np.nan, in_fit=False)
    chosen = (people.dwelling_class == DwellingClass.MARKET_RENTAL) & (people.tenure == Tenure.RENTER)
    paid = _published_rents()[RENT_CLASSES[-len(RENT_MIDDLES) :]]
    expected = float((paid.to_numpy() * RENT_MIDDLES).sum() / paid.sum())
    mean = float(base.households["rent_cny_month"][chosen].mean())
    rows.show("beijing", "mean CNY a month", expected, mean)
    return rows


def establishments(people: People, base: BaseCity) -> Rows:
    """Show establishments against those of 2008 and 2013, interpolated."""
    rows = Rows("establishments", 1.0, np.nan, in_fit=False)
    rows.show(people.areas[-1], "all", 1.07e6, float(len(base.businesses["zone"])))
    return rows
