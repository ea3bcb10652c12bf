"""What operators see and do: logins, proposals, rate tables, city modules, the audit."""
