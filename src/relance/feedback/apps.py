from django.apps import AppConfig


class FeedbackConfig(AppConfig):
    name = "relance.feedback"
    label = "feedback"
