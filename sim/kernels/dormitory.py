"""Put people who share a dormitory room together when their rooms have grown empty."""

from sim.kernels.compiled import borrowing
from sim.kernels.links import HEAD, link, unlink

ROLE_OTHER = 4
COLLECTIVE = 1


@borrowing
def fill_rooms(rows, zone, most, p, h, occupied, kind):
    """Let the largest room of a zone take in the smallest as long as both fit; return how many rooms emptied.

    Parameters
    ----------
    rows, zone
        Rooms that may be shared and their zones, by zone and the largest first.
    most
        People a room takes at most.
    kind
        Class of the dwelling, whose places in `occupied` the emptied rooms give up.
    """
    emptied = 0
    first = 0
    while first < rows.size:
        end = first
        while end < rows.size and zone[end] == zone[first]:
            end += 1
        large, small = first, end - 1
        while large < small:
            room, guests = rows[large], rows[small]
            if h.n_persons[room] + h.n_persons[guests] > most:
                large += 1
                continue
            _join(p, h, room, guests)
            occupied[zone[first], kind] -= 1
            emptied += 1
            small -= 1
        first = end
    return emptied


@borrowing
def _join(p, h, room, guests):
    """Move everybody of one room into another and close the first."""
    j = h.first_member[guests]
    while j >= 0:
        after = p.next_member[j]
        unlink(p, h, j)
        link(p, h, j, room)
        if p.role[j] == HEAD:
            p.role[j] = ROLE_OTHER
        j = after
    h.kind[room] = COLLECTIVE
    h.order_loss_quarter[room] = max(h.order_loss_quarter[room], h.order_loss_quarter[guests])
    h.first_member[guests] = -1
    h.dwelling_class[guests] = -1
