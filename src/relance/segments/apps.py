from django.apps import AppConfig


class SegmentsConfig(AppConfig):
    name = "relance.segments"
    label = "segments"
