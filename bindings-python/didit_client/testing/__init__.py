"""Signed deliveries for the tests of your own webhook.

Example:
    from didit_client.testing import SECRET, delivery

    def test_approval(client):  # whose application was given SECRET
        sent = delivery("status.updated", scenario="approve", vendor_data="user-7")
        response = client.post("/webhooks/didit", content=sent.body, headers=sent.headers)
        assert response.status_code == 200

`import didit_client` does not load this module. With pytest, the fixtures `didit_delivery`, `didit_secret` and
`didit_dev` are there without any import; the last is a running `DiditDev`, which plays the whole service.
"""

from __future__ import annotations

from .build import SECRET, delivery
from .case import Case, cases
from .control import Control, ControlError, SentDelivery
from .dev import DiditDev, DiditDevError
from .merge import ABSENT
from .signed import Delivery
from .types import MakeDelivery

__all__ = [
    "ABSENT",
    "SECRET",
    "Case",
    "Control",
    "ControlError",
    "Delivery",
    "DiditDev",
    "DiditDevError",
    "MakeDelivery",
    "SentDelivery",
    "cases",
    "delivery",
]
