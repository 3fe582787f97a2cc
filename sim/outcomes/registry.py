"""List what is recorded and what is shown of it: one line a key, one entry an indicator.

`docs/indicators.md` is generated from here: ``python -m sim.outcomes.registry docs/indicators.md``.
"""

from __future__ import annotations

from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Key:
    """Describe one recorded numerator.

    ``simulated`` keys count people or households of the sample and are divided by it; the others are in real
    units at any sample (businesses, dwellings, floor area and land are never sampled).
    """

    simulated: bool
    description: str


@dataclass(frozen=True)
class Indicator:
    """Describe one indicator.

    Attributes
    ----------
    kind
        ``stock`` (a count at the end of the quarter), ``flow`` (a count over the quarter), ``rate`` (an
        amount per something) or ``share`` (0 to 1).
    numerator, denominator
        Keys of `KEYS`; a rate or share is the sum of one over the sum of the other at every level.
    factor
        What the numerator is multiplied by.
    by_hukou
        Whether its zone cells are suppressed where few persons stand behind them.
    official
        Whether it is the official measure, which has no zone level.
    """

    name: str
    unit: str
    kind: str
    numerator: str
    denominator: str | None
    title_en: str
    title_zh: str
    description: str
    factor: float = 1.0
    by_hukou: bool = False
    official: bool = False

    @property
    def scaled(self) -> bool:
        """Return whether the value is scaled up by the sample."""
        above = KEYS[self.numerator].simulated
        below = self.denominator is not None and KEYS[self.denominator].simulated
        return above != below


def _keys(simulated: bool, **descriptions: str) -> dict[str, Key]:
    return {name: Key(simulated, text) for name, text in descriptions.items()}


KEYS: dict[str, Key] = _keys(
    True,
    residents="people who live in the zone",
    residents_local="residents with Beijing hukou",
    residents_non_local="residents without Beijing hukou",
    residents_age_0_14="residents aged 0 to 14",
    residents_age_15_64="residents aged 15 to 64",
    residents_age_65_plus="residents aged 65 and over",
    residents_age_60_plus="residents aged 60 and over",
    births="births to residents",
    deaths="deaths of residents",
    in_migrants="persons who arrived from outside Beijing",
    out_migrants="persons who left Beijing",
    moved_in="persons who moved here from another home in Beijing",
    moved_out="persons who moved from here to another home in Beijing",
    households="households, dormitory rooms included",
    households_family="family households",
    residents_family="persons in family households",
    employed_here="people who work in the zone",
    employed_residents="residents who work",
    unemployed="residents who seek work",
    labour_force="residents who work or seek work",
    students="students who live on campuses",
    occupied="dwellings with a household",
    informal_residents="residents of village rental, illegal, group-rental and basement dwellings",
    fire_exposed_residents="residents of informal dwellings that were not made safe",
    rent_sum="rent a month and m2, summed over rented dwellings",
    rent_weight="rented dwellings behind rent_sum",
    rent_flats_sum="rent a month and m2, summed over flats let on the market",
    rent_flats_weight="flats behind rent_flats_sum",
    rent_paid="rent a month of renting households",
    income_renters="income a month of renting households",
    wage_sum="wages a month of residents who work",
    commute_minutes_sum="minutes of one way to work, summed over commuters",
    commuters="residents with a place of work in Beijing",
    displaced_home="persons whose dwelling went by an order",
    displaced_work="persons whose household moved after a job or stall was lost to an order",
    left_city="persons of displaced households who left Beijing",
) | _keys(
    False,
    jobs="jobs by place of work",
    businesses="businesses and self-employed stalls",
    businesses_unlicensed="businesses without a licence",
    commercial_outlets="outlets of retail, catering and resident services",
    commercial_floor_area="commercial floor area, m2",
    floor_area="above-ground floor area, m2",
    hospital_beds="hospital beds",
    visitors_per_day="visits a day, mean of the quarter: sights, lodging, hospitals, markets, stations",
    visitors_outside="visits a day by people who do not live in Beijing",
    visitors_scenic="visits a day to scenic spots and streets",
    visitors_lodging="guests a night in hotels and inns",
    visitors_hospital="patients from elsewhere and companions a day at hospitals",
    visitors_market="customers a day of regional markets",
    visitors_hub="visitors a day who come by coach, tourist and bus stations",
    lodging_beds="beds in hotels and inns",
    hospital_visits="visits to hospitals",
    complaints="calls to the hotline 12345",
    dwelling_capacity="dwellings and rooms, occupied or on offer",
    idle_homes="homes that are owned, lived in by nobody and not offered",
    green_area="land greened by measures since the base year, m2",
    reserve_area="vacated land kept in reserve, m2",
    vacated_land="land that clearing freed and that waits for a use, m2",
    homes_held_back="commodity homes that building quotas hold back",
    rebounded="places in informal dwellings and premises that came back after clearing",
    spending="public money spent on measures, CNY",
    enforcement="person-quarters of enforcers at work on measures",
    land_area_km2="land; 155 km2 for the subcentre",
)
DERIVED = {"vacant": ("dwelling_capacity", "occupied"), "net_migration": ("in_migrants", "out_migrants")}
"""Keys that are a difference of two recorded ones, taken after scaling."""

