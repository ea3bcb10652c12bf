"""People: the HTTP interface by audience, the command line, and the composition root of all processes."""
