"""Whom mails come from: the sender of the settings, and those of definitions beside it."""
