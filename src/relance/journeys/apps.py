from django.apps import AppConfig


class JourneysConfig(AppConfig):
    name = "relance.journeys"
    label = "journeys"
