from django.apps import AppConfig


class EligibilityConfig(AppConfig):
    name = "relance.eligibility"
    label = "eligibility"
