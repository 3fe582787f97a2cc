"""Show results on one self-contained page; read results, never make or change them."""
