"""The one line a shop mounts, before Oscar's URLs."""

from django.urls import path

from oscar_loyalty.storefront import views

app_name = "oscar_loyalty"

urlpatterns = [
    path("loyalty/", views.HowItWorksView.as_view(), name="how-it-works"),
    path("accounts/loyalty/", views.AccountView.as_view(), name="account"),
]
