"""One folder per sensor family or platform; each declares itself in a manifest and is found by folder."""
