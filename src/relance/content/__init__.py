"""What is said: templates and their versions, Liquid, MJML, links."""
