"""What is wrong with a whole rate table, found before anyone pays by it."""
