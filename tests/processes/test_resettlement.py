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


def test_villagers_wait_for_flats_where_their_houses_stood(open_model) -> None:
    model = open_model()
    city = model.city
    home = city.households
    lived_in = home.dwelling_class[: home.n_rows] == DwellingClass.SELF_BUILT
    zone_before, key_before = home.zone[: home.n_rows].copy(), home.draw_key[: home.n_rows].copy()
    model.step()  # 2011Q1: villages of the fringe are razed
    held = city.scratch["claims"]
    assert len(held.row) > 0
    assert (held.kind == DwellingClass.OWNER_COMMODITY).all()
    assert (key_before[held.row] == held.key).all()
    assert lived_in[held.row].all()
    assert (held.zone == zone_before[held.row]).all()
    assert (held.due == 1 + round(city.parameter("shantytown_village_return_quarters"))).all()


def test_what_was_razed_does_not_count_as_cleared(open_model) -> None:
    model = open_model()
    city = model.city
    before = city.dwellings.cleared.copy()
    house = city.dwellings.stock[:, DwellingClass.SELF_BUILT].sum()
    model.step()
    assert city.dwellings.stock[:, DwellingClass.SELF_BUILT].sum() < house
    informal = [DwellingClass.SELF_BUILT, DwellingClass.VILLAGE_RENTAL, DwellingClass.ILLEGAL]
    assert np.allclose(city.dwellings.cleared[:, informal], before[:, informal])
