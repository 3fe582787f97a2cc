"""List the kinds of household the synthesis knows, and how common each is before an area's margins are met.

A composition is a line of slots, ``category:relation``. Categories (a hukou letter is added: L local, N
non-local): C under 18; Y never married 18-29; U never married 30-64; D divorced or widowed under 65; W no
spouse, 65 and more; M1, M2, M3 married under 45, 45-64, 65 and more, m or f. Relations: ``a`` reference
person, ``s0`` spouse of slot 0, ``k0`` child of slot 0, ``p0`` parent of slot 0, ``o0`` other. Weights are
thousands of households in the city, assumed; an area's own numbers come out of the fit, generations and
households with elderly are never fitted.
"""

from dataclasses import dataclass

import numpy as np

from sim.codes import Hukou, Role

CATEGORIES = ("M1f", "D", "M2f", "M3f", "M1m", "M2m", "M3m", "W", "U", "Y", "C")
"""In the order in which ages are given: a slot refers only to slots of an earlier category."""
LOCAL, NON_LOCAL = "L", "N"

# composition | weight local | weight non-local
BOTH = """
Y:a | 80 | 460
U:a | 65 | 75
D:a | 90 | 40
W:a | 170 | 8
M1m:a | 55 | 170
M1f:a | 45 | 70
M2m:a | 50 | 90
M2f:a | 45 | 30
M3m:a | 22 | 1.5
M3f:a | 22 | 1.5
M1f:a M1m:s0 | 240 | 545
M1f:a M2m:s0 | 20 | 40
M2f:a M2m:s0 | 405 | 125
M2f:a M3m:s0 | 85 | 7
M3f:a M3m:s0 | 210 | 9
M3f:a M2m:s0 | 9 | 1
M1f:a M1m:s0 C:k0 | 700 | 330
M1f:a M1m:s0 C:k0 C:k0 | 60 | 90
M1f:a M1m:s0 C:k0 C:k0 C:k0 | 4 | 12
M1f:a M2m:s0 C:k0 | 60 | 20
M1f:a M2m:s0 C:k0 C:k0 | 6 | 4
M2f:a M2m:s0 C:k0 | 130 | 15
M2f:a M2m:s0 Y:k0 | 520 | 40
M1f:a M2m:s0 Y:k0 | 30 | 6
M2f:a M3m:s0 Y:k0 | 20 | 1
M3f:a M3m:s0 Y:k0 | 15 | 1
M1f:a M1m:s0 Y:k0 | 40 | 8
M2f:a M2m:s0 U:k0 | 60 | 2
M2f:a M3m:s0 U:k0 | 35 | 1
M3f:a M3m:s0 U:k0 | 55 | 1
M2f:a M2m:s0 Y:k0 Y:k0 | 60 | 10
M2f:a M2m:s0 Y:k0 C:k0 | 30 | 12
M1f:a M1m:s0 Y:k0 C:k0 | 15 | 14
D:a C:k0 | 60 | 10
D:a Y:k0 | 80 | 6
D:a U:k0 | 20 | 1
D:a C:k0 C:k0 | 4 | 2
W:a U:k0 | 70 | 1
D:a W:p0 | 60 | 1
W:a Y:k0 | 10 | 1
M1f:a C:k0 | 60 | 45
M1m:a C:k0 | 12 | 12
M2f:a Y:k0 | 40 | 10
M2m:a Y:k0 | 30 | 12
M1f:a C:k0 C:k0 | 4 | 10
M2f:a M2m:s0 W:p0 | 110 | 3
M1f:a M1m:s0 W:p0 | 20 | 1
D:a M3f:p0 M3m:s1 | 25 | 1
M2f:a M3m:s0 W:p0 | 8 | 1
M1f:a M1m:s0 M2f:p0 M2m:s2 | 25 | 3
M1f:a M1m:s0 M3f:p0 M3m:s2 | 9 | 1
M2f:a M2m:s0 M3f:p0 M3m:s2 | 12 | 1
M2f:a M2m:s0 M1m:k0 | 12 | 3
M1f:a M2f:p0 M2m:s1 | 10 | 2
M2f:a M2m:s0 Y:k0 Y:k0 Y:k0 | 4 | 2
M1f:a M1m:s0 M2f:p0 M2m:s2 Y:k2 | 12 | 3
M1f:a M1m:s0 M2f:p0 M2m:s2 M1f:a M1m:s4 | 4 | 1
M1f:a M1m:s0 C:k0 W:p0 | 120 | 6
M1f:a M1m:s0 C:k0 M2f:p0 M2m:s3 | 150 | 20
M1f:a M1m:s0 C:k0 M2f:p0 M3m:s3 | 40 | 3
M1f:a M1m:s0 C:k0 M3f:p0 M3m:s3 | 60 | 2
M1f:a M1m:s0 C:k0 D:p0 | 30 | 3
M1f:a M1m:s0 C:k0 M2f:p0 | 40 | 12
M1f:a M1m:s0 C:k0 M3f:p0 | 10 | 1
M1f:a M1m:s0 C:k0 M2m:p0 | 6 | 3
M1f:a M1m:s0 C:k0 C:k0 W:p0 | 12 | 2
M1f:a M1m:s0 C:k0 C:k0 M2f:p0 M2m:s4 | 22 | 6
M1f:a M1m:s0 C:k0 C:k0 M3f:p0 M3m:s4 | 8 | 1
M2f:a M2m:s0 Y:k0 W:p0 | 90 | 2
M2f:a M2m:s0 C:k0 W:p0 | 15 | 1
M1f:a M2m:s0 C:k0 W:p0 | 12 | 1
D:a C:k0 M3f:p0 M3m:s2 | 10 | 1
D:a C:k0 W:p0 | 12 | 1
D:a C:k0 M2f:p0 M2m:s2 | 8 | 1
D:a Y:k0 W:p0 | 8 | 1
M1f:a C:k0 M2f:p0 M2m:s2 | 14 | 2
M1f:a C:k0 W:p0 | 4 | 1
M2f:a M2m:s0 Y:k0 M3f:p0 M3m:s3 | 15 | 1
M1f:a M1m:s0 C:k0 M2f:p0 M2m:s3 Y:k3 | 14 | 3
M1f:a M1m:s0 C:k0 M2f:p0 M2m:s3 W:p3 | 8 | 1
M1f:a M1m:s0 C:k0 C:k0 M2f:p0 M2m:s4 Y:k4 | 5 | 2
M1f:a M1m:s0 C:k0 M2f:p0 M2m:s3 M1f:a M1m:s5 | 8 | 2
M1f:a M1m:s0 C:k0 C:k0 M2f:p0 M2m:s4 M1f:a M1m:s6 | 4 | 1
M1f:a M1m:s0 C:k0 C:k0 M2f:p0 M2m:s4 M1f:a M1m:s6 C:k6 | 2 | 1
M1f:a M1m:s0 C:k0 C:k0 M2f:p0 M2m:s4 M1f:a M1m:s6 C:k6 Y:k4 | 2 | 1
Y:a Y:o0 | 30 | 200
Y:a Y:o0 Y:o0 | 6 | 70
Y:a Y:o0 Y:o0 Y:o0 | 1 | 25
Y:a Y:o0 Y:o0 Y:o0 Y:o0 | 1 | 9
Y:a Y:o0 Y:o0 Y:o0 Y:o0 Y:o0 | 1 | 4
M1m:a M1m:o0 Y:o0 Y:o0 Y:o0 Y:o0 Y:o0 | 0.5 | 3
M1m:a M1m:o0 Y:o0 Y:o0 Y:o0 Y:o0 Y:o0 Y:o0 | 0.3 | 2
M1m:a M1m:o0 M2m:o0 Y:o0 Y:o0 Y:o0 Y:o0 Y:o0 Y:o0 | 0.1 | 0.6
M1m:a M1m:o0 M2m:o0 Y:o0 Y:o0 Y:o0 Y:o0 Y:o0 Y:o0 Y:o0 | 0.1 | 0.8
U:a U:o0 | 10 | 6
U:a Y:o0 | 8 | 12
M1m:a M1m:o0 | 4 | 25
M1m:a Y:o0 | 4 | 25
M2m:a M1m:o0 | 3 | 12
M1m:a M1m:o0 M2m:o0 | 1 | 8
M1f:a M1m:s0 Y:o0 | 6 | 25
M1f:a M1m:s0 Y:o0 Y:o0 | 2 | 8
M1f:a M1m:s0 M1f:a M1m:s2 | 3 | 10
D:a D:o0 | 12 | 4
W:a W:o0 | 6 | 0.5
M3f:a M3m:s0 W:p0 | 3.4 | 0.1
M1f:a M1m:s0 C:k0 M3m:p0 | 6 | 0.5
M3f:a U:k0 | 7 | 0.3
M3m:a U:k0 | 7 | 0.3
M2f:a M2m:s0 M3f:p0 | 5 | 0.3
M1f:a M1m:s0 C:k0 M3f:p0 M3m:s3 W:p3 | 0.8 | 0.1
W:a C:k0 | 10 | 0.3
M3f:a M3m:s0 C:k0 | 15 | 0.5
M2f:a M1m:k0 | 8 | 1
M1f:a M2f:p0 | 6 | 1
M1m:a W:p0 | 10 | 0.5
M1f:a W:p0 | 8 | 0.5
M2m:a W:p0 | 12 | 0.5
M2f:a W:p0 | 10 | 0.5
"""

