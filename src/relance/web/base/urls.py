"""Addresses of this area."""

from django.urls import URLPattern, path

from relance.web.base import views

urlpatterns: list[URLPattern] = [
    path("", views.show_health, name="health"),
    path("look-again", views.look_again, name="look_again"),
]
