"""The parts that use the live store and the bus, on a real cluster."""