# composition with hukou | weight
MIXED = """
M1fN:a M1mL:s0 | 45
M1fN:a M1mL:s0 CL:k0 | 110
M1fN:a M1mL:s0 CL:k0 CL:k0 | 8
M1fN:a M1mL:s0 CL:k0 M2fL:p0 M2mL:s3 | 40
M1fN:a M1mL:s0 CL:k0 WL:p0 | 15
M1fL:a M1mN:s0 | 30
M1fL:a M1mN:s0 CL:k0 | 45
M1fL:a M1mN:s0 CL:k0 M2fL:p0 M2mL:s3 | 12
M2fN:a M2mL:s0 | 12
M2fN:a M2mL:s0 YL:k0 | 15
M2fN:a M2mL:s0 CL:k0 | 8
M2fL:a M2mN:s0 | 5
M2fL:a M2mN:s0 YL:k0 | 5
M1fN:a M2mL:s0 CL:k0 | 10
M2fN:a M3mL:s0 | 3
M1fL:a M1mL:s0 CL:k0 M2fN:p0 M2mN:s3 | 25
M1fL:a M1mL:s0 CL:k0 M2fN:p0 | 22
M1fL:a M1mL:s0 CL:k0 WN:p0 | 8
M1fN:a M1mL:s0 CL:k0 M2fN:p0 | 8
YL:a YN:o0 | 20
YL:a YN:o0 YN:o0 | 8
UL:a YN:o0 | 6
"""

