"""Work small cases out by hand: a cell demolished, a market closed, a campus and a hospital moved."""

import numpy as np
import pytest

from sim.accounts import reconcile
from sim.codes import Activity, DwellingClass, FloorUse, MoveCause, OrganisationKind, Premises, Sector
from sim.interventions.base import Order
from sim.processes import business_dynamics, relocation

OUTSIDE = -1


def demolish(city, zone, kind, cause=MoveCause.DEMOLISH, share=1.0):
    return city.dwellings.take(zone, kind, city.dwellings.stock[zone, kind] * share, cause)


def people_of(homes, rows):
    return int(homes.n_persons[rows].sum())


def test_a_cell_demolished_displaces_each_household_once(open_model):
    model = open_model(sample=0.005)
    city = model.city
    city.begin_quarter(1)
    homes = city.households
    kind = int(DwellingClass.VILLAGE_RENTAL)
    zone = int(np.argmax(city.dwellings.occupied[:, kind]))
    rows = homes.select(zone=zone, dwelling_class=kind).rows
    keys, persons = homes.draw_key[rows].copy(), people_of(homes, rows)
    assert len(rows) > 20
    demolish(city, zone, kind, share=0.6)
    demolish(city, zone, kind, cause=MoveCause.BASEMENT)
    relocation.run(city)
    assert city.dwellings.occupied[zone, kind] == 0
    assert city.counters["displaced_home"].sum() == city.counters["displaced_home"][zone] == persons
    forced = np.concatenate([moves["forced"] for moves in city.moves])
    cause = np.concatenate([moves["cause"] for moves in city.moves])
    assert forced.sum() == len(rows)
    assert set(cause[forced]) == {MoveCause.DEMOLISH, MoveCause.BASEMENT}
    assert np.mean(cause[forced] == MoveCause.DEMOLISH) == pytest.approx(0.6, abs=0.25)
    alive = homes.alive()[rows]
    np.testing.assert_array_equal(homes.draw_key[rows], keys)
    shares = homes.dwelling_class[rows][alive] < 0
    housed = ~shares
    elsewhere = (homes.zone[rows][alive] != zone) | (homes.dwelling_class[rows][alive] != kind)
    assert elsewhere[housed].all()
    assert (homes.zone[rows][alive][shares] == zone).all(), "who shares, shares where they were"
    left = persons - people_of(homes, rows[alive])
    assert 0 < left < persons
    assert city.counters["left_city"][zone] <= left


def test_who_shares_after_an_order_is_not_displaced_again(open_model):
    model = open_model(sample=0.005)
    model.step()
    city = model.city
    kind = int(DwellingClass.VILLAGE_RENTAL)
    zone = int(np.argmax(city.dwellings.occupied[:, kind]))
    city.begin_quarter(2)
    demolish(city, zone, kind)
    relocation.run(city)
    first = city.counters["displaced_home"].sum()
    city.begin_quarter(3)
    relocation.run(city)
    assert first > 0
    assert city.counters["displaced_home"].sum() == 0


def test_no_order_displaces_nobody(open_model):
    city = open_model().city
    city.begin_quarter(1)
    relocation.run(city)
    assert city.counters["displaced_home"].sum() == 0
    assert not any(moves["forced"].any() for moves in city.moves)


def order(organisation, what, **details):
    organisation.orders.append(Order("test", "test", what, 1, details))


def largest(city, kind, size):
    return max((o for o in city.organisations if o.kind == kind), key=size)


def test_a_market_that_closes_loses_its_stalls_and_its_workers(open_model):
    model = open_model(sample=0.01)
    city = model.city
    people, firms = city.residents, city.businesses
    filled = city.jobs.organisation_filled
    market = largest(city, OrganisationKind.MARKET, lambda o: filled[o.index])
    zone, stalls, area = market.zone, market.stalls, market.floor_area_m2
    rows = people.select(employer_id=market.index, activity=int(Activity.EMPLOYED)).rows
    staff = people.draw_key[rows].copy()
    n_stalls = firms.select(market_id=market.index).count()
    floor = city.land.floor_area_m2[zone, FloorUse.COMMERCIAL]
    room = city.land.premises[zone, Premises.STALL]
    assert len(staff) > 5
    assert n_stalls > 50
    order(market, "close", share=1.0)
    model.step()
    assert market.closed
    assert market.stalls == market.floor_area_m2 == 0.0
    assert market.n_jobs == pytest.approx(0.0, abs=0.5)
    assert firms.select(market_id=market.index).count() == 0
    assert city.land.floor_area_m2[zone, FloorUse.COMMERCIAL] == pytest.approx(max(floor - area, 0.0))
    assert city.land.premises[zone, Premises.STALL] == pytest.approx(max(room - stalls, 0.0))
    assert filled[market.index] == 0
    still = np.isin(people.get("draw_key"), staff)
    ordered = people.get("order_loss_quarter")[still] == 1
    employer, activity = people.get("employer_id")[still], people.get("activity")[still]
    assert (employer != market.index).all()
    retired = activity == Activity.RETIRED
    assert (ordered | retired).all(), "who worked there lost the job to the order, or retired"
    assert ordered.sum() > 5
    elsewhere = people.get("order_loss_quarter")[~still] == 1
    assert elsewhere.sum() == 0, "and nobody else did"


