"""Money: rate tables, fees, quotes, forecasts, the optimizer and the ledger.

The rooms of this package open with the core path from a stay to a settled fee; what a price needs from the street
(area class, approval, price document) already stands in `parking.places`.
"""
