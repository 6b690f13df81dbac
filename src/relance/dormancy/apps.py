from django.apps import AppConfig


class DormancyConfig(AppConfig):
    name = "relance.dormancy"
    label = "dormancy"
