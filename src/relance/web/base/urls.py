"""Addresses of this area."""

from django.urls import URLPattern, path

from relance.web.base import deeper, learning, modelling, quiet, views

urlpatterns: list[URLPattern] = [
    path("", views.show_health, name="health"),
    path("base/bill", deeper.show_bill, name="bill"),
    path("base/bill/make", deeper.make_bill, name="make_bill"),
    path("base/flows", deeper.show_flows, name="flows"),
    path("base/kinds", quiet.show_kinds, name="kinds"),
    path("base/kinds/sort", quiet.sort_again, name="sort_again"),
    path("base/kinds/<str:code>/segment", quiet.take_segment, name="take_segment"),
    path("base/models", modelling.show_models, name="models"),
    path("base/models/learn", learning.learn, name="learn"),
    path("base/models/learn/<uuid:work_id>", learning.show_progress, name="learning"),
    path("base/models/learn/<uuid:work_id>/stop", learning.stop, name="stop_learning"),
]
