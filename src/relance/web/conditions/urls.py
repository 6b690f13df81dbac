"""Addresses of this area: none, the builder lives in other areas' pages."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
