from django.apps import AppConfig


class WorkersConfig(AppConfig):
    name = "relance.workers"
    label = "workers"
