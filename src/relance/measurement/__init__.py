"""What came back because of a journey."""
