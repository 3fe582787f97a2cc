"""Take students in, room by room, and move rooms to another campus."""

import numba as nb

from sim.kernels.compiled import borrowing
from sim.kernels.links import link, settle, unlink
from sim.kernels.philox import derive_key, uniform4

STREAM_CAMPUS = 25
STUDENT, SENIOR_SECONDARY, NOBODY = 2, 3, -32768
CAMPUS_DORM, COLLECTIVE, TENURE_OTHER, ROLE_OTHER = 11, 1, 3, 4


@nb.njit(inline="always")
def _open_room(h, room, campus, zone, key, quarter, occupied):
    """Open an empty room of a campus."""
    h.draw_key[room] = key
    h.first_member[room] = -1
    h.n_persons[room] = 0
    h.zone[room] = zone
    h.dwelling_class[room] = CAMPUS_DORM
    h.tenure[room] = TENURE_OTHER
    h.kind[room] = COLLECTIVE
    h.authority[room] = 0
    h.moved_quarter[room] = quarter
    h.rent_cny_month[room] = 0.0
    h.organisation_id[room] = campus
    h.sharing_cause[room] = -1
    h.order_loss_quarter[room] = NOBODY
    occupied[zone, CAMPUS_DORM] += 1


@nb.njit(inline="always")
def _study(p, i, campus):
    """Make a resident a student of a campus."""
    p.education[i] = SENIOR_SECONDARY
    p.activity[i] = STUDENT
    p.sector[i] = -1
    p.work_zone[i] = -1
    p.employer_id[i] = campus


@nb.njit(inline="always")
def _come(p, i, hukou_share, seed, quarter):
    """Make row `i` a young resident from outside."""
    u_age, u_sex, u_hukou, _ = uniform4(seed, STREAM_CAMPUS, p.draw_key[i], quarter, 0)
    p.birth_quarter[i] = quarter - 72 - int(u_age * 8.0)
    p.sex[i] = 0 if u_sex < 0.5 else 1
    p.hukou[i] = 0 if u_hukou < hukou_share else 1
    p.marital[i] = 0
    p.wage_cny_month[i] = 0.0
    p.arrival_quarter[i] = quarter
    p.order_loss_quarter[i] = NOBODY


@borrowing
def enrol(
    campus_of,
    pupil_of,
    boards,
    rooms,
    rooms_start,
    pointer,
    zone_of,
    room_size,
    next_room,
    next_resident,
    p,
    h,
    occupied,
    hukou_share,
    seed,
    quarter,
    arrived,
    moved_in,
    moved_out,
):
    """Enrol students, sorted by campus; `pupil_of` holds a resident's row or -1 for who comes from outside.

    Beijing pupils who board and all who come from outside get a bed, other pupils go on living at home.
    `rooms` lists each campus's rooms from rooms_start[campus], and `pointer` starts as its copy; free beds
    are filled before new rooms are opened. Returns the next free household and resident rows.
    """
    own_room = -1
    last_campus = -1
    for n in range(campus_of.size):
        campus = campus_of[n]
        zone = zone_of[campus]
        if campus != last_campus:
            own_room = -1
            last_campus = campus
        i = pupil_of[n]
        if i >= 0:
            _study(p, i, campus)
            if not boards[n]:
                continue
            family = unlink(p, h, i)
            settle(p, h, family, occupied)
            moved_out[h.zone[family]] += 1
            moved_in[zone] += 1
        else:
            i = next_resident
            next_resident += 1
            p.draw_key[i] = derive_key((campus + 1) * 65536 + quarter, 7, n)
            _come(p, i, hukou_share, seed, quarter)
            arrived[zone] += 1
            _study(p, i, campus)
        room = -1
        while pointer[campus] < rooms_start[campus + 1]:
            candidate = rooms[pointer[campus]]
            if 0 < h.n_persons[candidate] < room_size:
                room = candidate
                break
            pointer[campus] += 1
        if room < 0:
            if own_room < 0 or h.n_persons[own_room] >= room_size:
                own_room = next_room
                next_room += 1
                _open_room(h, own_room, campus, zone, p.draw_key[i], quarter, occupied)
            room = own_room
        p.role[i] = 0 if h.n_persons[room] == 0 else ROLE_OTHER
        link(p, h, i, room)
    return next_room, next_resident


@borrowing
def move_rooms(rooms, campus, zone, p, h, occupied, quarter):
    """Move rooms with those who live in them to another campus and zone."""
    for room in rooms:
        occupied[h.zone[room], CAMPUS_DORM] -= 1
        occupied[zone, CAMPUS_DORM] += 1
        h.zone[room] = zone
        h.organisation_id[room] = campus
        h.moved_quarter[room] = quarter
        i = h.first_member[room]
        while i >= 0:
            if p.activity[i] == STUDENT:
                p.employer_id[i] = campus
            i = p.next_member[i]


@borrowing
def count_students(p, n_residents, students):
    """Count students by campus."""
    for i in range(n_residents):
        if p.household_id[i] >= 0 and p.activity[i] == STUDENT and p.employer_id[i] >= 0:
            students[p.employer_id[i]] += 1
