"""Both halves of Didit's guide: begin a verification, and learn how it went."""

import logging
from typing import Any

from didit_client import DiditError, Event, parse_callback
from didit_client.django import conf
from didit_client.django.models import Verification
from didit_client.django.views import DiditWebhookView
from didit_client.statuses import outcome
from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.db.models import F
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.template import Context, Engine
from django.views.decorators.http import require_GET, require_POST

from .models import Account

logger = logging.getLogger("accounts")

PAGE = Engine().from_string(
    """<!doctype html><title>Didit with Django</title><h1>Verification: {{ outcome }}</h1>
{% if form %}<form method="post" action="/verify/"><input type="hidden" name="csrfmiddlewaretoken" value="{{ form }}">
<button>Verify me</button></form>{% endif %}"""
)


@require_GET
@login_required
def home(request: HttpRequest) -> HttpResponse:
    """Show a user what is known, and the button that begins a verification."""
    from django.middleware.csrf import get_token

    known = Verification.objects.current(str(request.user.pk))
    page = {"outcome": known.outcome if known else "not begun", "form": get_token(request)}
    return HttpResponse(PAGE.render(Context(page)))


@require_POST
@login_required
def verify(request: HttpRequest) -> HttpResponse:
    """Begin a verification, and send the user to Didit's page."""
    try:
        session = conf.client().sessions.create(
            # So that Didit's events say which user they are about.
            vendor_data=str(request.user.pk),
            callback=f"{settings.APP_URL}/verification-complete/",
        )
    except DiditError as error:
        return failed(error)
    # So that the page below shows a decision only to who began.
    request.session["verification"] = str(session.session_id)
    return HttpResponseRedirect(str(session.url))


@require_GET
@login_required
def verification_complete(request: HttpRequest) -> HttpResponse:
    """Show the user how it went. Anybody can write this address, so what it claims is not believed."""
    try:
        came_back = parse_callback(request.META["QUERY_STRING"])
        if came_back.session_id != request.session.get("verification"):
            return JsonResponse({"error": "not_your_session"}, status=403)
        decision = conf.client().sessions.decision(came_back.session_id)
    except DiditError as error:
        return failed(error)
    return HttpResponse(PAGE.render(Context({"outcome": outcome(str(decision.status))})))


def failed(error: DiditError) -> HttpResponse:
    """Tell the browser the code; the hint is for the log, and neither contains personal data."""
    logger.warning("%s. %s", error.code, error.hint)
    return JsonResponse({"error": error.code}, status=error.http_status)


class Webhook(DiditWebhookView):
    """Runs once for each event, in the transaction in which the event is recorded as done."""

    def handle(self, event: Event) -> Any:
        user_id = event.get("vendor_data")
        if not isinstance(user_id, str) or not user_id.isdecimal():
            return
        # What is known by now, not what this event says: events arrive late and out of order.
        known = Verification.objects.current(user_id)
        verified = known is not None and known.outcome == "granted"
        # The record of the event and this change are committed together, so it counts each change once.
        changed = Account.objects.filter(user_id=user_id).exclude(verified=verified)
        changed.update(verified=verified, changes=F("changes") + 1)
