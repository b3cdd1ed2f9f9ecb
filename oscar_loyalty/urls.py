"""The one line a shop mounts, before Oscar's URLs."""

from django.urls import path

from oscar_loyalty.checkout.coupons import UseCouponView
from oscar_loyalty.checkout.views import SpendPointsView
from oscar_loyalty.storefront import views
from oscar_loyalty.storefront.claim_views import ClaimView, SignedClaimView

app_name = "oscar_loyalty"

urlpatterns = [
    path("loyalty/", views.HowItWorksView.as_view(), name="how-it-works"),
    path("loyalty/claim/", ClaimView.as_view(), name="claim"),
    path(
        "loyalty/claim/<str:order_number>/<str:hash>/",
        SignedClaimView.as_view(),
        name="claim-signed",
    ),
    path("accounts/loyalty/", views.AccountView.as_view(), name="account"),
    path("basket/coupon/", UseCouponView.as_view(), name="use-coupon"),
    path("basket/points/", SpendPointsView.as_view(), name="spend-points"),
]
