"""Addresses of this area."""

from django.urls import URLPattern, path

from relance.web.launch import approving, preflight, rehearsing, views

urlpatterns: list[URLPattern] = [
    path("launch/", views.show_list, name="list"),
    path("launch/works/<uuid:work_id>", views.show_progress, name="progress"),
    path("launch/works/<uuid:work_id>/stop", views.stop_work, name="stop"),
    path("launch/<str:journey>/", views.show_plan, name="plan"),
    path("launch/<str:journey>/plan", views.work_out, name="work-out"),
    path("launch/<str:journey>/people/<int:plan_id>/<str:bar>", views.show_people, name="people"),
    path("launch/<str:journey>/rehearse", rehearsing.rehearse, name="rehearse"),
    path("launch/<str:journey>/rehearsal/<int:rehearsal_id>", rehearsing.show_report, name="report"),
    path("launch/<str:journey>/preflight", preflight.show, name="preflight"),
    path("launch/<str:journey>/preflight/override", preflight.override, name="override"),
    path("launch/<str:journey>/declare", approving.declare, name="declare"),
    path("launch/<str:journey>/approve", approving.approve, name="approve"),
]