def test_the_jobs_of_markets_are_those_of_their_stalls_however_their_sector_fared(measured_model):
    city = measured_model.city
    firms = city.businesses
    scale = city.scratch["jobs_scale"][Sector.WHOLESALE_RETAIL]
    assert abs(scale - 1.0) > 0.03, "the sector has grown or shrunk since the base year"
    stalls = firms.select(lambda f: f.market_id >= 0)
    market, n_jobs = stalls.get("market_id", "n_jobs")
    of_stalls = np.bincount(market, weights=n_jobs, minlength=len(city.organisations))
    markets = [o for o in city.organisations if o.kind == OrganisationKind.MARKET]
    assert any(o.closed for o in markets)
    for organisation in markets:
        assert organisation.n_jobs == pytest.approx(of_stalls[organisation.index], abs=0.5), organisation.name


def test_the_books_of_businesses_are_what_a_count_gives(open_model):
    model = open_model("executed-2017-2020")
    model.run(until="2014Q3")
    city = model.city
    books = [city.jobs.stock, city.land.premises_used, city.scratch["business_books"]]
    business_dynamics.tally(city)
    counted = [city.jobs.stock, city.land.premises_used, city.scratch["business_books"]]
    for book, count in zip(books, counted, strict=True):
        np.testing.assert_allclose(book, count, atol=1e-6)


def test_a_market_that_loses_half_keeps_about_half(open_model):
    model = open_model()
    city = model.city
    market = largest(city, OrganisationKind.MARKET, lambda o: o.stalls)
    stalls, jobs = market.stalls, market.n_jobs
    before = city.businesses.select(market_id=market.index).count()
    order(market, "upgrade", share=1.0, kept_share=0.5)
    model.step()
    after = city.businesses.select(market_id=market.index).count()
    assert after == pytest.approx(before / 2, abs=4 * np.sqrt(before / 4))
    assert market.stalls == pytest.approx(stalls / 2)
    assert market.n_jobs == pytest.approx(jobs / 2, rel=0.15)
    assert not market.closed


def test_a_market_with_few_stalls_left_gives_up(open_model):
    model = open_model()
    market = largest(model.city, OrganisationKind.MARKET, lambda o: o.stalls)
    order(market, "close", share=0.99)
    model.step()
    assert market.closed
    assert market.stalls == 0.0


def far_zone(city, zone):
    return int(np.argmax(city.distance_km[zone]))


def test_a_campus_that_moves_takes_students_and_rooms_along(open_model):
    model = open_model(sample=0.005)
    city = model.city
    people, homes, stock = city.residents, city.households, city.dwellings.stock
    dorm = int(DwellingClass.CAMPUS_DORM)
    campus = largest(city, OrganisationKind.CAMPUS, lambda o: o.students)
    zone, to = campus.zone, far_zone(city, campus.zone)
    students = people.select(employer_id=campus.index, activity=int(Activity.STUDENT)).count()
    rooms = homes.select(organisation_id=campus.index).count()
    total, number, area = stock[:, dorm].sum(), campus.students, campus.floor_area_m2
    here, there = stock[zone, dorm], stock[to, dorm]
    assert students > 20
    city.begin_quarter(1)
    city.scratch["organisation_jobs_ordered"][:] = 0.0
    order(campus, "move_students", students=number / 2, jobs=0.0, zone=to)
    campus.step()
    branch = campus.branches[to]
    assert campus.students == branch.students == number / 2
    assert branch.floor_area_m2 == campus.floor_area_m2 == pytest.approx(area / 2)
    moved = homes.select(organisation_id=branch.index)
    assert moved.count() == pytest.approx(rooms / 2, abs=1)
    assert (moved.get("zone") == to).all()
    there_now = people.select(employer_id=branch.index, activity=int(Activity.STUDENT)).count()
    left = people.select(employer_id=campus.index, activity=int(Activity.STUDENT)).count()
    assert there_now + left == students
    assert there_now > 0
    assert stock[to, dorm] == pytest.approx(there + moved.count() / city.sample)
    assert stock[zone, dorm] == pytest.approx(max(here - moved.count() / city.sample, 0.0))
    assert stock[:, dorm].sum() == pytest.approx(total, rel=0.05)
    assert city.counters["moved_in"][to] == city.counters["moved_out"][zone] == moved.get("n_persons").sum()
    causes = {int(cause) for moves in city.moves for cause in moves["cause"]}
    assert causes == {int(MoveCause.CAMPUS)}
    reconcile.run(city)


