"""The settings of Oscar's tests, changed as the README tells a shop to."""

# Oscar's own: beside them, the tests of this checkout are out of sight.
from tests.settings import *  # noqa: F403
from tests.settings import INSTALLED_APPS

from oscar_loyalty.defaults import *  # noqa: F403 isort: skip

INSTALLED_APPS = ["oscar_loyalty", *INSTALLED_APPS, "shop_with_loyalty"]
ROOT_URLCONF = "shop_with_loyalty.urls"
