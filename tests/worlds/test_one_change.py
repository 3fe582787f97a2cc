"""Change one thing in a world and look at everybody else."""

import numpy as np
import pytest

from sim.codes import Activity, DwellingClass, MoveCause, Role
from sim.kernels import choice as kernel
from sim.kernels import links
from sim.kernels import vital as vital_kernel
from sim.kernels.philox import derive_key
from sim.processes import demography, relocation, vital_rates

CHAOYANG = 2
PERSON = ("birth_quarter", "sex", "hukou", "education", "marital", "role", "activity", "arrival_quarter")


def add_baby(city, row):
    """Add to the household of a resident one child born in the base quarter and return its key."""
    people, homes = city.residents, city.households
    i = people.reserve(1)
    people.draw_key[i] = derive_key(people.draw_key[row], 1, 0)
    people.sex[i] = 1
    people.role[i] = Role.CHILD
    links.link.py_func(people.arrays(), homes.arrays(), i, int(people.household_id[row]))
    return int(people.draw_key[i])


def test_no_two_people_and_no_two_households_share_a_key(measured_model):
    for columns in (measured_model.residents, measured_model.households):
        keys = columns.get("draw_key")
        assert len(np.unique(keys)) == len(keys)


def lines(city):
    """Return each resident by key: what the person is and the key of the household's founder."""
    people, homes = city.residents, city.households
    rows = np.flatnonzero(people.alive())
    founder = homes.draw_key[people.household_id[rows]]
    columns = [getattr(people, name)[rows].tolist() for name in PERSON]
    return dict(
        zip(people.draw_key[rows].tolist(), zip(*columns, founder.tolist(), strict=True), strict=True)
    )


def some_mother(city):
    people = city.residents
    return int(people.select(sex=1, marital=1, role=int(Role.SPOUSE)).rows[50])


def test_one_more_birth_changes_no_other_event_of_the_quarter(open_model):
    one, two = (open_model().city for _ in range(2))
    add_baby(two, some_mother(two))
    events = []
    for city in (one, two):
        city.begin_quarter(3)
        n = city.residents.n_rows
        rates = vital_rates.rates_of(city, vital_rates.base_rates(one), school_term=True)
        event = np.zeros(n, dtype=np.uint16)
        vital_kernel.decide(0, n, 0, city.residents.arrays(), rates, city.random.seed, 3, event)
        events.append(event)
    assert np.count_nonzero(events[0]) > 100
    np.testing.assert_array_equal(events[1][:-1], events[0])


def test_one_more_birth_changes_one_line_in_years_of_demography(open_model):
    one, two = (open_model().city for _ in range(2))
    baby = add_baby(two, some_mother(two))
    for city in (one, two):
        for quarter in range(1, 9):
            city.begin_quarter(quarter)
            demography.run(city)
    before, after = lines(one), lines(two)
    assert after.pop(baby)[PERSON.index("activity")] == Activity.CHILD
    assert after == before


@pytest.fixture
def unbounded(open_model):
    """Open cities whose homes never run out and whose people do not leave for lack of them."""

    def make(sample=0.005):
        city = open_model(sample=sample, parameters={"exit_logsum": 0.0}).city
        city.dwellings.stock[city.dwellings.stock > 0] = 1e9
        relocation.prepare(city)
        city.begin_quarter(1)
        return city

    return make


def homes_of(city):
    homes = city.households
    rows = np.flatnonzero(homes.alive())
    where = zip(homes.zone[rows].tolist(), homes.dwelling_class[rows].tolist(), strict=True)
    return dict(zip(homes.draw_key[rows].tolist(), where, strict=True))


def movers_of(city, quarter):
    """Return who took a home in a quarter, also one of the same class in the same zone."""
    homes = city.households
    rows = np.flatnonzero(homes.alive())
    return set(homes.draw_key[rows[homes.moved_quarter[rows] == quarter]].tolist())