def test_students_sent_out_of_beijing_leave(open_model):
    model = open_model(sample=0.005)
    city = model.city
    campus = largest(city, OrganisationKind.CAMPUS, lambda o: o.students)
    before = len(city.residents)
    rooms = city.households.select(organisation_id=campus.index)
    persons = rooms.get("n_persons").sum()
    order(campus, "move_students", students=campus.students, jobs=0.0, zone=OUTSIDE)
    city.begin_quarter(1)
    campus.step()
    assert len(city.residents) == before - persons
    assert city.counters["out_migrants"].sum() == city.counters["out_migrants"][campus.zone] == persons
    assert campus.students == 0.0
    assert city.households.select(organisation_id=campus.index).count() == 0


def test_a_hospital_that_moves_takes_beds_and_staff_along(open_model):
    model = open_model(sample=0.01)
    city = model.city
    people, land = city.residents, city.land
    hospital = largest(city, OrganisationKind.HOSPITAL, lambda o: city.jobs.organisation_filled[o.index])
    zone, to = hospital.zone, far_zone(city, hospital.zone)
    beds, jobs, staff = hospital.beds, hospital.n_jobs, int(city.jobs.organisation_filled[hospital.index])
    office = land.floor_area_m2[:, FloorUse.OFFICE_PUBLIC].copy()
    assert staff > 10
    order(
        hospital,
        "move",
        beds_removed=beds / 2,
        beds_opened=beds,
        jobs_removed=jobs / 2,
        jobs_opened=jobs,
        staff_share=0.8,
        zone=to,
    )
    city.begin_quarter(1)
    city.scratch["organisation_jobs_ordered"][:] = 0.0
    hospital.step()
    branch = hospital.branches[to]
    assert (hospital.beds, branch.beds) == (beds / 2, beds)
    assert branch.n_jobs == pytest.approx(jobs)
    assert hospital.n_jobs == pytest.approx(jobs / 2)
    followed = people.select(employer_id=branch.index, activity=int(Activity.EMPLOYED))
    assert (followed.get("work_zone") == to).all()
    assert followed.count() == city.jobs.organisation_filled[branch.index]
    assert followed.count() == pytest.approx(0.4 * staff, abs=4 * np.sqrt(staff / 4))
    assert followed.count() + city.jobs.organisation_filled[hospital.index] == staff
    # the fifth that does not follow loses the post by order
    assert city.scratch["organisation_jobs_ordered"][hospital.index] == pytest.approx(jobs * 0.1)
    assert land.floor_area_m2[to, FloorUse.OFFICE_PUBLIC] > office[to]
    assert land.floor_area_m2[zone, FloorUse.OFFICE_PUBLIC] < office[zone]


def test_an_office_moves_its_posts(open_model):
    model = open_model(sample=0.01)
    city = model.city
    office = largest(city, OrganisationKind.OFFICE, lambda o: o.n_jobs)
    jobs, to = office.n_jobs, far_zone(city, office.zone)
    order(office, "move", share=0.25, zone=to)
    model.step()
    assert office.n_jobs == pytest.approx(jobs * 0.75)
    assert office.branches[to].n_jobs == pytest.approx(jobs * 0.25)
    model.step()
    assert model.quarter == "2011Q2", "branches take part in later quarters"


def test_a_loss_of_premises_closes_or_moves_businesses(open_model):
    model = open_model()
    city = model.city
    kind = int(Premises.ILLEGAL)
    zone = int(np.argmax(city.land.premises_used[:, kind]))
    rows = city.businesses.select(zone=zone, premises=kind, market_id=-1).rows
    keys = city.businesses.draw_key[rows].copy()
    city.begin_quarter(1)
    city.scratch["land_release"][:] = 0.0
    city.land.take_premises(zone, kind, city.land.premises[zone, kind])
    business_dynamics.run(city)
    firms = city.businesses
    still = np.isin(firms.draw_key[: firms.n_rows], keys) & firms.alive()
    assert len(keys) > 20
    assert 0 < still.sum() < len(keys)
    gone_informal = (firms.zone[: firms.n_rows] == zone) & (firms.premises[: firms.n_rows] == kind) & still
    assert not gone_informal.any(), "nobody stays in premises that are gone"
    assert city.jobs.lost_to_orders[zone].sum() > 0
    assert city.jobs.lost_to_orders.sum() == city.jobs.lost_to_orders[zone].sum()
