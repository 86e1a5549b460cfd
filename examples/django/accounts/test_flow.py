"""The whole flow over HTTP, against didit-dev in the place of Didit: no account, no tunnel, no network.

It takes the program that DIDIT_DEV names, or that `pip install didit-dev` installed.
"""

import os
from unittest import SkipTest
from unittest.mock import patch

from didit_client.django import conf
from didit_client.testing import DiditDev, DiditDevError
from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import connections
from django.test import LiveServerTestCase

from .models import Account


class AgainstDiditDev(LiveServerTestCase):
    @classmethod
    def setUpClass(cls) -> None:
        # didit-dev keeps its connections, and a thread that keeps one to the database would be in the way at the end.
        closing = patch.dict(connections.settings["default"], CONN_MAX_AGE=0)
        closing.start()
        cls.addClassCleanup(closing.stop)
        super().setUpClass()
        try:
            # The application acts on live events only.
            secret = settings.DIDIT["WEBHOOK_SECRET"][0]
            cls.dev = DiditDev.start(webhook_secret=secret, arguments=["--environment=live"])
        except DiditDevError as missing:
            # Where it was named it has to be there.
            if os.environ.get("DIDIT_DEV"):
                raise
            cls.tearDownClass()
            raise SkipTest(str(missing)) from missing
        cls.addClassCleanup(cls.dev.stop)
        given = patch.dict(os.environ, cls.dev.environment)
        given.start()
        cls.addClassCleanup(given.stop)
        # The client that an earlier test made leads elsewhere.
        conf.client.cache_clear()
        cls.addClassCleanup(conf.client.cache_clear)

    def setUp(self) -> None:
        self.dev.reset()
        self.dev.add_destination(f"{self.live_server_url}/webhooks/didit/", events=["status.updated"])
        self.user = get_user_model().objects.create_user("jane")
        self.client.force_login(self.user)

    def begin(self) -> str:
        sent_to = self.client.post("/verify/")["Location"]
        self.assertTrue(sent_to.startswith(self.dev.base_url), sent_to)
        return str(self.client.session["verification"])

    def account(self) -> Account:
        return Account.objects.get(user=self.user)

    def test_from_the_first_click_to_the_decision(self) -> None:
        for status, scenario, outcome, verified in (
            ("Approved", "approve", "granted", True),
            ("Declined", "decline_document_expired", "denied", False),
        ):
            with self.subTest(status):
                session = self.begin()
                self.dev.move(session, status, scenario=scenario)
                sent = self.dev.wait_for_delivery(session_id=session, session_status=status)
                self.assertEqual(sent.response_status, 200)
                self.assertEqual(self.account().verified, verified)
                back = f"/verification-complete/?verificationSessionId={session}&status={status}"
                self.assertContains(self.client.get(back), f"Verification: {outcome}")

    def test_a_repeated_event_counts_once_and_a_replayed_one_never(self) -> None:
        session = self.begin()
        self.dev.move(session, "In Progress")
        self.dev.wait_for_delivery(session_status="In Progress")
        self.dev.misbehave("header_refreshed")
        replayed = self.dev.send_event("status.updated", status="Approved", members={"vendor_data": str(self.user.pk)})
        self.assertEqual(self.dev.wait_for_delivery(event_id=replayed).response_status, 401)
        self.assertFalse(self.account().verified)
        self.dev.misbehave("duplicate")
        self.dev.move(session, "Approved")
        first = self.dev.wait_for_delivery(lambda sent: sent.event_id != replayed, session_status="Approved")
        both = self.dev.wait_for_delivery(lambda sent: sent.event_id == first.event_id and sent.uuid != first.uuid)
        self.assertEqual((first.response_status, both.response_status), (200, 200))
        self.assertEqual((self.account().verified, self.account().changes), (True, 1))
