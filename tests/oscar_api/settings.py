"""The settings of the test suite, with django-oscar-api beside us in the project."""

from tests.settings import *  # noqa: F403
from tests.settings import INSTALLED_APPS

INSTALLED_APPS = [*INSTALLED_APPS, "rest_framework", "oscarapi"]
ROOT_URLCONF = "tests.oscar_api.urls"
# Its own word for a new order is in no pipeline of Oscar's.
OSCARAPI_INITIAL_ORDER_STATUS = "Pending"
