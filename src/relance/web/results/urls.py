"""Addresses of this area."""

from django.urls import URLPattern, path

from relance.web.results import views

urlpatterns: list[URLPattern] = [
    path("results/", views.show_list, name="list"),
    path("results/<str:journey>/", views.show_result, name="result"),
    path("results/<str:journey>/result.pdf", views.download, name="pdf"),
    path("results/<str:journey>/measure", views.measure, name="measure"),
]
