"""The inventory: district, zone, segment or facility, space; who operates them and by what right they are charged."""
