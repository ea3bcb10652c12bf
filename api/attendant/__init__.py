"""The attendant at the kerb: shifts, occupied spaces, plates, cash."""
