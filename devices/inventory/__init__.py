"""Which devices the city owns: profile, heartbeat, and the binding to the space that each one watches."""
