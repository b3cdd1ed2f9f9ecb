"""What every page of ours in the dashboard has: its permission, its title, and the way to it."""

from typing import Any, ClassVar, NamedTuple

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from oscar_loyalty.dashboard.access import VIEW, may


class Link(NamedTuple):
    """Where a page is, and what it is called."""

    title: Any
    url: str


class StaffPage:
    """
    A page for staff who may see ours and hold `permission`, too.

    Set `title`; give `trail` where other pages lead here, and `buttons` for what can be done.
    """

    permission: ClassVar[str] = VIEW
    title: Any = ""
    #: A sentence about the page, below its title.
    remark: Any = ""
    request: HttpRequest

    # View would take a PUT for a POST.
    http_method_names = ["get", "head", "post", "options"]

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path(), reverse("dashboard:login"))
        if not may(request.user, self.permission):
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)

    def trail(self) -> list[Link]:
        """The pages between the overview and this one."""
        return []

    def buttons(self) -> list[Link]:
        """Pages beside the title that this visitor may open."""
        return []

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return {
            **super().get_context_data(**kwargs),
            "title": self.title,
            "remark": self.remark,
            "trail": self.trail(),
            "buttons": self.buttons(),
        }


def page_url(name: str, *args: Any) -> str:
    """The address of a page of ours."""
    return reverse(f"oscar_loyalty:{name}", args=args)
