"""A draft tariff against the one in force, over recorded stays: what would have been charged, to whom, and who would come."""
