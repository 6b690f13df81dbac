"""What mailing services tell by webhook, in one vocabulary."""
