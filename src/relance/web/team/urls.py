"""Addresses of this area."""

from django.urls import URLPattern, path

from relance.web.team import views

urlpatterns: list[URLPattern] = [
    path("welcome/<str:token>", views.welcome, name="welcome"),
    path("team/", views.show_list, name="list"),
    path("team/invite", views.invite, name="invite"),
    path("team/<int:user_id>", views.change, name="change"),
    path("team/me", views.me, name="me"),
    path("team/log", views.show_log, name="log"),
]
