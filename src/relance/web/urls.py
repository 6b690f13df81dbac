"""Addresses of the pages."""

from django.urls import URLPattern, path

from relance.web import views

urlpatterns: list[URLPattern] = [
    path("", views.show_health, name="home"),
    path("health", views.show_health, name="health"),
    path("c/<str:token>", views.follow, name="click"),
    path("u/<str:token>", views.unsubscribe, name="unsubscribe"),
]
