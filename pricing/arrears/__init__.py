"""Unpaid bills as a civil debt: reminders, stages that a person decides, pay-off by plate; never a penalty."""
