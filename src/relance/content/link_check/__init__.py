"""The links and images of a mail asked for, as its reader's program would ask: whether they answer, and where they lead."""
