"""Addresses of this area."""

from django.urls import URLPattern, path

from relance.web.preferences import views

urlpatterns: list[URLPattern] = [path("p/<str:token>", views.prefer, name="page")]
