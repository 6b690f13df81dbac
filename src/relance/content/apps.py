from django.apps import AppConfig


class ContentConfig(AppConfig):
    name = "relance.content"
    label = "content"
