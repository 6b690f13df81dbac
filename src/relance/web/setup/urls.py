"""Addresses of this area."""

from django.urls import URLPattern, path

from relance.web.setup import files, views, wizard, works

urlpatterns: list[URLPattern] = [
    path("start/", wizard.start, name="start"),
    path("start/skip", wizard.skip, name="skip"),
    path("start/declare", wizard.declare, name="declare"),
    path("start/coverage", wizard.show_coverage, name="coverage"),
    path("start/coverage/until-today", wizard.carry_on, name="carry_on"),
    path("start/finish", wizard.finish, name="finish"),
    path("start/sample", wizard.load_sample, name="load_sample"),
    path("start/sample/remove", wizard.remove_sample, name="remove_sample"),
    path("imports/", views.show_imports, name="imports"),
    path("imports/new", views.show_new, name="new"),
    path("imports/upload", files.upload, name="upload"),
    path("imports/file/<uuid:upload_id>/", files.show, name="file"),
    path("imports/file/<uuid:upload_id>/found", files.show_found, name="found"),
    path("imports/file/<uuid:upload_id>/import", files.confirm, name="confirm"),
    path("imports/file/<uuid:upload_id>/discard", files.discard, name="discard"),
    path("imports/run/<uuid:run_id>/", views.show_run, name="run"),
    path("imports/run/<uuid:run_id>/rejects.csv", views.download_rejects, name="rejects"),
    path("imports/run/<uuid:run_id>/rejects/erase", views.erase_rejects, name="erase_rejects"),
    path("imports/works/<uuid:work_id>/", works.show, name="work"),
    path("imports/works/<uuid:work_id>/progress", works.progress, name="progress"),
    path("imports/works/<uuid:work_id>/stop", works.stop, name="stop"),
    path("imports/works/<uuid:work_id>/again", works.again, name="again"),
    path("imports/sample/<str:name>.csv", views.download_sample, name="sample"),
]
