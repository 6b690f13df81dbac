"""The glossary: the words of the pages and what each means."""
