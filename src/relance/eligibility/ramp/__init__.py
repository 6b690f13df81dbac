"""The ramp: a reactivation grows by steps from a canary, the youngest silence first, within each mailbox provider's allowance."""
