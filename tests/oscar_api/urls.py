"""The sandbox's pages, and the other app's endpoints as its documentation mounts them."""

from django.urls import include, path

from sandbox import urls

urlpatterns = [path("api/", include("oscarapi.urls")), *urls.urlpatterns]
