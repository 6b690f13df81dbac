"""Addresses of this area."""

from django.urls import URLPattern, path

from relance.web.journeys import editor, release, source, views

urlpatterns: list[URLPattern] = [
    path("journeys/", views.show_list, name="list"),
    path("journeys/new", views.make, name="new"),
    path("journeys/library/<str:name>", views.show_recipe, name="recipe"),
    path("journeys/<str:name>/", editor.edit, name="edit"),
    path("journeys/<str:name>/panel", editor.show_panel, name="panel"),
    path("journeys/<str:name>/counts", editor.show_counts, name="counts"),
    path("journeys/<str:name>/change", editor.change, name="change"),
    path("journeys/<str:name>/turn", editor.turn, name="turn"),
    path("journeys/<str:name>/copy", views.copy, name="copy"),
    path("journeys/<str:name>/discard", views.discard, name="discard"),
    path("journeys/<str:name>/yaml", source.edit, name="yaml"),
    path("journeys/<str:name>/yaml/check", source.check, name="check"),
    path("journeys/<str:name>/publish", release.publish, name="publish"),
    path("journeys/<str:name>/versions/<int:number>", release.show_version, name="version"),
]
