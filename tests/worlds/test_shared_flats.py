"""Let tenants share more, and see who finds a home and what it costs."""

from sim import CityModel


def test_more_tenants_to_a_let_flat_house_more_people_at_lower_rents() -> None:
    residents, rents, area = [], [], []
    for tenants in (1.0, 1.8):
        model = CityModel(
            "no-measures", sample=0.005, rng=1, threads=1, parameters={"tenants_per_let_flat": tenants}
        )
        model.run(until="2014Q4")
        last = model.record.values
        residents.append(last["residents"][-1].sum())
        rents.append(last["rent_flats_sum"][-1].sum() / last["rent_flats_weight"][-1].sum())
        area.append(model.city.dwellings.residential_floor_area().sum())
        model.close()
    assert residents[1] > 1.001 * residents[0]
    assert rents[1] < 0.95 * rents[0]
    assert abs(area[1] / area[0] - 1.0) < 0.01, "sharing builds nothing"
