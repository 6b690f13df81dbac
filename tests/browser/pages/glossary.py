"""The glossary."""

PAGES = {"words": "/glossary/", "found": "/glossary/?q=temoin", "nothing": "/glossary/?q=zzz"}
