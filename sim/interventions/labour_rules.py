"""Place and train local workers, and inspect employers.

Placing finds work for local job seekers who would not have found it in the quarter (rule
`job_search.placed`, in persons by zone); of those trained a share does
(`labour_rules_trained_placed_share`). Inspections find businesses without a licence among the employers:
they take one out or close, and their posts are gone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.city.trade import Fate
from sim.interventions import trades
from sim.interventions.base import Verbs
from sim.policy.resolve import Measure

if TYPE_CHECKING:
    from sim.city.state import City

RULE = "job_search.placed"
PROXY = "residents_2010"


def act(measure: Measure, quarter_index: int, _city: City, verbs: Verbs) -> None:
    """Place, train or inspect what is due this quarter."""
    spread = verbs.parameter("labour_rules_spread", measure)
    if measure.action == "inspect":
        fate = Fate(licensed=verbs.parameter("labour_rules_licensed_share", measure))
        trades.order_by_count(
            measure,
            verbs,
            trades.WITHOUT_LICENCE,
            "unlicensed_businesses_2010",
            fate,
            spread=spread,
            per_unit=verbs.parameter("labour_rules_unlicensed_per_employer", measure),
        )
        return
    share = 1.0
    if measure.action == "train":
        share = verbs.parameter("labour_rules_trained_placed_share", measure)
    for work in verbs.work(measure, PROXY, spread):
        verbs.set_value(measure, RULE, work.amount * share, work.zones, "persons", add=True)
        verbs.report_task(measure, work.zones, work.planned, work.amount, basis=work.basis)
