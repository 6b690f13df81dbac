"""The calendar: commercial periods, planned volumes, windows of journeys."""
