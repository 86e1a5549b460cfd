"""Everything that can be built, for tests that go through all of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from .build import SECRET, delivery
from .data import family_of, load

if TYPE_CHECKING:
    from didit_client.types import Time

    from .signed import Delivery
    from .types import DeliveryType, Scenario, Status

__all__ = ["Case", "cases"]


class Case(NamedTuple):
    """One type of event, with a status and a scenario where the type has them."""

    type: DeliveryType
    status: Status | None = None
    scenario: Scenario | None = None

    def delivery(
        self, *, secret: str | bytes = SECRET, now: Time | None = None, seed: int | str | None = None
    ) -> Delivery:
        """Build the delivery."""
        return delivery(self.type, status=self.status, scenario=self.scenario, secret=secret, now=now, seed=seed)

    def __str__(self) -> str:
        """Name the case, as an id for `pytest.mark.parametrize`."""
        return " ".join(part for part in self if part)


def cases() -> list[Case]:
    """List every type of event with every status and, for sessions, every scenario."""
    found: list[Case] = []
    for type_ in load()["types"]:
        family = family_of(type_)
        scenarios = [None, *load()["scenarios"]] if family.get("scenarios") else [None]
        statuses = list(family["statuses"]) or [None]
        found += [Case(type_, status, scenario) for scenario in scenarios for status in statuses]
    return found
