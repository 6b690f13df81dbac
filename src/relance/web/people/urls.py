"""Addresses of this area."""

from django.urls import URLPattern, path

from relance.web.people import acting, views

urlpatterns: list[URLPattern] = [
    path("people/", views.show_list, name="list"),
    path("people/export", acting.export, name="export"),
    path("people/correct", acting.correct_shown, name="correct_shown"),
    path("people/correct-all", acting.correct_all, name="correct_all"),
    path("people/<uuid:uuid>/", views.show_person, name="person"),
    path("people/<uuid:uuid>/standing", views.show_standing, name="standing"),
    path("people/<uuid:uuid>/timeline", views.show_timeline, name="timeline"),
    path("people/<uuid:uuid>/why", views.show_why, name="why"),
    path("people/<uuid:uuid>/suppress", acting.suppress, name="suppress"),
    path("people/<uuid:uuid>/objection", acting.note_objection, name="objection"),
    path("people/<uuid:uuid>/objection/withdraw", acting.withdraw_objection, name="withdraw_objection"),
    path("people/<uuid:uuid>/correct", acting.correct, name="correct"),
    path("people/<uuid:uuid>/data", acting.hand_over, name="data"),
]
