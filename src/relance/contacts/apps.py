from django.apps import AppConfig


class ContactsConfig(AppConfig):
    name = "relance.contacts"
    label = "contacts"