KEYS["vacant"] = Key(False, "dwellings without a household")
KEYS["net_migration"] = Key(True, "arrivals from outside minus departures")

_P, _PQ = "persons", "persons/quarter"

# name | unit | kind | numerator | denominator | English | Chinese | what must be known to read it
_TABLE = (
    ("residents", _P, "stock", "residents", None, "Residents", "常住人口",
     "Latent: the people of the model"),
    ("residents_official", _P, "stock", "residents", None, "Residents, official measure",
     "常住人口(统计口径)",
     "As a bureau would have published it: with a district error until 2020Q3, census-based from 2020Q4"),
    ("residents_local", _P, "stock", "residents_local", None, "Residents with Beijing hukou", "常住户籍人口",
     ""),
    ("residents_non_local", _P, "stock", "residents_non_local", None, "Non-local residents", "常住外来人口",
     "Latent"),
    ("residents_non_local_official", _P, "stock", "residents_non_local", None,
     "Non-local residents, official measure", "常住外来人口(统计口径)", "As residents_official"),
    ("non_local_share", "share", "share", "residents_non_local", "residents", "Share of non-local residents",
     "常住外来人口占比", ""),
    ("residents_age_0_14", _P, "stock", "residents_age_0_14", None, "Residents aged 0-14", "0-14岁常住人口",
     ""),
    ("residents_age_15_64", _P, "stock", "residents_age_15_64", None, "Residents aged 15-64",
     "15-64岁常住人口", ""),
    ("residents_age_65_plus", _P, "stock", "residents_age_65_plus", None, "Residents aged 65+",
     "65岁及以上常住人口", ""),
    ("residents_age_60_plus", _P, "stock", "residents_age_60_plus", None, "Residents aged 60+",
     "60岁及以上常住人口", ""),
    ("births", _PQ, "flow", "births", None, "Births", "出生人数", ""),
    ("deaths", _PQ, "flow", "deaths", None, "Deaths", "死亡人数", ""),
    ("in_migrants", _PQ, "flow", "in_migrants", None, "Arrivals from outside", "市外迁入人数",
     "Over the city line"),
    ("out_migrants", _PQ, "flow", "out_migrants", None, "Departures from Beijing", "迁往市外人数",
     "Over the city line"),
    ("net_migration", _PQ, "flow", "net_migration", None, "Net migration", "净迁入人数",
     "Over the city line"),
    ("moved_in", _PQ, "flow", "moved_in", None, "Moved in from inside Beijing", "市内迁入人数",
     "Moves inside a district count, so a district's figure is not its gain"),
    ("moved_out", _PQ, "flow", "moved_out", None, "Moved out inside Beijing", "市内迁出人数", "As moved_in"),
    ("households", "households", "stock", "households", None, "Households", "户数",
     "A room of a dormitory is a household"),
    ("households_family", "households", "stock", "households_family", None, "Family households", "家庭户数",
     ""),
    ("household_size", "persons per household", "rate", "residents_family", "households_family",
     "Persons a family household", "家庭户平均人数", ""),
    ("population_density", "persons/km2", "rate", "residents", "land_area_km2", "Population density",
     "人口密度", ""),
    ("jobs", "jobs", "stock", "jobs", None, "Jobs by place of work", "就业岗位",
     "Filled or vacant; modelled by workplace"),
    ("employed_here", _P, "stock", "employed_here", None, "People at work here", "在本地就业人数", ""),
    ("employed_residents", _P, "stock", "employed_residents", None, "Residents at work", "就业常住人口", ""),
    ("unemployed", _P, "stock", "unemployed", None, "Residents seeking work", "失业人数", ""),
    ("unemployment_rate", "share", "share", "unemployed", "labour_force", "Unemployment", "失业率",
     "Of those who work or seek work"),
    ("businesses", "businesses", "stock", "businesses", None, "Businesses", "市场主体数",
     "Self-employed included"),
    ("businesses_unlicensed", "businesses", "stock", "businesses_unlicensed", None, "Unlicensed businesses",
     "无证无照经营户", ""),
    ("commercial_outlets", "outlets", "stock", "commercial_outlets", None, "Commercial outlets",
     "商业网点数", "Retail, catering, resident services"),
    ("commercial_floor_area", "m2", "stock", "commercial_floor_area", None, "Commercial floor area",
     "商业建筑面积", ""),
    ("commercial_density", "outlets/km2", "rate", "commercial_outlets", "land_area_km2",
     "Commercial density", "商业密度", ""),
    ("commercial_floor_density", "m2/km2", "rate", "commercial_floor_area", "land_area_km2",
     "Commercial floor area a km2", "商业建筑密度", ""),
    ("floor_area", "m2", "stock", "floor_area", None, "Above-ground floor area", "地上建筑规模",
     "Dwellings, businesses, industry, offices and public buildings"),
    ("building_density", "m2/km2", "rate", "floor_area", "land_area_km2", "Building density", "建筑密度",
     "Above-ground floor area, not footprint, over land"),
    ("hospital_beds", "beds", "stock", "hospital_beds", None, "Hospital beds", "医疗床位",
     "Hospitals of the tables"),
    ("hospital_visits", "visits/quarter", "flow", "hospital_visits", None,
     "Visits to hospitals", "医院诊疗人次",
     "Modelled by a gravity of beds, quality and minutes; clinics left out"),
    ("visitors_per_day", "visits/day", "rate", "visitors_per_day", None, "Visitors a day", "日均到访人次",
     "Mean of the quarter; somebody seen in two places counts twice; most sizes assumed"),
    ("visitors_outside", "visits/day", "rate", "visitors_outside", None,
     "Visitors a day from outside Beijing",
     "日均市外到访人次", "Of visitors_per_day"),
    ("visitors_scenic", "visits/day", "rate", "visitors_scenic", None, "Visitors a day at sights",
     "景区日均游客人次", "Of visitors_per_day"),
    ("visitors_lodging", "visits/day", "rate", "visitors_lodging", None, "Guests a night", "日均住宿人次",
     "Of visitors_per_day"),
    ("visitors_hospital", "visits/day", "rate", "visitors_hospital", None,
     "Patients from elsewhere and companions a day", "日均外来就医及陪护人次", "Of visitors_per_day"),
    ("visitors_market", "visits/day", "rate", "visitors_market", None, "Customers of regional markets a day",
     "批发市场日均客流", "Of visitors_per_day"),
    ("visitors_hub", "visits/day", "rate", "visitors_hub", None,
     "Visitors a day by station", "客运场站日均到访人次",
     "Of visitors_per_day; railway stations left out"),
    ("tourism_density", "visits/day/km2", "rate", "visitors_per_day", "land_area_km2", "Tourism density",
     "旅游密度", "Visitors a day over land"),
    ("lodging_beds", "beds", "stock", "lodging_beds", None, "Lodging beds", "住宿业床位",
     "Not published by district: read the change"),
    ("lodging_density", "beds/km2", "rate", "lodging_beds", "land_area_km2", "Lodging beds a km2",
     "住宿床位密度", "As lodging_beds"),
    ("complaints", "calls/quarter", "flow", "complaints", None, "Complaints to 12345", "12345来电量",
     "How readily people call is a path from outside; never sampled"),
    ("students", _P, "stock", "students", None, "Students on campus", "在校大学生", ""),
    ("dwelling_capacity", "dwellings", "stock", "dwelling_capacity", None, "Dwellings", "住房套(间)数",
     "Household places in all 13 classes, those on offer included, idle homes not"),
    ("idle_homes", "dwellings", "stock", "idle_homes", None, "Idle homes", "闲置住房",
     "Owned, lived in by nobody and not offered; no table says how many"),
    ("informal_residents", _P, "stock", "informal_residents", None, "Residents of informal dwellings",
     "非正规住房常住人口", "Village rental, illegal, group rental, basement"),
    ("fire_exposed_residents", _P, "stock", "fire_exposed_residents", None, "Residents exposed to fire",
     "存在消防隐患住所的常住人口", "In informal dwellings that were not made safe"),
    ("green_area", "m2", "stock", "green_area", None, "Green on vacated land and roads",
     "腾退土地增绿面积", "Added by measures since 2010; the green there was is not counted"),
    ("reserve_area", "m2", "stock", "reserve_area", None, "Vacated land kept in reserve",
     "战略留白用地面积", "Added by measures since 2010"),
    ("vacated_land", "m2", "stock", "vacated_land", None, "Vacated land without a use",
     "腾退待利用土地面积", "Freed by demolition and not yet put to use"),
    ("homes_held_back", "dwellings", "stock", "homes_held_back", None, "Homes held back by building quotas",
     "受建设指标限制的未竣工住房", "Commodity homes that would be finished without the quota"),
    ("vacancy_rate", "share", "share", "vacant", "dwelling_capacity", "Vacancy", "住房空置率", ""),
    ("rent", "CNY/m2/month", "rate", "rent_sum", "rent_weight", "Rent", "月租金",
     "Mean over occupied rented dwellings"),
    ("rent_flats", "CNY/m2/month", "rate", "rent_flats_sum", "rent_flats_weight", "Rent of flats",
     "市场化租赁住房月租金", "Mean over flats let on the market, as agencies report it"),
    ("rent_burden", "share", "share", "rent_paid", "income_renters", "Rent burden", "房租收入比",
     "Rent over income of renting households"),
    ("income", "CNY/month", "rate", "wage_sum", "employed_residents", "Wage", "月均工资",
     "Mean of residents at work"),
    ("commute_minutes", "minutes", "rate", "commute_minutes_sum", "commuters", "Commute, one way",
     "单程通勤时间", "Of all at work, those who live in dormitories at the works among them"),
    ("displaced_home", _PQ, "flow", "displaced_home", None, "Displaced from home",
     "因住房拆除或清退被迫迁移人数", "The dwelling went by an order; each person once"),
    ("displaced_work", _PQ, "flow", "displaced_work", None, "Displaced through work",
     "因失去工作或摊位被迫迁移人数",
     "Moved within four quarters of losing a job or stall to an order; each person once"),
    ("left_city", _PQ, "flow", "left_city", None, "Displaced who left Beijing", "被迫迁移后离京人数",
     "Those who moved over the line but kept the job are not among them"),
    ("rebounded", "places/quarter", "flow", "rebounded", None, "Rebounded places", "反弹数量",
     "Informal dwellings and premises that came back after clearing"),
    ("spending", "CNY/quarter", "flow", "spending", None, "Public spending on measures", "专项行动支出",
     "Work, compensation and subsidies; unit costs are assumed unless a source is named"),
    ("enforcement", "person-quarters/quarter", "flow", "enforcement", None, "Enforcers at work",
     "执法力量投入", "On the tasks of the campaign and on what is kept clear; effort is assumed"),
)  # fmt: skip

