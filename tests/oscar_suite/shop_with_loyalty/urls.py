"""
The URLs of Oscar's tests, with ours before them.

Built here and not imported: some of those tests reload this module to change what Oscar's patterns
require, and a list taken from elsewhere would stay as it was.
"""

from django.apps import apps
from django.conf.urls.i18n import i18n_patterns
from django.contrib import admin
from django.contrib.staticfiles.urls import staticfiles_urlpatterns
from django.urls import include, path
from oscar.views import handler403, handler404, handler500  # noqa: F401 - Django looks here

from tests._site.apps.myapp.views import TestView

urlpatterns = [
    path("admin/", admin.site.urls),
    path("", include("oscar_loyalty.urls")),
    path("", include(apps.get_app_config("oscar").urls[0])),
    path("i18n/", include("django.conf.urls.i18n")),
    *i18n_patterns(path("test/", TestView)),
    *staticfiles_urlpatterns(),
]
