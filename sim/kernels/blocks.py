"""Run a kernel over fixed blocks of rows on one or more threads.

Blocks do not depend on the number of threads, so neither does any result. Kernels release the GIL, so plain
threads do; they keep compiling short. They are made at first need and kept; a child process makes its own.
"""

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache

BLOCK_ROWS = 1 << 16

Kernel = Callable[..., None]
Call = tuple[Kernel, tuple[object, ...]]


@lru_cache(maxsize=4)
def _pool(threads: int, _process: int) -> ThreadPoolExecutor:
    return ThreadPoolExecutor(threads, thread_name_prefix="kernel")


def in_blocks(kernel: Kernel, n_rows: int, *arguments: object, rows: int | None = None) -> list[Call]:
    """Return the calls ``kernel(start, stop, block, *arguments)`` for each block of `n_rows`."""
    rows = rows or BLOCK_ROWS
    return [
        (kernel, (start, min(start + rows, n_rows), block, *arguments))
        for block, start in enumerate(range(0, n_rows, rows))
    ]


def run_blocks(kernel: Kernel, n_rows: int, threads: int, *arguments: object, rows: int | None = None) -> int:
    """Call ``kernel(start, stop, block, *arguments)`` for each block; return the number of blocks.

    A block has `BLOCK_ROWS` rows unless `rows` says otherwise: fewer where a row is much work.
    """
    calls = in_blocks(kernel, n_rows, *arguments, rows=rows)
    run_together(threads, *calls)
    return len(calls)


def run_together(threads: int, *calls: Call) -> None:
    """Run kernels that do not touch what the others write, side by side where there are threads.

    Each thread, this one among them, takes the next call that nobody has taken.
    """
    waiting = iter(calls)  # handing out the next item is one step of the interpreter, so threads may share it
    if threads <= 1 or len(calls) <= 1:
        _work_off(waiting)
        return
    pool = _pool(threads - 1, os.getpid())
    others = [pool.submit(_work_off, waiting) for _ in range(threads - 1)]
    try:
        _work_off(waiting)
    finally:
        for other in others:
            other.result()


def _work_off(calls: Iterator[Call]) -> None:
    for kernel, arguments in calls:
        kernel(*arguments)


def n_blocks(n_rows: int) -> int:
    """Return how many blocks `n_rows` make, at least one."""
    return max(1, -(-n_rows // BLOCK_ROWS))
