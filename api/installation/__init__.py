"""A whole installation on one machine: servers, schema, and the processes that are watched over."""
