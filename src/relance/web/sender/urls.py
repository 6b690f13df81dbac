"""Addresses of this area."""

from django.urls import URLPattern, path

from relance.web.sender import acting, examining, views, writing

urlpatterns: list[URLPattern] = [
    path("sender/", views.show_breaker, name="breaker"),
    path("sender/watched/<int:scope_id>/", views.show_scope, name="scope"),
    path("sender/stops/<int:stop_id>/close", acting.close, name="close"),
    path("sender/stops/<int:stop_id>/bounces", acting.decide, name="bounces"),
    path("sender/reports", acting.bring, name="bring"),
    path("sender/deliverability/", views.show_deliverability, name="deliverability"),
    path("sender/seeds", acting.bring_seeds, name="seeds"),
    path("sender/gate/", views.show_gate, name="gate"),
    path("sender/gate/<slug:code>/", views.show_verdicts, name="verdicts"),
    path("sender/senders/", writing.show, name="senders"),
    path("sender/senders/new", writing.add, name="new_sender"),
    path("sender/senders/<slug:name>/", writing.change, name="sender"),
    path("sender/senders/<slug:name>/remove", writing.remove, name="remove_sender"),
    path("sender/outside/", views.show_outside, name="outside"),
    path("sender/outside/examine", examining.examine, name="examine"),
    path("sender/outside/examine/<uuid:work_id>", examining.show_progress, name="examining"),
    path("sender/outside/examine/<uuid:work_id>/stop", examining.stop, name="stop_examining"),
]
