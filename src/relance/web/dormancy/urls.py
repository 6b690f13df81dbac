"""Addresses of this area."""

from django.urls import URLPattern, path

from relance.web.dormancy import arranging, trials, views

urlpatterns: list[URLPattern] = [
    path("dormancy/", views.show_list, name="policies"),
    path("dormancy/everybody/", views.show_everybody, name="everybody"),
    path("dormancy/threshold", views.show_threshold, name="threshold"),
    path("dormancy/count", views.count_again, name="count"),
    path("dormancy/check", trials.check, name="check"),
    path("dormancy/presets/<slug:name>/try", trials.try_preset, name="try_preset"),
    path("dormancy/policies/<slug:name>/", views.show_policy, name="policy"),
    path("dormancy/order", arranging.put_in_order, name="order"),
    path("dormancy/policies/<slug:name>/remove", arranging.remove, name="remove"),
    path("dormancy/policies/<slug:name>/edit", trials.edit, name="edit"),
    path("dormancy/policies/<slug:name>/source", trials.edit_source, name="source"),
    path("dormancy/policies/<slug:name>/threshold", trials.try_threshold, name="try_threshold"),
    path("dormancy/comparisons/<uuid:work_id>/", trials.show, name="comparison"),
    path("dormancy/comparisons/<uuid:work_id>/people", trials.show_people, name="people"),
    path("dormancy/comparisons/<uuid:work_id>/apply", trials.apply, name="apply"),
    path("dormancy/comparisons/<uuid:work_id>/source", trials.reopen, name="reopen"),
    path("dormancy/works/<uuid:work_id>/progress", views.show_progress, name="progress"),
    path("dormancy/works/<uuid:work_id>/stop", views.stop_work, name="stop"),
    path("dormancy/score", views.score_now, name="score"),
]
