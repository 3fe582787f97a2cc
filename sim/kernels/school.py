"""Find the families whose child is refused a school, and let them decide what to do."""

from sim.kernels.compiled import borrowing
from sim.kernels.philox import uniform4

STREAM_SCHOOL = 3
SCHOOL_ADMISSION = 1
"""Alternative of the stream's draws; 0 is taken by schooling itself."""
NON_LOCAL, CAMPUS_DORM = 1, 11
ENTRY_AGE = 6


@borrowing
def refuse(p, h, n_residents, refused, leave, move, leaves_bit, moves_bit, seed, quarter, event, families):
    """Mark in `event` the families that leave or look elsewhere; list them and return how many.

    `refused` (343,) is the chance of a child without local hukou to be refused where it enters school,
    `leave` the share of the families that then leave Beijing, `move` (343,) of those that move inside it.
    """
    count = 0
    for i in range(n_residents):
        home = p.household_id[i]
        if home < 0 or p.hukou[i] != NON_LOCAL:
            continue
        age = (quarter - p.birth_quarter[i]) // 4
        if age != ENTRY_AGE:
            continue
        chance = refused[h.zone[home]]
        if chance <= 0.0 or h.dwelling_class[home] < 0 or h.dwelling_class[home] == CAMPUS_DORM:
            continue
        u_refused, u_does, _, _ = uniform4(seed, STREAM_SCHOOL, p.draw_key[i], quarter, SCHOOL_ADMISSION)
        moves = move[h.zone[home]]
        if u_refused >= chance or u_does >= leave + moves:
            continue
        event[home] |= leaves_bit if u_does < leave else moves_bit
        families[count] = home
        count += 1
    return count
