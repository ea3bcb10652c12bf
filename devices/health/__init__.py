"""How the devices on the street are: what is wrong with each, since when, and whose word does not count meanwhile."""