GAP = {"s": (2.0, 2.5), "k": (-26.5, 4.5), "p": (26.5, 4.5), "o": (0.0, 4.0), "a": (0.0, 0.0)}
"""Mean and standard deviation of the age difference, years, against the slot referred to. Assumed."""


ANCHOR_AGE = (
    # category, what must be in the household (category and relation), mean, standard deviation
    ("M1f", ("M2m:s0",), 42.5, 1.8),
    ("M1f", ("Y:k0",), 41.5, 2.0),
    ("M1f", ("C:k0", "W:p0"), 37.0, 5.0),
    ("M1f", ("C:k0", "M3f:p0"), 36.0, 4.0),
    ("M1f", ("C:k0", "M2f:p0"), 30.0, 4.0),
    ("M1f", ("W:p0",), 41.0, 3.0),
    ("M2f", ("M3m:s0", "Y:k0"), 60.0, 2.5),
    ("M2f", ("M3m:s0",), 62.0, 2.0),
    ("M2f", ("U:k0",), 59.0, 3.0),
    ("M2f", ("C:k0",), 46.5, 1.8),
    ("M2f", ("Y:k0",), 50.0, 4.0),
    ("M2f", ("W:p0",), 53.0, 5.0),
    ("M3f", ("M2m:s0",), 66.0, 1.0),
    ("M3f", ("Y:k0",), 66.0, 1.2),
    ("M3f", ("C:k0",), 67.0, 2.0),
    ("M1m", ("C:k0",), 37.0, 5.0),
    ("M2m", ("Y:k0",), 50.0, 4.0),
    ("M2m", ("W:p0",), 52.0, 5.0),
    ("D", ("C:k0",), 39.0, 5.0),
    ("D", ("Y:k0",), 49.0, 4.0),
    ("D", ("U:k0",), 60.0, 3.0),
    ("D", ("W:p0",), 52.0, 7.0),
    ("W", ("Y:k0",), 66.5, 1.5),
    ("W", ("C:k0",), 67.0, 2.0),
)
"""Ages of reference persons in such households, years; elsewhere any age will do. Assumed."""


