"""Hold what the simulator is compared with and, later, fitted to; `sim` never imports it."""
