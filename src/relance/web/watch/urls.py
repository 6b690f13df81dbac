"""Addresses of this area."""

from django.urls import URLPattern, path

from relance.web.watch import acting, doubts, messages, views, waiting

urlpatterns: list[URLPattern] = [
    path("watch/", views.show_journeys, name="journeys"),
    path("watch/changes", views.show_changes, name="changes"),
    path("watch/messages/", messages.show_list, name="messages"),
    path("watch/messages/export", messages.export, name="export"),
    path("watch/messages/<int:message_id>/", messages.show_message, name="message"),
    path("watch/messages/<int:message_id>/mail", messages.show_mail, name="mail"),
    path("watch/doubts/", doubts.show_list, name="doubts"),
    path("watch/doubts/resolve", doubts.resolve, name="resolve"),
    path("watch/held/", waiting.show_held, name="held"),
    path("watch/held/decide", waiting.decide_held, name="held-decide"),
    path("watch/restored/", waiting.show_restored, name="restored"),
    path("watch/restored/decide", waiting.decide_restored, name="restored-decide"),
    path("watch/journeys/<str:journey>/", views.show_journey, name="journey"),
    path("watch/journeys/<str:journey>/changes", views.show_journey_changes, name="journey-changes"),
    path("watch/journeys/<str:journey>/act", acting.act, name="act"),
]
