"""People: accounts with a role and a district, their logins, and the record of what they did."""
