"""Put the residents of a census area into family households and dormitory rooms, numbers and sizes exact."""

from dataclasses import dataclass

import numpy as np

from sim.codes import HouseholdKind, Hukou, Marital, Role
from sim.parameters.store import ParameterSet
from sim.synthesis.compositions import CATEGORIES, Slots
from sim.synthesis.margins import SIZES, Margins
from sim.synthesis.people import STATUS_STUDENT, People
from sim.synthesis.rounding import fit_and_round, generator, round_to_total

N_CATEGORIES = 2 * len(CATEGORIES)
ROOM_FAMILY, ROOM_CAMPUS, ROOM_WORKERS, ROOM_CARE = 0, 1, 2, 3

SECTOR_DORMITORY = np.array(
    [0.3, 0.6, 1.0, 0.3, 2.2, 0.5, 0.3, 0.22, 1.0, 0.2, 0.4, 0.5, 0.4, 0.6, 0.55, 0.35, 0.4, 0.4, 0.6, 0.3]
)
"""Relative chance of an employed resident to live in a dormitory, by industry. Assumed."""


@dataclass
class Grouped:
    """Hold an area's people in household order.

    Attributes
    ----------
    person : (n_persons,) i8
        Index into `People`, household by household.
    role : (n_persons,) i1
    size : (n_households,) i8
    room : (n_households,) i1
        0 family household, 1 campus, 2 workers' dormitory, 3 home for the aged.
    """

    person: np.ndarray
    role: np.ndarray
    size: np.ndarray
    room: np.ndarray


