"""Fees of millions of stays at once: the same meaning as the calculator, evaluated over columns with numpy."""
