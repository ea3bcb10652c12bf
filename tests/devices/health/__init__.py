"""How the faults of devices are found, told and ended."""
