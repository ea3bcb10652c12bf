"""Rights to stand somewhere: permits, reservations, shared spaces, and who was excluded on which legal basis."""
