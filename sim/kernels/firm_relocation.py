"""Let firms that think of moving move: inside their district, elsewhere in Beijing, or away."""

from sim.kernels.business import NEVER, cell_of, lifetime
from sim.kernels.compiled import borrowing
from sim.kernels.philox import uniform4
from sim.kernels.pick import pick

STREAM_BUSINESS_PLACE = 14
FORMAL = 0


@borrowing
def relocate(
    rows,
    f,
    move_prob,
    accept,
    leave_share,
    near_share,
    district,
    district_start,
    pull,
    stock,
    scale,
    premises_used,
    books,
    seed,
    quarter,
    moved,
    left,
):
    """Carry out the wishes to move of the firms in `rows`.

    `accept` (343,) is the chance that who thinks of moving finds the place dear enough to go; of those who go
    `leave_share` (20,) leave Beijing, `near_share` of the others stay in their district. `pull` (20, 343) is
    the cumulative weight of zones by sector, zones being in the order of their districts, which begin at
    `district_start` (17,). `moved` and `left` (343,) count firms by the zone they go from.
    """
    for n in range(rows.size):
        i = rows[n]
        zone = f.zone[i]
        sector = f.sector[i]
        u_go, u_out, u_where, u_next = uniform4(seed, STREAM_BUSINESS_PLACE, f.draw_key[i], quarter, 0)
        f.move_quarter[i] = min(quarter + lifetime(move_prob[sector], u_next), NEVER)
        if u_go >= accept[zone]:
            continue
        jobs = f.n_jobs[i] * scale[sector]
        to = -1
        if u_out >= leave_share[sector]:
            d = district[zone]
            low = 0.0 if district_start[d] == 0 else pull[sector, district_start[d] - 1]
            own = pull[sector, district_start[d + 1] - 1] - low
            # the draw that sent nobody away is spread again over those who stay
            if (u_out - leave_share[sector]) < near_share * (1.0 - leave_share[sector]) and own > 0.0:
                to = pick(pull[sector], (low + u_where * own) / pull[sector, -1])
            else:
                to = pick(pull[sector], u_where)
            if to == zone:
                continue
        cell = cell_of(sector, f.premises[i], f.licensed[i], f.n_jobs[i])
        books[0, zone, cell] -= 1.0
        books[1, zone, cell] -= f.n_jobs[i]
        premises_used[zone, FORMAL] -= 1.0
        stock[zone, sector] = max(stock[zone, sector] - jobs, 0.0)
        if to < 0:
            left[zone] += 1.0
            f.n_jobs[i] = 0.0
            continue
        moved[zone] += 1.0
        f.zone[i] = to
        books[0, to, cell] += 1.0
        books[1, to, cell] += f.n_jobs[i]
        premises_used[to, FORMAL] += 1.0
        stock[to, sector] += jobs
