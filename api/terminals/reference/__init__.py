"""The reference terminal: all that a payment machine must do, small enough to be read by who builds one."""
