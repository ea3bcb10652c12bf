"""Where cameras deliver, each with the login that it is able to send."""
