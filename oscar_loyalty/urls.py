"""The one line a shop mounts, before Oscar's URLs."""

from django.urls import include, path, re_path

from oscar_loyalty.checkout.codes import AddCodeView
from oscar_loyalty.checkout.coupons import UseCouponView
from oscar_loyalty.checkout.views import SpendPointsView
from oscar_loyalty.dashboard.texts import TextView
from oscar_loyalty.dashboard.urls import urlpatterns as dashboard_pages
from oscar_loyalty.storefront import views
from oscar_loyalty.storefront.birthday_views import BirthdayView
from oscar_loyalty.storefront.claim_views import ClaimView, SignedClaimView
from oscar_loyalty.storefront.message_views import PreferencesView, UnsubscribeView

app_name = "oscar_loyalty"

urlpatterns = [
    # In the place of Oscar's own page, which would render these with all that a template can do.
    re_path(r"^dashboard/comms/(?P<code>LOYALTY_[0-9A-Z_]+)/$", TextView.as_view(), name="text"),
    path("dashboard/loyalty/", include(dashboard_pages)),
    path("loyalty/", views.HowItWorksView.as_view(), name="how-it-works"),
    path("loyalty/claim/", ClaimView.as_view(), name="claim"),
    path(
        "loyalty/claim/<str:order_number>/<str:hash>/",
        SignedClaimView.as_view(),
        name="claim-signed",
    ),
    path("loyalty/unsubscribe/<str:token>/", UnsubscribeView.as_view(), name="unsubscribe"),
    path("accounts/loyalty/", views.AccountView.as_view(), name="account"),
    path("accounts/loyalty/messages/", PreferencesView.as_view(), name="messages"),
    # In the place of Oscar's own, which says of a wrong code why, and lets anybody go on guessing.
    path("basket/vouchers/add/", AddCodeView.as_view(), name="add-code"),
    path("accounts/loyalty/birthday/", BirthdayView.as_view(), name="birthday"),
    path("basket/coupon/", UseCouponView.as_view(), name="use-coupon"),
    path("basket/points/", SpendPointsView.as_view(), name="spend-points"),
]
