"""What SpamAssassin makes of a mail before it leaves: its daemon or its command is asked, where there is one."""
