"""A town of drivers who choose where to park by price, walk and chance: the world in which price policies are tried.

It shares nothing with any model of demand that a policy may use: drivers have destinations, stays of their own length, yesterday's
prices in mind, and some do not pay.
"""
