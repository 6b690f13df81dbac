"""Addresses of this area. What concerns no template stands under `-`, which no template's name starts with."""

from django.urls import URLPattern, path

from relance.web.messages import acts, examining, views

urlpatterns: list[URLPattern] = [
    path("messages/", views.show_list, name="list"),
    path("messages/-/new", acts.make, name="make"),
    path("messages/-/people", views.show_people, name="people"),
    path("messages/-/images", acts.bring_image, name="bring-image"),
    path("messages/-/test", views.show_test_page, name="test-page"),
    path("images/<str:name>", views.show_image, name="image"),
    path("messages/<slug:name>/", views.edit, name="edit"),
    path("messages/<slug:name>/frame", views.show_frame, name="frame"),
    path("messages/<slug:name>/state", views.show_state, name="state"),
    path("messages/<slug:name>/links", examining.check_links, name="links"),
    path("messages/<slug:name>/spam", examining.ask_filter, name="spam"),
    path("messages/<slug:name>/mail", examining.show_mail, name="mail"),
    path("messages/<slug:name>/mail.eml", examining.download, name="download"),
    path("messages/<slug:name>/words", views.show_words, name="words"),
    path("messages/<slug:name>/blocks", views.show_blocks, name="blocks"),
    path("messages/<slug:name>/block", acts.block, name="block"),
    path("messages/<slug:name>/fill", acts.fill, name="fill"),
    path("messages/<slug:name>/envelope", acts.envelope, name="envelope"),
    path("messages/<slug:name>/text", acts.text_part, name="text"),
    path("messages/<slug:name>/variant", acts.variant, name="variant"),
    path("messages/<slug:name>/look", acts.look, name="look"),
    path("messages/<slug:name>/step", acts.step, name="step"),
    path("messages/<slug:name>/rewrite", acts.rewrite, name="rewrite"),
    path("messages/<slug:name>/discard", acts.discard, name="discard"),
    path("messages/<slug:name>/publish", acts.publish, name="publish"),
    path("messages/<slug:name>/test", acts.test, name="test"),
]
