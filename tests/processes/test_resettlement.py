"""Homes that were promised: a household waits for one, and moves once."""

import numpy as np

from sim.codes import DwellingClass, MoveCause
from sim.processes.resettlement import add_claims


def test_a_household_put_out_again_keeps_the_home_it_was_promised_first(open_model) -> None:
    model = open_model()
    city = model.city
    rows = np.flatnonzero(city.households.n_persons[: city.households.n_rows] > 0)[:3]
    due, kind, cause = (
        np.full(3, value) for value in (1, int(DwellingClass.OWNER_COMMODITY), int(MoveCause.SHANTYTOWN))
    )
    first, second = np.argsort(-city.dwellings.vacancy()[:, DwellingClass.OWNER_COMMODITY])[:2]
    assert city.dwellings.vacancy()[first, DwellingClass.OWNER_COMMODITY] >= 3
    for zone in (first, second):
        add_claims(city, rows, due, np.full(3, zone), kind, cause)
    held = city.scratch["claims"]
    assert held.row.tolist() == rows.tolist()
    assert held.zone.tolist() == [first] * 3
    model.step()  # reconciles: who moves twice in a quarter is counted out of the old zone twice
    assert not np.isin(held.key, city.scratch["claims"].key).any()