def choose_collective(
    people: People, margins: Margins, area: int, campus: int, aged: int, parameters: ParameterSet
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Choose who lives on a campus, in a workers' dormitory, in a home for the aged.

    An exponential race with the weights of each group: exact numbers, keyed by the area.
    """
    random = generator(11, area)
    wait = random.exponential(size=len(people))
    single = people.marital == Marital.NEVER
    student = (people.status == STATUS_STUDENT) & single & (people.age >= 17) & (people.age < 32)
    weight = np.where(student, np.where(people.education >= 4, 1.0, 0.03), 0.0)
    weight *= np.where(people.age < 18, 0.25, 1.0)
    on_campus = _race(wait, weight, campus)
    men = parameters.value("dormitory_chance_married_men")
    women = parameters.value("dormitory_chance_married_women")
    old = (people.age >= 65) & (people.marital != Marital.MARRIED)
    in_care = _race(wait, np.where(old, np.maximum(people.age - 62.0, 1.0), 0.0), aged)
    weight = np.where((people.status >= 0) & (people.status < 20), 1.0, 0.0)
    employed = weight > 0
    weight[employed] = SECTOR_DORMITORY[people.status[employed]]
    weight *= np.where(people.hukou == Hukou.NON_LOCAL, 1.0, parameters.value("dormitory_chance_local"))
    weight *= np.where(single, 1.0, np.where(people.sex == 0, men, women))
    weight *= np.where(people.age < 50, 1.0, 0.5) * np.where(people.age < 60, 1.0, 0.2)
    # Trainees, soldiers' and students' lodgings: a few who do not work live there too.
    weight += np.where((people.age >= 17) & (people.age < 45) & ~employed & single, 0.05, 0.0)
    weight[on_campus] = 0.0
    weight[in_care] = 0.0
    rest = int(margins.collective[area]) - len(on_campus) - len(in_care)
    return on_campus, _race(wait, weight, rest), in_care


def _race(wait: np.ndarray, weight: np.ndarray, number: int) -> np.ndarray:
    possible = np.flatnonzero(weight > 0)
    number = min(number, len(possible))
    if number <= 0:
        return np.zeros(0, dtype=np.int64)
    time = wait[possible] / weight[possible]
    return np.sort(possible[np.argpartition(time, number - 1)[:number]])


def categories_of(people: People, members: np.ndarray) -> np.ndarray:
    """Return the household category (with hukou) of each member."""
    age, sex, marital = people.age[members], people.sex[members], people.marital[members]
    female = sex == 1
    category = np.full(len(members), CATEGORIES.index("C"), dtype=np.int8)
    adult = age >= 18
    married = (marital == Marital.MARRIED) & adult
    never = (marital == Marital.NEVER) & adult
    once = adult & ~married & ~never
    category[never & (age < 30)] = CATEGORIES.index("Y")
    category[never & (age >= 30) & (age < 65)] = CATEGORIES.index("U")
    category[once & (age < 65)] = CATEGORIES.index("D")
    category[adult & ~married & (age >= 65)] = CATEGORIES.index("W")
    for band, low, high in (("M1", 18, 45), ("M2", 45, 65), ("M3", 65, 200)):
        inside = married & (age >= low) & (age < high)
        category[inside & female] = CATEGORIES.index(f"{band}f")
        category[inside & ~female] = CATEGORIES.index(f"{band}m")
    return category + np.int8(len(CATEGORIES)) * people.hukou[members].astype(np.int8)


def composition_counts(
    pool: np.ndarray,
    sizes: np.ndarray,
    generations: np.ndarray,
    slots: Slots,
    factor: np.ndarray,
    random: np.random.Generator,
) -> np.ndarray:
    """Return an area's households of each composition; sizes and generations exact, categories nearly.

    The weights nearest to the city's (relative entropy) that use up the people of each category and make the
    wanted number of households of each size and of each number of generations; Newton steps on the dual, with
    a small ridge where margins cannot all be met.

    Parameters
    ----------
    pool : (22,) people by category
    sizes : (10,) households by size
    generations : (3,) households of one, two, three and more generations
    factor : (n,) on the city's weights
    """
    n = len(slots.size)
    owner = np.repeat(np.arange(n), slots.size)
    people = np.zeros((N_CATEGORIES, n))
    np.add.at(people, (slots.category, owner), 1.0)
    by_size = slots.size[None, :] == np.arange(1, SIZES + 1)[:, None]
    by_generations = slots.generations[None, :] == np.arange(1, len(generations) + 1)[:, None]
    matrix = np.vstack([people, by_size, by_generations])
    target = np.concatenate([pool, sizes, generations]).astype(float)
    share = pool.reshape(2, -1).sum(axis=1) / np.array([11.4e6, 5.0e6])
    prior = (
        slots.weight * 1e3 * np.array([share[0], share[1], np.sqrt(share[0] * share[1])])[slots.hukou_kind]
    )
    prior = prior * factor
    multiplier = np.zeros(len(target))
    for _ in range(200):
        weight = prior * np.exp(np.clip(matrix.T @ multiplier, -12, 12))
        slack = target - matrix @ weight - 1e-3 * target * multiplier
        if np.abs(slack).max() < 0.05:
            break
        curvature = (matrix * weight) @ matrix.T + np.diag(1e-3 * target + 1e-6)
        step = np.linalg.solve(curvature, slack)
        multiplier += step * min(1.0, 2.0 / max(np.abs(step).max(), 1e-9))
    return _whole_households(weight, sizes, generations, slots, random)


def _whole_households(
    weight: np.ndarray,
    sizes: np.ndarray,
    generations: np.ndarray,
    slots: Slots,
    random: np.random.Generator,
) -> np.ndarray:
    """Round the compositions' weights with households by size and by generations exact."""
    group = (slots.size - 1) * len(generations) + slots.generations - 1
    fitted = np.bincount(group, weights=weight, minlength=SIZES * len(generations))
    totals = fit_and_round(fitted.reshape(SIZES, -1), sizes, generations, random).ravel()
    counts = np.zeros(len(weight), dtype=np.int64)
    for k in np.flatnonzero(totals):
        members = group == k
        counts[members] = round_to_total(weight[members], int(totals[k]))
    return counts


def make_households(
    people: People,
    margins: Margins,
    area: int,
    slots: Slots,
    factor: np.ndarray,
    campus: int,
    aged: int,
    parameters: ParameterSet,
) -> Grouped:
    """Return the households and rooms of a census area."""
    random = generator(12, area)
    on_campus, workers, in_care = choose_collective(people, margins, area, campus, aged, parameters)
    outside = np.zeros(len(people), dtype=bool)
    for part in (on_campus, workers, in_care):
        outside[part] = True
    family = np.flatnonzero(~outside)
    category = categories_of(people, family)
    pool = np.bincount(category, minlength=N_CATEGORIES)
    counts = composition_counts(
        pool, margins.sizes[area], margins.generations[area], slots, factor, generator(13, area)
    )
    person, role, size = _fill(people, family, category, counts, slots, random)
    rooms = [
        _rooms(people, members, kind, mean, random)
        for members, kind, mean in (
            (on_campus, ROOM_CAMPUS, 6),
            (workers, ROOM_WORKERS, 5),
            (in_care, ROOM_CARE, 2),
        )
    ]
    return Grouped(
        person=np.concatenate([person, *[r[0] for r in rooms]]),
        role=np.concatenate([role, *[r[1] for r in rooms]]),
        size=np.concatenate([size, *[r[2] for r in rooms]]),
        room=np.concatenate([np.zeros(len(size), np.int8), *[r[3] for r in rooms]]),
    )


def _fill(
    people: People,
    family: np.ndarray,
    category: np.ndarray,
    counts: np.ndarray,
    slots: Slots,
    random: np.random.Generator,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Seat people in slots: inside a category the order of wanted ages meets the order of ages."""
    composition = np.repeat(np.arange(len(counts)), counts)
    size = slots.size[composition]
    offset = np.concatenate([[0], np.cumsum(size)])
    slot = np.arange(offset[-1]) - np.repeat(offset[:-1] - slots.start[composition], size)
    wanted = slots.category[slot]
    shift = np.where(
        slots.reference[slot] >= 0,
        slots.reference[slot] - (slot - slots.start[np.repeat(composition, size)]),
        0,
    )
    seated = np.full(offset[-1], -1, dtype=np.int64)
    age_at = np.zeros(offset[-1], dtype=np.float32)
    noise = random.standard_normal(offset[-1], dtype=np.float32)
    left_people, left_seats = [], []
    for c in _order_of_categories():
        seats = np.flatnonzero(wanted == c)
        members = family[category == c]
        members = members[np.argsort(people.age[members] + random.random(len(members)), kind="stable")]
        reference = shift[seats] != 0
        target = (
            age_at[seats + shift[seats]] * reference
            + slots.gap[slot[seats]]
            + slots.spread[slot[seats]] * noise[seats]
        )
        if len(members):
            free = people.age[members[random.integers(0, len(members), len(seats))]].astype(np.float32)
            target = np.where(reference | (slots.gap[slot[seats]] > 0.0), target, free)
        if len(seats) > len(members):
            keep, spare = _split(len(seats), len(members), random)
            left_seats.append(seats[spare])
            age_at[seats[spare]] = np.clip(target[spare], 0, 95)
            seats, target = seats[keep], target[keep]
        elif len(members) > len(seats):
            keep, spare = _split(len(members), len(seats), random)
            left_people.append(members[spare])
            members = members[keep]
        order = np.argsort(target, kind="stable")
        seated[seats[order]] = members
        age_at[seats[order]] = people.age[members]
    if left_seats:
        seats, members = np.concatenate(left_seats), np.concatenate(left_people)
        seated[seats[np.argsort(age_at[seats], kind="stable")]] = members[
            np.argsort(people.age[members], kind="stable")
        ]
    return seated, slots.role[slot], size


def _split(total: int, number: int, random: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Split `total` places into `number` that stay and the rest, by chance and in order."""
    order = random.permutation(total)
    return np.sort(order[:number]), np.sort(order[number:])


def _order_of_categories() -> list[int]:
    n = len(CATEGORIES)
    return [c + h * n for c in range(n) for h in (0, 1)]


def _rooms(
    people: People, members: np.ndarray, kind: int, mean: int, random: np.random.Generator
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Put people of one sex into rooms of 1 to 8."""
    persons, sizes = [], []
    for sex in (0, 1):
        group = random.permutation(members[people.sex[members] == sex])
        spread = {6: (4, 5, 6, 7, 8), 5: (2, 4, 5, 6, 8), 2: (1, 2, 3)}[mean]
        room = random.choice(spread, size=len(group) + 8)
        filled = np.searchsorted(np.cumsum(room), len(group)) if len(group) else -1
        room = room[: filled + 1]
        if len(room):
            room[-1] -= room.sum() - len(group)
        persons.append(group)
        sizes.append(room[room > 0])
    size = np.concatenate(sizes).astype(np.int64)
    role = np.full(int(size.sum()), Role.OTHER, dtype=np.int8)
    role[np.cumsum(size) - size] = Role.HEAD
    return np.concatenate(persons), role, size, np.full(len(size), kind, dtype=np.int8)


def kind_of(room: np.ndarray) -> np.ndarray:
    """Return the household kind: a room of a dormitory is a collective household."""
    return np.where(room == ROOM_FAMILY, HouseholdKind.FAMILY, HouseholdKind.COLLECTIVE).astype(np.int8)
