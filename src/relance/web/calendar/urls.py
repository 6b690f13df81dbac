"""Addresses of this area."""

from django.urls import URLPattern, path

from relance.web.calendar import changing, views

urlpatterns: list[URLPattern] = [
    path("calendar/", views.show_month, name="month"),
    path("calendar/year/", views.show_year, name="year"),
    path("calendar/periods/", views.show_periods, name="periods"),
    path("calendar/periods/add", changing.add, name="add"),
    path("calendar/periods/<int:period_id>/", changing.change, name="change"),
    path("calendar/periods/<int:period_id>/remove", changing.remove, name="remove"),
]
