"""The town of drivers in which price policies are tried."""
