"""Moment: calendars, hours and calls, as checks of the gate."""