def test_one_more_household_moves_nobody_where_homes_never_run_out(unbounded):
    one, two = unbounded(), unbounded()
    people, homes = two.residents, two.households
    i, home = people.reserve(1), homes.reserve(1)
    people.draw_key[i] = 12345
    people.birth_quarter[i] = -120
    links.found_household.py_func(
        people.arrays(), homes.arrays(), i, home, 40, 0, int(MoveCause.FORMATION), 1
    )
    for city in (one, two):
        relocation.run(city)
    before, after = homes_of(one), homes_of(two)
    assert len(before) > 20_000
    assert after.pop(int(homes.draw_key[home]))[1] >= 0, "it found a home"
    assert after == before


def test_only_a_changed_utility_moves_a_household(unbounded):
    one, two = unbounded(0.02), unbounded(0.02)  # enough households that half of them is no chance
    here = set(np.flatnonzero(one.zones.district == CHAOYANG).tolist())
    cost = one.dwellings.rent_cny_m2_month * one.dwellings.floor_area_m2
    two.dwellings.rent_cny_m2_month[list(here)] *= 1.2
    for city in (one, two):
        relocation.run(city)
    before, after = homes_of(one), homes_of(two)
    movers = movers_of(one, quarter=1)
    assert before.keys() == after.keys()
    changed = [key for key in before if before[key] != after[key]]
    assert len(changed) > 20
    # only those who had newly taken a home there choose again, and nobody comes
    assert all(before[key][0] in here for key in changed)
    assert movers.issuperset(changed)
    came = [key for key in changed if after[key][0] in here]
    assert len(came) < len(changed) / 2, "but into another, cheaper class of the same district"
    same_zone = [key for key in came if after[key][0] == before[key][0]]
    assert same_zone
    assert all(cost[after[key]] < cost[before[key]] for key in same_zone)


def test_who_gets_the_last_place_does_not_depend_on_the_order_of_rows(open_model):
    city = open_model(sample=0.005).city
    city.begin_quarter(1)
    city.dwellings.stock *= 0.99  # scarcer than in the base year: many find their choice taken
    event = relocation._mark(city)
    movers = relocation._gather(city, event, np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64))
    segment = relocation._segments(city, movers)
    relocation._exits(city, movers, segment)
    zone, kind, housed = relocation._choose(city, movers, segment)
    assert 0.05 < housed.mean() < 0.95
    backward = relocation._choose(city, movers.part(np.arange(len(movers.rows))[::-1]), segment[::-1].copy())
    for there, back in zip((zone, kind, housed), backward, strict=True):
        np.testing.assert_array_equal(back[::-1], there)


def displaced(city, kind, share):
    """Order a share of a class in every zone and return the keys of the households it puts out."""
    city.begin_quarter(1)
    zones = np.arange(343)
    city.dwellings.take(zones, kind, city.dwellings.stock[:, kind] * share, MoveCause.DEMOLISH)
    candidates = np.flatnonzero(relocation._mark(city) & kernel.FORCED_CANDIDATE)
    rows, cause = relocation._forced(city, candidates)
    assert (cause == MoveCause.DEMOLISH).all()
    assert len(np.unique(rows)) == len(rows)
    return set(city.households.draw_key[rows].tolist())


def test_a_larger_order_reaches_the_same_households_first(open_model):
    few, more, all_of_them = (
        displaced(open_model().city, DwellingClass.VILLAGE_RENTAL, share) for share in (0.1, 0.35, 1.0)
    )
    assert few < more < all_of_them


@pytest.mark.parametrize("share", [0.02, 0.1, 0.3])
def test_an_order_displaces_its_share_at_a_small_sample(open_model, share):
    number = expected = 0
    for seed in (1, 2):
        city = open_model(rng=seed).city
        expected += city.dwellings.occupied[:, DwellingClass.VILLAGE_RENTAL].sum() * share
        number += len(displaced(city, DwellingClass.VILLAGE_RENTAL, share))
    # each of the cells rounds by itself: at most a quarter of a household squared
    assert abs(number - expected) < 4 * np.sqrt(2 * 343 * min(share * 4, 0.25)) + 0.01 * expected
