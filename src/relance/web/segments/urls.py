"""Addresses of this area."""

from django.urls import URLPattern, path

from relance.web.segments import views

urlpatterns: list[URLPattern] = [
    path("segments/", views.show_list, name="list"),
    path("segments/new", views.new, name="new"),
    path("segments/save", views.save, name="save"),
    path("segments/preview", views.preview, name="preview"),
    path("segments/convert", views.convert, name="convert"),
    path("segments/named/<str:name>", views.find, name="named"),
    path("segments/<int:segment_id>", views.show, name="segment"),
    path("segments/<int:segment_id>/size", views.show_size, name="size"),
    path("segments/<int:segment_id>/edit", views.edit, name="edit"),
    path("segments/<int:segment_id>/refresh", views.refresh, name="refresh"),
    path("segments/<int:segment_id>/delete", views.delete, name="delete"),
]
