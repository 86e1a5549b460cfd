"""The whole way, with Didit played by a stand-in."""

import json
import time
from types import SimpleNamespace
from unittest.mock import patch

from didit_client import sign
from didit_client.django.models import ProcessedEvent, Verification
from django.conf import settings
from django.contrib.auth import get_user_model
from django.test import TestCase

from .models import Account

SESSION = "11111111-2222-3333-4444-555555555555"


class Sessions:
    """Didit's side of the calls."""

    def __init__(self) -> None:
        self.created: list[dict[str, str]] = []

    def create(self, **params: str) -> SimpleNamespace:
        self.created.append(params)
        return SimpleNamespace(session_id=SESSION, url=f"https://verify.didit.me/session/{SESSION}")

    def decision(self, session_id: str) -> SimpleNamespace:
        return SimpleNamespace(session_id=session_id, status="Approved")


class TheWholeWay(TestCase):
    def setUp(self) -> None:
        self.user = get_user_model().objects.create_user("jane", password="of the test")
        self.sessions = Sessions()
        stand_in = patch("accounts.views.conf.client", lambda: SimpleNamespace(sessions=self.sessions))
        stand_in.start()
        self.addCleanup(stand_in.stop)

    def deliver(self, status: str, at: int = 0, secret: str | None = None, **members: str) -> int:
        now = int(time.time())
        event = {
            "event_id": f"{status}-{at}",
            "webhook_type": "status.updated",
            "session_id": SESSION,
            "status": status,
        }
        event |= {"vendor_data": str(self.user.pk), "created_at": now + at, "timestamp": now, "environment": "live"}
        body = json.dumps({**event, **members})
        headers = sign(body, secret or settings.DIDIT["WEBHOOK_SECRET"][0])
        return self.client.post("/webhooks/didit/", body, "application/json", headers=headers).status_code

    def verified(self) -> bool:
        return Account.objects.get(user=self.user).verified

    def test_a_user_is_sent_to_didit_and_comes_back(self) -> None:
        self.assertEqual(self.client.post("/verify/").status_code, 302, "to the login")
        self.client.force_login(self.user)
        self.assertContains(self.client.get("/"), "Verification: not begun")
        self.assertEqual(self.client.post("/verify/")["Location"], f"https://verify.didit.me/session/{SESSION}")
        self.assertEqual(self.sessions.created[0]["vendor_data"], str(self.user.pk))
        back = "/verification-complete/?verificationSessionId={}&status=Declined"
        self.assertContains(self.client.get(back.format(SESSION)), "Verification: granted")
        other = self.client.get(back.format("99999999-2222-3333-4444-555555555555"))
        self.assertEqual((other.status_code, other.json()), (403, {"error": "not_your_session"}))

    def test_events_open_and_close_the_account(self) -> None:
        self.assertEqual(self.deliver("In Review", 1), 200)
        self.assertFalse(self.verified())
        self.assertEqual(self.deliver("Approved", 5), 200)
        self.assertTrue(self.verified())
        self.assertEqual(self.deliver("Approved", 5), 200, "a repetition")
        self.assertEqual(self.deliver("In Review", 2), 200, "late")
        self.assertTrue(self.verified())
        self.assertEqual(self.deliver("Kyc Expired", 9), 200)
        self.assertFalse(self.verified())
        self.assertEqual(Account.objects.get(user=self.user).changes, 2)

    def test_nobody_else_can_open_it(self) -> None:
        self.assertEqual(self.deliver("Approved", secret="another"), 401)
        self.assertEqual(self.deliver("Approved", environment="sandbox"), 200)
        self.assertFalse(self.verified())
        self.assertEqual(ProcessedEvent.objects.count(), 0)

    def test_the_admin_shows_what_came(self) -> None:
        self.deliver("Approved")
        get_user_model().objects.create_superuser("admin", password="of the test")
        self.client.login(username="admin", password="of the test")
        for page, text in (("processedevent", "Approved-0"), ("verification", SESSION)):
            self.assertContains(self.client.get(f"/admin/didit/{page}/"), text)
        shown = self.client.get(f"/admin/didit/verification/{Verification.objects.get().pk}/change/")
        self.assertContains(shown, "granted")
