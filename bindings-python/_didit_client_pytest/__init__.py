"""The pytest plugin of didit-client: the fixtures `didit_secret` and `didit_delivery`.

pytest imports this package whenever it starts, in every project that has didit-client installed. It therefore lies
outside of `didit_client` and loads nothing of it before a test asks for a fixture.
"""

from __future__ import annotations

import functools

import pytest

TYPE_CHECKING = False
if TYPE_CHECKING:
    from didit_client.testing import MakeDelivery


@pytest.fixture(scope="session")
def didit_secret() -> str | bytes:
    """The webhook secret of the application under test. Override it with the one that yours is given."""
    from didit_client.testing import SECRET

    return SECRET


@pytest.fixture
def didit_delivery(didit_secret: str | bytes) -> MakeDelivery:
    """`didit_client.testing.delivery`, signed with `didit_secret`."""
    from didit_client.testing import delivery

    return functools.partial(delivery, secret=didit_secret)
