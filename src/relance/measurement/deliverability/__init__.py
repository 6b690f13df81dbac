"""How mails fare at each mailbox provider: accepted, returned, answered, how fast; seed lists; what to fix, in words."""
