"""Numba kernels: arrays in, arrays out; they know neither names nor policy."""