_BY_HUKOU = {"residents_local", "residents_non_local", "non_local_share"}

INDICATORS: dict[str, Indicator] = {
    row[0]: replace(Indicator(*row), by_hukou=row[0] in _BY_HUKOU, official=row[0].endswith("_official"))
    for row in _TABLE
}

_HEAD = """# Indicators

Generated from `sim/outcomes/registry.py` by `python -m sim.outcomes.registry docs/indicators.md`; do not
edit.

A *stock* is the state at the end of the quarter; a *flow* is counted over one quarter and is empty in
2010Q4, the base; a *rate* or *share* is a sum over a sum at every level, never a mean of means. *Scaled*
indicators count simulated people or households and are multiplied by 1/sample; the others are never
sampled.

Levels: zone (343), district (16), area (core, inner, city_six, tongzhou, subcentre, new_towns,
ecological), city (beijing). The subcentre takes each zone's share of people inside it, and its densities
are over 155 km2. Zones are modelled to about a third of their value: read them as a pattern and never
rank them.

A cell of hukou by zone below 200 persons is not shown; its partner in the same zone and quarter is left
out with it, because the total would give it away. The official measure has no zone level, and the series
breaks at 2020Q4.

| indicator | English | 中文 | unit | kind | per quarter or since when | scaled | is | note |
|---|---|---|---|---|---|---|---|---|
"""


def indicators_page() -> str:
    """Return docs/indicators.md."""
    return _HEAD + "\n".join(_line(indicator) for indicator in INDICATORS.values()) + "\n"


def _line(indicator: Indicator) -> str:
    made = (
        indicator.numerator
        if indicator.denominator is None
        else f"{indicator.numerator} / {indicator.denominator}"
    )
    since = "per quarter, from 2011Q1" if indicator.kind == "flow" else "end of quarter, from 2010Q4"
    cells = (
        f"`{indicator.name}`", indicator.title_en, indicator.title_zh, indicator.unit, indicator.kind, since,
        "yes" if indicator.scaled else "no", made, indicator.description,
    )  # fmt: skip
    return "| " + " | ".join(cells) + " |"


if __name__ == "__main__":
    import sys
    from pathlib import Path

    Path(sys.argv[1]).write_text(indicators_page(), encoding="utf-8")
