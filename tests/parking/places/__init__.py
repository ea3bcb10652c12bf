"""What must stay true of the inventory."""
