"""Mails that come back: bounces, complaints, automatic answers, told apart from replies and judged by standards and codes."""
