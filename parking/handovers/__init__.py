"""Evidence handed over to the police or to city management: by two persons, on a legal basis, signed, in writing."""
