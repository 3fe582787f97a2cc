"""Name the integer codes that the columns of people, households, businesses and places carry."""

from enum import IntEnum

N_ZONES = 343
N_DISTRICTS = 16


class Sex(IntEnum):
    """Name the sexes as the census does."""

    MALE = 0
    FEMALE = 1


class Hukou(IntEnum):
    """Name where a resident is registered: in Beijing or elsewhere."""

    LOCAL = 0
    NON_LOCAL = 1


class Education(IntEnum):
    """Name the six levels of schooling of the 2010 census (under six years: NONE)."""

    NONE = 0
    PRIMARY = 1
    JUNIOR_SECONDARY = 2
    SENIOR_SECONDARY = 3
    JUNIOR_COLLEGE = 4
    BACHELOR_PLUS = 5


class Marital(IntEnum):
    """Name the marital states of the 2010 census."""

    NEVER = 0
    MARRIED = 1
    DIVORCED = 2
    WIDOWED = 3


class Role(IntEnum):
    """Name a resident's place in the household."""

    HEAD = 0
    SPOUSE = 1
    CHILD = 2
    PARENT = 3
    OTHER = 4


class Activity(IntEnum):
    """Name what a resident does; STUDENT lives on a campus, PUPIL at home."""

    CHILD = 0
    PUPIL = 1
    STUDENT = 2
    EMPLOYED = 3
    UNEMPLOYED = 4
    RETIRED = 5
    INACTIVE = 6


class Sector(IntEnum):
    """Name the twenty industries of the 2010 census, in census order (-1: none)."""

    AGRICULTURE = 0
    MINING = 1
    MANUFACTURING = 2
    UTILITIES = 3
    CONSTRUCTION = 4
    TRANSPORT = 5
    INFORMATION = 6
    WHOLESALE_RETAIL = 7
    HOTEL_CATERING = 8
    FINANCE = 9
    REAL_ESTATE = 10
    BUSINESS_SERVICES = 11
    SCIENTIFIC = 12
    ENVIRONMENT = 13
    RESIDENT_SERVICES = 14
    EDUCATION = 15
    HEALTH = 16
    CULTURE = 17
    PUBLIC_ADMIN = 18
    INTERNATIONAL = 19


class DwellingClass(IntEnum):
    """Name the classes of dwelling; a unit is a place for one household, a room where rooms are let."""

    OWNER_COMMODITY = 0
    WORK_UNIT = 1
    PUBLIC_RENTAL = 2
    COURTYARD = 3
    MARKET_RENTAL = 4
    VILLAGE_RENTAL = 5
    SELF_BUILT = 6
    ILLEGAL = 7
    GROUP_RENTAL = 8
    BASEMENT = 9
    WORKER_DORM = 10
    CAMPUS_DORM = 11
    SHANTYTOWN = 12


class Tenure(IntEnum):
    """Name how a household holds its dwelling, in the census's four groups."""

    OWNER = 0
    SELF_BUILT = 1
    RENTER = 2
    OTHER = 3


class HouseholdKind(IntEnum):
    """Tell family households from rooms of a dormitory."""

    FAMILY = 0
    COLLECTIVE = 1


class Authority(IntEnum):
    """Tell who commands an institution and its people: the city or the centre (ministries, military)."""

    CITY = 0
    CENTRAL = 1


class Premises(IntEnum):
    """Name the kinds of business premises."""

    FORMAL = 0
    WALL_OPENING = 1
    ILLEGAL = 2
    STALL = 3
    BASEMENT = 4


class OrganisationKind(IntEnum):
    """Name the kinds of organisation that act as Mesa agents."""

    MARKET = 0
    HOSPITAL = 1
    CAMPUS = 2
    OFFICE = 3


class FloorUse(IntEnum):
    """Name the non-residential uses of above-ground floor area."""

    COMMERCIAL = 0
    INDUSTRIAL_STORAGE = 1
    OFFICE_PUBLIC = 2
    ILLEGAL_NONRESIDENTIAL = 3


class LandUse(IntEnum):
    """Name what land that clearing freed is used for; FREED waits for a use."""

    FREED = 0
    GREEN = 1
    RESERVE = 2
    PUBLIC_SERVICE = 3
    BUILDING = 4


