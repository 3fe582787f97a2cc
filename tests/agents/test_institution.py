"""What a hospital or campus leaves behind stays in use as far as the order says; the new site is built."""

import pytest

from sim import CityModel
from sim.codes import FloorUse, OrganisationKind
from tests.fixtures.small_city import zone

HUAXIANG, SHAHE = zone("fengtai.huaxiang"), zone("changping.shahe")


@pytest.fixture(scope="module")
def model() -> CityModel:
    return CityModel("no-measures", sample=0.002, rng=2, threads=1)


def named(model: CityModel, kind: OrganisationKind, name: str):
    return next(item for item in model.city.organisations if item.kind == kind and item.name_zh == name)


def public_floor(model: CityModel, place: int) -> float:
    return float(model.city.land.floor_area_m2[place, FloorUse.OFFICE_PUBLIC])


def test_half_a_hospital_moves_and_nine_tenths_of_its_old_half_stay_in_use(model):
    hospital = named(model, OrganisationKind.HOSPITAL, "天坛医院")
    beds, area, jobs = hospital.beds, hospital.floor_area_m2, hospital.n_jobs
    old, new = public_floor(model, hospital.zone), public_floor(model, HUAXIANG)
    hospital.obey(
        "move",
        {
            "beds_removed": beds / 2,
            "beds_opened": beds,
            "jobs_removed": jobs / 2,
            "jobs_opened": jobs,
            "staff_share": 0.5,
            "zone": HUAXIANG,
            "site_kept": 0.9,
        },
    )
    branch = hospital.branches[HUAXIANG]
    assert (hospital.beds, branch.beds) == (pytest.approx(beds / 2), pytest.approx(beds))
    assert hospital.n_jobs == pytest.approx(jobs / 2)
    assert branch.n_jobs == pytest.approx(jobs)
    assert hospital.floor_area_m2 == pytest.approx(area / 2)
    assert old - public_floor(model, hospital.zone) == pytest.approx(0.1 * area / 2)
    assert public_floor(model, HUAXIANG) - new == pytest.approx(area)


def test_staff_who_follow_late_keep_their_posts_until_they_go(model):
    hospital = max(
        (o for o in model.city.organisations if o.kind == OrganisationKind.HOSPITAL and not o.branches),
        key=lambda o: o.beds,
    )
    beds, jobs = hospital.beds, hospital.n_jobs
    lost = {"jobs_removed": jobs / 2, "jobs_opened": jobs, "staff_share": 0.5, "staff_late": 1.0}
    hospital.obey("move", {"beds_removed": beds / 2, "beds_opened": beds, "zone": HUAXIANG, **lost})
    branch = hospital.branches[HUAXIANG]
    assert hospital.n_jobs == pytest.approx(jobs * 3 / 4), "half of the posts lost are kept for now"
    assert branch.n_jobs == pytest.approx(jobs * 3 / 4), "the other new posts are filled anew"
    hospital.obey("move_staff", {"jobs": jobs / 8, "zone": HUAXIANG})
    assert (hospital.n_jobs, branch.n_jobs) == (pytest.approx(jobs * 5 / 8), pytest.approx(jobs * 7 / 8))


def test_a_campus_keeps_its_old_buildings_when_the_order_says_so(model):
    campus = named(model, OrganisationKind.CAMPUS, "北京化工大学")
    students, area = campus.students, campus.floor_area_m2
    old, new = public_floor(model, campus.zone), public_floor(model, SHAHE)
    campus.obey("move_students", {"students": students / 4, "jobs": 0.0, "zone": SHAHE, "site_kept": 1.0})
    assert campus.branches[SHAHE].students == pytest.approx(students / 4)
    assert public_floor(model, campus.zone) == pytest.approx(old)
    assert public_floor(model, SHAHE) - new == pytest.approx(area / 4)


def test_an_order_that_keeps_nothing_pulls_the_old_site_down(model):
    campus = named(model, OrganisationKind.CAMPUS, "北京林业大学")
    area, old = campus.floor_area_m2, public_floor(model, campus.zone)
    campus.obey("move_students", {"students": campus.students / 2, "jobs": 0.0, "zone": -1})
    assert old - public_floor(model, campus.zone) == pytest.approx(area / 2)