@dataclass(frozen=True)
class Slots:
    """Hold every composition's slots as flat arrays.

    Attributes
    ----------
    start : (n + 1,) first slot of each composition
    category : index into categories x hukou (category + 11 x hukou)
    reference : position in the household of the slot referred to, -1 for a reference person
    gap, spread : years against the slot referred to; a reference person's own age, 0 for any
    role : Role
    size, weight, hukou_kind : (n,) per composition; hukou_kind 0 local, 1 non-local, 2 mixed
    generations : (n,) as `sim.synthesis.generations` counts them: 1, one more with a child, one with a parent
    tokens : per composition, category (without hukou) and relation of each slot
    """

    start: np.ndarray
    category: np.ndarray
    reference: np.ndarray
    gap: np.ndarray
    spread: np.ndarray
    role: np.ndarray
    size: np.ndarray
    generations: np.ndarray
    weight: np.ndarray
    hukou_kind: np.ndarray
    tokens: tuple[tuple[tuple[str, str], ...], ...]


def _lines() -> list[tuple[str, float, int]]:
    lines = []
    for line in BOTH.strip().splitlines():
        slots, local, outside = (part.strip() for part in line.split("|"))
        for letter, weight, kind in ((LOCAL, local, 0), (NON_LOCAL, outside, 1)):
            named = " ".join(t.replace(":", f"{letter}:") for t in slots.split())
            lines.append((named, float(weight), kind))
    for line in MIXED.strip().splitlines():
        slots, weight = (part.strip() for part in line.split("|"))
        lines.append((slots, float(weight), 2))
    return lines


def load_compositions() -> Slots:
    """Return all compositions as arrays."""
    lines = _lines()
    category, reference, gap, spread, role, start, generations = [], [], [], [], [], [0], []
    for text, _, _ in lines:
        tokens = [t.split(":") for t in text.split()]
        relations = [r[0] for _, r in tokens]
        refers = [int(r[1:]) if len(r) > 1 else -1 for _, r in tokens]
        roles: list[Role] = []
        children = 0
        for k, (name, _) in enumerate(tokens):
            hukou = Hukou.LOCAL if name[-1] == LOCAL else Hukou.NON_LOCAL
            category.append(CATEGORIES.index(name[:-1]) + len(CATEGORIES) * int(hukou))
            mean, deviation = GAP[relations[k]]
            if relations[k] == "k":
                mean -= 3.0 * children
                children += 1
            if relations[k] == "o" and _seated_later(tokens[refers[k]][0], name):
                refers[k] = -1
            if relations[k] == "a" and k == 0:
                mean, deviation = _anchor_age([f"{n[:-1]}:{r}" for n, r in tokens])
            reference.append(refers[k])
            gap.append(mean)
            spread.append(deviation)
            roles.append(_role(relations, refers, k, roles))
        role.extend(roles)
        generations.append(1 + (Role.CHILD in roles) + (Role.PARENT in roles))
        start.append(len(category))
    return Slots(
        start=np.array(start),
        category=np.array(category, dtype=np.int8),
        reference=np.array(reference, dtype=np.int8),
        gap=np.array(gap, dtype=np.float32),
        spread=np.array(spread, dtype=np.float32),
        role=np.array([int(r) for r in role], dtype=np.int8),
        size=np.diff(start),
        generations=np.array(generations),
        weight=np.array([w for _, w, _ in lines]),
        hukou_kind=np.array([k for *_, k in lines]),
        tokens=tuple(
            tuple((name[:-1], relation) for name, relation in (t.split(":") for t in text.split()))
            for text, _, _ in lines
        ),
    )


def _seated_later(other: str, name: str) -> bool:
    """Say whether a slot's category gets its ages no earlier than another's."""
    return CATEGORIES.index(other[:-1]) >= CATEGORIES.index(name[:-1])


def _anchor_age(slots: list[str]) -> tuple[float, float]:
    """Return mean and deviation of the reference person's age, zeros where any age will do."""
    category = slots[0].split(":")[0]
    for who, needed, mean, deviation in ANCHOR_AGE:
        if who == category and all(slot in slots for slot in needed):
            return mean, deviation
    return 0.0, 0.0


def _role(relations: list[str], refers: list[int], slot: int, before: list[Role]) -> Role:
    """Return the role of a slot: of the first couple the husband heads, alone the reference person does."""
    relation = relations[slot]
    if relation == "a":
        if slot > 0:
            return Role.OTHER
        has_spouse = any(r == "s" and refers[k] == 0 for k, r in enumerate(relations))
        return Role.SPOUSE if has_spouse else Role.HEAD
    if relation == "s":
        other = before[refers[slot]]
        return Role.HEAD if refers[slot] == 0 else other
    if relation == "k":
        return Role.CHILD if refers[slot] == 0 else Role.OTHER
    if relation == "p":
        return Role.PARENT
    return Role.OTHER
