"""The pages in a real browser, over a real server with a real base."""