class Improvement(IntEnum):
    """Name what makes a zone a better place to live in; each is counted since the base year."""

    SERVICES = 0
    RENOVATED_HOMES = 1
    CLEAN_HEATING = 2
    ORDERLY_AREAS = 3


INFORMAL_CLASSES = (
    DwellingClass.VILLAGE_RENTAL,
    DwellingClass.ILLEGAL,
    DwellingClass.GROUP_RENTAL,
    DwellingClass.BASEMENT,
)


class CommuteGroup(IntEnum):
    """Name the homes whose people travel alike to work; rows of the decay with travel time."""

    FORMAL = 0
    INFORMAL = 1
    DORMITORY = 2
    VILLAGER = 3


COMMUTE_GROUPS = {
    CommuteGroup.INFORMAL: (DwellingClass.VILLAGE_RENTAL, DwellingClass.ILLEGAL, DwellingClass.BASEMENT),
    CommuteGroup.DORMITORY: (DwellingClass.WORKER_DORM, DwellingClass.CAMPUS_DORM),
    CommuteGroup.VILLAGER: (DwellingClass.SELF_BUILT,),
}
"""Classes of dwelling of each group; those of all other classes, and who shares, are formal."""
OUTLET_SECTORS = (Sector.WHOLESALE_RETAIL, Sector.HOTEL_CATERING, Sector.RESIDENT_SERVICES)


class MoveCause(IntEnum):
    """Name why a household moved, arrived or left; append only."""

    VOLUNTARY = 0
    FORMATION = 1
    ARRIVAL = 2
    DEPARTURE = 3
    DEMOLISH = 4
    MARKET = 5
    CAMPUS = 6
    HOSPITAL = 7
    BASEMENT = 8
    JOB_LOSS_ORDER = 9
    UNION = 10
    SEPARATION = 11
    GRADUATION = 12
    GROUP_RENTAL = 13
    SHANTYTOWN = 14
    COURTYARD = 15
    VILLAGE = 16
    ESTATES = 17
    KEY_AREA = 18
    MANUFACTURING = 19
    STREET_ORDER = 20
    FLOOR_AREA = 21
    SOE_PROPERTY = 22
    SCHOOL_ADMISSION = 23
    LOCAL_ORDER = 24
    COURTYARD_CONTRACT_ENDED = 25
    TRANSPORT_HUB = 26
    ADMINISTRATION = 27
    VILLAGE_RAZED = 28


FORCED_CAUSES = (
    MoveCause.DEMOLISH,
    MoveCause.MARKET,
    MoveCause.HOSPITAL,
    MoveCause.BASEMENT,
    MoveCause.GROUP_RENTAL,
    MoveCause.SHANTYTOWN,
    MoveCause.VILLAGE,
    MoveCause.ESTATES,
    MoveCause.KEY_AREA,
    MoveCause.MANUFACTURING,
    MoveCause.STREET_ORDER,
    MoveCause.FLOOR_AREA,
    MoveCause.SOE_PROPERTY,
    MoveCause.LOCAL_ORDER,
    MoveCause.COURTYARD_CONTRACT_ENDED,
    MoveCause.VILLAGE_RAZED,
)
"""Causes for which the home itself went by an order; a courtyard vacated by application is not among them."""
OUTSIDE = ("hebei_tianjin", "xiongan", "rest_of_china")
SECTOR_OF_ORGANISATION = {
    OrganisationKind.MARKET: Sector.WHOLESALE_RETAIL,
    OrganisationKind.HOSPITAL: Sector.HEALTH,
    OrganisationKind.CAMPUS: Sector.EDUCATION,
    OrganisationKind.OFFICE: Sector.PUBLIC_ADMIN,
}


class Lodging(IntEnum):
    """Name the kinds of lodging: hotels, and inns, hostels and rooms let by the day."""

    HOTEL = 0
    INN = 1


class Hub(IntEnum):
    """Name the kinds of transport hub that can be moved; railway stations stay."""

    COACH = 0
    TOURIST = 1
    BUS = 2
