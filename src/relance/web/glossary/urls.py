"""Addresses of this area."""

from django.urls import URLPattern, path

from relance.web.glossary import views

urlpatterns: list[URLPattern] = [path("glossary/", views.show_words, name="words")]
