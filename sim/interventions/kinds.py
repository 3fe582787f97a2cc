"""Tell which file carries out which kind, and carry a scenario's measures out quarter by quarter."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from sim.interventions import (
    administration,
    basement,
    campus,
    courtyard,
    demolish,
    entry_rules,
    estates,
    floor_area,
    group_rental,
    hospital,
    key_area,
    labour_rules,
    local_order,
    manufacturing,
    market,
    reuse_land,
    school_admission,
    seal_openings,
    shantytown,
    soe_property,
    street_order,
    transport_hub,
    village,
    visitors,
)
from sim.interventions.base import Verbs
from sim.policy.resolve import Measure

if TYPE_CHECKING:
    from sim.city.state import City
    from sim.scenarios.scenario import Scenario

Act = Callable[[Measure, int, "City", Verbs], None]

KINDS: dict[str, Act] = {
    "demolish": demolish.act,
    "market": market.act,
    "campus": campus.act,
    "hospital": hospital.act,
    "basement": basement.act,
    "courtyard": courtyard.act,
    "estates": estates.act,
    "floor_area": floor_area.act,
    "group_rental": group_rental.act,
    "key_area": key_area.act,
    "reuse_land": reuse_land.act,
    "shantytown": shantytown.act,
    "transport_hub": transport_hub.act,
    "village": village.act,
    "visitors": visitors.act,
    "street_order": street_order.act,
    "seal_openings": seal_openings.act,
    "manufacturing": manufacturing.act,
    "administration": administration.act,
    "entry_rules": entry_rules.act,
    "soe_property": soe_property.act,
    "school_admission": school_admission.act,
    "labour_rules": labour_rules.act,
    "local_order": local_order.act,
}


def apply_measures(scenario: Scenario, quarter_index: int, city: City, verbs: Verbs) -> None:
    """Carry out everything a scenario's measures order in a quarter, in the order of their ids."""
    verbs.begin_quarter(quarter_index)
    for measure in scenario.measures:
        KINDS[measure.kind](measure, quarter_index, city, verbs)
