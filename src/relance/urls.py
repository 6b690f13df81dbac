"""Root of the web addresses."""

from django.urls import URLPattern, URLResolver, include, path

urlpatterns: list[URLPattern | URLResolver] = [path("", include("relance.web.urls"))]
handler404 = "relance.web.refusals.not_found"
handler500 = "relance.web.refusals.failed"
handler429 = "relance.web.refusals.too_many"  # allauth asks for it
