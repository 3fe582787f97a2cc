"""Patients choose hospitals by beds, quality and the way to them; none is lost on the way."""

from types import SimpleNamespace

import numpy as np
import pytest

from sim.codes import OrganisationKind
from sim.processes import hospital_choice
from tests.fixtures.small_city import organisation, small_city, zone

TIANTAN, HUAXIANG, QINGHE = (
    zone(name) for name in ("dongcheng.tiantan", "fengtai.huaxiang", "haidian.qinghe")
)


def hospital(
    place: str, beds: float, index: int, *, named: bool = True, parent: object = None
) -> SimpleNamespace:
    name = "同仁医院" if named else "unnamed"
    made = organisation(OrganisationKind.HOSPITAL, place, name, beds=beds)
    made.index, made.parent = index, parent
    return made


@pytest.fixture
def city() -> SimpleNamespace:
    """Return a city of one home minute everywhere, 1,000 residents in each zone, nobody old."""
    made = small_city()
    made.scratch |= {
        "residents_by_zone": np.full(343, 1000.0),
        "elders_by_zone": np.zeros(343),
        "network_state": 2010,
    }
    made.minutes = np.full((343, 343), 30.0, dtype=np.float32)
    made.quarter = 0
    made.organisations = [hospital("dongcheng.tiantan", 600.0, 0), hospital("haidian.qinghe", 300.0, 1)]
    hospital_choice.prepare(made)
    return made


def test_patients_split_by_beds_and_way_and_none_is_lost():
    """At weights 1 and 0.25 for beds 100 and 200, of 300 patients 200 stay and 100 go."""
    near = np.array([[1.0, 0.25], [0.25, 1.0]], dtype=np.float32)
    arrived, own = hospital_choice.flows(near, np.array([100.0, 200.0]), np.array([300.0, 0.0]))
    assert arrived == pytest.approx([200.0, 100.0])
    assert own == pytest.approx([200.0, 0.0])


def test_visits_follow_beds_where_the_way_is_the_same(city):
    hospital_choice.run(city)
    visits = city.visitors.hospital_visits
    assert visits[TIANTAN] == pytest.approx(2.0 * visits[QINGHE])
    assert visits.sum() == pytest.approx(visits[[TIANTAN, QINGHE]].sum())
    local = 343_000 * city.parameter("hospital_visits_per_resident") / 4.0
    assert visits.sum() == pytest.approx(local / (1.0 - city.parameter("hospital_outside_visit_share")))
    assert city.visitors.visits_of_hospital == pytest.approx(visits[[TIANTAN, QINGHE]])


def test_patients_follow_the_beds_of_a_hospital_that_moves(city):
    hospital_choice.run(city)
    before = city.visitors.hospital_visits.copy()
    old = city.organisations[0]
    old.beds = 0.0
    city.organisations.append(hospital("fengtai.huaxiang", 600.0, 2, parent=old))
    hospital_choice.run(city)
    after = city.visitors.hospital_visits
    assert after[TIANTAN] == 0.0
    assert after[HUAXIANG] > 0.9 * city.parameter("hospital_quality_branch") * before[TIANTAN]
    assert after[QINGHE] > before[QINGHE]
    assert after.sum() == pytest.approx(before.sum())


def test_people_from_outside_look_for_quality_more_than_residents_do(city):
    city.organisations[1].named = False
    city.scratch["hospitals_listed"] = -1
    zones, residents, outside = hospital_choice.draw_of_beds(city)
    assert list(zones) == [TIANTAN, QINGHE]
    quality = city.parameter("hospital_quality_named")
    assert residents[0] / residents[1] == pytest.approx(2 * quality)
    assert outside[0] / outside[1] == pytest.approx(
        2 * quality ** city.parameter("hospital_outside_quality_power")
    )


def test_patients_of_the_zone_are_no_visitors_and_companions_are(city):
    """One hospital where everybody lives: its visitors are companions of inpatients and outsiders."""
    people = np.zeros(343)
    people[TIANTAN] = 100_000.0
    city.scratch["residents_by_zone"] = people
    city.organisations = city.organisations[:1]
    city.scratch["hospitals_listed"] = -1
    hospital_choice.prepare(city)
    found = hospital_choice.run(city)
    lying = city.parameter("hospital_bed_occupancy") * 600.0
    outside_share = city.parameter("hospital_outside_inpatient_share")
    beside = city.parameter("companions_per_inpatient")
    residents_beside = beside * lying * (1.0 - outside_share)
    assert found["visitors"][TIANTAN] - found["outside"][TIANTAN] == pytest.approx(residents_beside)
    assert found["visitors"].sum() == pytest.approx(found["visitors"][TIANTAN])


def test_no_more_lie_in_hospital_than_there_are_beds(city):
    city.parameters = city.parameters.with_values({"hospital_bed_occupancy": 3.0})
    arrived = np.full(343, 100.0)
    lying, own, outside = hospital_choice._inpatients(
        city, (arrived, arrived / 2, np.full(343, 1 / 343)), 1.0, 1.0
    )
    beds = hospital_choice.beds_by_zone(city)
    assert (lying <= beds + 1e-9).all()
    assert (own + outside <= lying + 1e-9).all()
