"""The face that links in mails lead to, beside the pages: a bare ASGI application for clicks, images and the way out."""
