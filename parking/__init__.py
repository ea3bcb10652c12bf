"""Space and time: places, occupancy, stays, rights, cases and the event bus on which city modules live."""
