"""The results."""

PAGES = {"list": "/results/", "result": "/results/reactivation-ecommerce/"}
