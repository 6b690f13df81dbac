from django.apps import AppConfig


class EventsConfig(AppConfig):
    name = "relance.events"
    label = "events"
