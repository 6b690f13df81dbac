"""What comes back: clicks, bounces, complaints, unsubscribes."""
