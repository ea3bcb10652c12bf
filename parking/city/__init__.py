"""The city's own modules, one folder each: manifest and code. They see the SDK, events and domain, nothing else."""
