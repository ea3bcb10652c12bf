"""The door of gates, lots and malls with systems of their own: batches of what went in and out, was paid, is free, costs."""
