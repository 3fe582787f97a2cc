"""Break the books by hand: the run must stop and say where and by how much."""

import numpy as np
import pytest

from sim.accounts import reconcile
from sim.errors import ReconcileError


@pytest.fixture(scope="module")
def books():
    from sim import CityModel

    model = CityModel(sample=0.002, rng=1, threads=1)
    model.step()
    model.city.begin_quarter(2)
    yield model.city
    model.close()


def stop(city, amount, *words):
    with pytest.raises(ReconcileError) as error:
        reconcile.run(city)
    text = str(error.value)
    assert "reconcile" in text
    assert error.value.amount == pytest.approx(amount)
    for word in words:
        assert word in text


def test_right_books_pass(books):
    reconcile.run(books)


def test_a_resident_who_vanished_is_missed(books):
    people = books.residents
    row = int(np.flatnonzero(people.alive())[100])
    home = people.household_id[row]
    people.household_id[row] = -1
    stop(books, 1.0, books.zones.ids[books.households.zone[home]], "household members")
    people.household_id[row] = home
    reconcile.run(books)


def test_a_household_that_moved_untold_is_missed(books):
    homes = books.households
    row = int(np.flatnonzero(homes.alive() & (homes.zone[: homes.n_rows] == 5))[0])
    homes.zone[row] = 200
    # the zone that lost them comes first and has more in the books than live there
    stop(books, float(homes.n_persons[row]), books.zones.ids[5], "residents")
    homes.zone[row] = 5


def test_a_birth_that_nobody_counted_is_missed(books):
    books.counters["births"][17] -= 1
    stop(books, -1.0, books.zones.ids[17], "residents")
    books.counters["births"][17] += 1


def test_a_dwelling_filled_by_nobody_is_missed(books):
    books.dwellings.occupied[9, 4] += 3
    stop(books, 3.0, books.zones.ids[9], "market_rental", "occupied dwellings")
    books.dwellings.occupied[9, 4] -= 3


def test_a_job_held_by_nobody_is_missed(books):
    books.jobs.filled[11, 2] += 2
    stop(books, 2.0, books.zones.ids[11], "manufacturing", "workers")
    books.jobs.filled[11, 2] -= 2


def test_staff_that_is_not_there_is_missed(books):
    books.jobs.organisation_filled[3] += 1
    stop(books, 1.0, books.organisations[3].name, "staff")
    books.jobs.organisation_filled[3] -= 1
    reconcile.run(books)


def test_a_run_stops_in_the_quarter_in_which_its_books_break(open_model, monkeypatch):
    from sim.processes import rebound

    model = open_model()
    model.step()

    def lose_somebody(city):
        people = city.residents
        people.household_id[int(np.flatnonzero(people.alive())[0])] = -1

    monkeypatch.setattr(rebound, "run", lose_somebody)
    with pytest.raises(ReconcileError, match="household members"):
        model.step()
    assert model.quarter == "2011Q2"
