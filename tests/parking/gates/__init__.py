"""What must stay true of reports of facilities."""
