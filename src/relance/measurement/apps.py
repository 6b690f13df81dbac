from django.apps import AppConfig


class MeasurementConfig(AppConfig):
    name = "relance.measurement"
    label = "measurement"
