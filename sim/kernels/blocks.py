"""Run a kernel over fixed blocks of rows on one or more threads.

Blocks do not depend on the number of threads, so neither does any result. Kernels release the GIL, so plain
threads do; they keep compiling short. They are made at first need and kept; a child process makes its own.
"""

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache

BLOCK_ROWS = 1 << 16


@lru_cache(maxsize=4)
def _pool(threads: int, _process: int) -> ThreadPoolExecutor:
    return ThreadPoolExecutor(threads, thread_name_prefix="kernel")


def run_blocks(kernel: Callable[..., None], n_rows: int, threads: int, *arguments: object) -> int:
    """Call ``kernel(start, stop, block, *arguments)`` for each block; return the number of blocks."""
    starts = range(0, n_rows, BLOCK_ROWS)
    calls = [(start, min(start + BLOCK_ROWS, n_rows), block) for block, start in enumerate(starts)]
    if threads <= 1 or len(calls) <= 1:
        for start, stop, block in calls:
            kernel(start, stop, block, *arguments)
        return len(calls)
    pool = _pool(threads, os.getpid())
    for future in [pool.submit(kernel, *call, *arguments) for call in calls]:
        future.result()
    return len(calls)


def run_together(threads: int, *calls: tuple[Callable[..., None], tuple[object, ...]]) -> None:
    """Run kernels that do not touch what the others write, side by side where there are threads."""
    if threads <= 1:
        for kernel, arguments in calls:
            kernel(*arguments)
        return
    pool = _pool(threads, os.getpid())
    for future in [pool.submit(kernel, *arguments) for kernel, arguments in calls]:
        future.result()


def n_blocks(n_rows: int) -> int:
    """Return how many blocks `n_rows` make, at least one."""
    return max(1, -(-n_rows // BLOCK_ROWS))
