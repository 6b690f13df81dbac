from django.apps import AppConfig


class SendersConfig(AppConfig):
    name = "relance.senders"
    label = "senders"
