"""Seal wall openings: shops in them lose their premises and close or move, as their keepers decide.

About 200,000 openings stood on the city's streets in 2014 (campaign_outcomes.csv). What becomes of the
shops is in `premises_loss_...`; openings come back (`regrowth.premises.wall_opening`) unless the measure
keeps watch.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.city.trade import Selection
from sim.codes import Premises
from sim.interventions import trades
from sim.interventions.base import Verbs
from sim.policy.resolve import Measure

if TYPE_CHECKING:
    from sim.city.state import City

SHOPS = Selection("wall_openings", premises=(Premises.WALL_OPENING,))
REBOUND = ("regrowth.premises.wall_opening",)


def act(measure: Measure, quarter_index: int, city: City, verbs: Verbs) -> None:
    """Seal the openings due this quarter."""
    stock = city.land.premises[:, Premises.WALL_OPENING].copy()
    shops, _, jobs = verbs.trades.count(SHOPS)
    # Of the openings that go, the share is shops that is so of all openings of the zone.
    workers = jobs / np.maximum(np.maximum(shops, stock), 1.0)
    spread = verbs.parameter("seal_openings_spread", measure)
    works = verbs.work(measure, "wall_openings_2010", spread, stock)
    done = trades.together(works, stock)
    if done is not None:
        persons = workers[done.zones]
        verbs.set_capacity(
            measure,
            "premises",
            done.zones,
            Premises.WALL_OPENING,
            -done.amount,
            "premises",
            persons_per_unit=persons,
        )
        trades.report(measure, verbs, works, done, done.amount * persons)
    verbs.control(measure, REBOUND, verbs.parameter("seal_openings_rebound_factor", measure))
