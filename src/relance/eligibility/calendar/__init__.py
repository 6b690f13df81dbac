"""Commercial periods: days by rule, tables of countries, blackouts, free windows, how full inboxes are."""
