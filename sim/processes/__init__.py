"""Let happen what happens in a quarter; each module is one process and knows columns and kernels only."""
