"""The pages of the menu "Loyalty", below `dashboard/loyalty/`."""

from django.urls import include, path

from oscar_loyalty.dashboard import (
    apologies,
    balances,
    drafts,
    messages,
    settings,
    simulations,
)
from oscar_loyalty.dashboard.approvals import ApprovalPage, ApprovalsPage
from oscar_loyalty.dashboard.audit import AskPage, AuditPage
from oscar_loyalty.dashboard.campaigns import CampaignsPage, SalePage
from oscar_loyalty.dashboard.changes import ChangesPage
from oscar_loyalty.dashboard.coupons import CouponsPage
from oscar_loyalty.dashboard.kinds import KindPage, KindsPage
from oscar_loyalty.dashboard.lists import listed
from oscar_loyalty.dashboard.member import member_urls
from oscar_loyalty.dashboard.members import MembersPage
from oscar_loyalty.dashboard.occasions import OccasionPage, OccasionsPage
from oscar_loyalty.dashboard.overview import OverviewPage
from oscar_loyalty.dashboard.reports import ReportCsv, ReportPage, ReportsPage
from oscar_loyalty.dashboard.rules import RulePage, RulesPage
from oscar_loyalty.dashboard.texts import TextsPage
from oscar_loyalty.dashboard.tiers import TierPage, TiersPage

urlpatterns = [
    path("", OverviewPage.as_view(), name="dashboard"),
    path("audit/", AuditPage.as_view(), name="dashboard-audit"),
    path("audit/ask/", AskPage.as_view(), name="dashboard-audit-ask"),
    *listed("corrections/", ApprovalsPage),
    path("corrections/<int:request_id>/", ApprovalPage.as_view(), name="dashboard-approval"),
    *listed("changes/", ChangesPage),
    *listed("members/", MembersPage),
    path("members/balances/", balances.BalancesPage.as_view(), name="dashboard-balances"),
    path("members/", include(member_urls())),
    *listed("tiers/", TiersPage),
    path("tiers/add/", TierPage.as_view(), name="dashboard-tier-add"),
    path("tiers/<int:tier_id>/", TierPage.as_view(), name="dashboard-tier"),
    *listed("rules/", RulesPage),
    path("rules/add/", RulePage.as_view(), name="dashboard-rule-add"),
    path("rules/<int:rule_id>/", RulePage.as_view(), name="dashboard-rule"),
    *listed("campaigns/", CampaignsPage),
    path("campaigns/add/", SalePage.as_view(), name="dashboard-sale-add"),
    path("campaigns/<int:sale_id>/", SalePage.as_view(), name="dashboard-sale"),
    *listed("coupons/", CouponsPage),
    *listed("messages/", messages.MessagesPage),
    path("messages/retry/", messages.RetryAllPage.as_view(), name="dashboard-messages-retry"),
    path("messages/<int:message_id>/", messages.MessagePage.as_view(), name="dashboard-message"),
    path(
        "messages/<int:message_id>/retry/",
        messages.RetryPage.as_view(),
        name="dashboard-message-retry",
    ),
    *listed("messages/kinds/", KindsPage),
    path("messages/kinds/<int:kind_id>/", KindPage.as_view(), name="dashboard-kind"),
    path("messages/limits/", messages.LimitsPage.as_view(), name="dashboard-limits"),
    *listed("messages/texts/", TextsPage),
    path("reports/", ReportsPage.as_view(), name="dashboard-reports"),
    path("reports/<slug:report>/", ReportPage.as_view(), name="dashboard-report"),
    path("reports/<slug:report>/csv/", ReportCsv.as_view(), name="dashboard-report-csv"),
    *listed("messages/occasions/", OccasionsPage),
    path("messages/occasions/add/", OccasionPage.as_view(), name="dashboard-occasion-add"),
    path(
        "messages/occasions/<int:occasion_id>/",
        OccasionPage.as_view(),
        name="dashboard-occasion",
    ),
    *listed("messages/apologies/", apologies.ApologiesPage),
    path("messages/apologies/add/", apologies.ApologyPage.as_view(), name="dashboard-apology-add"),
    path(
        "messages/apologies/<int:apology_id>/",
        apologies.ApologyPage.as_view(),
        name="dashboard-apology",
    ),
    path(
        "messages/apologies/<int:apology_id>/list/",
        apologies.AffectedPage.as_view(),
        name="dashboard-apology-list",
    ),
    path(
        "messages/apologies/<int:apology_id>/send/",
        apologies.SendPage.as_view(),
        name="dashboard-apology-send",
    ),
    *listed("simulator/", drafts.DraftsPage),
    path("simulator/add/", drafts.DraftAddPage.as_view(), name="dashboard-draft-add"),
    path("simulator/compare/", simulations.ComparisonPage.as_view(), name="dashboard-simulations"),
    path("simulator/<int:draft_id>/", include(simulations.draft_urls())),
    path(
        "simulator/runs/<int:simulation_id>/",
        simulations.SimulationPage.as_view(),
        name="dashboard-simulation",
    ),
    path(
        "simulator/runs/<int:simulation_id>/csv/",
        simulations.SimulationCsv.as_view(),
        name="dashboard-simulation-csv",
    ),
    path("settings/", settings.SettingsPage.as_view(), name="dashboard-settings"),
    path("settings/reviews/", settings.ReviewsPage.as_view(), name="dashboard-reviews"),
    path("settings/win-back/", settings.WinBackPage.as_view(), name="dashboard-winback"),
    path("settings/surprises/", settings.SurprisesPage.as_view(), name="dashboard-surprises"),
]
