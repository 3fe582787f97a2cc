"""Compile kernels that only borrow their arrays."""

import numba as nb

borrowing = nb.njit(cache=True, nogil=True, _nrt=False)
"""Compile a kernel that makes no array of its own: a decorator.

Numba counts references to every array a line touches, all thirty columns of people and homes when they are
handed on to a helper, and two threads then wait for each other at each count. A kernel that only borrows its
arrays from the caller needs no counting and runs up to ten times as fast. To make an array in one is an error
when it is compiled.
"""
