"""What passes a gate: what facilities with systems of their own report of entries, exits, money, free spaces and prices."""
