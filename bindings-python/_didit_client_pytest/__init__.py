"""The pytest plugin of didit-client: the fixtures `didit_secret`, `didit_delivery` and `didit_dev`.

pytest imports this package whenever it starts, in every project that has didit-client installed. It therefore lies
outside of `didit_client` and loads nothing of it before a test asks for a fixture.
"""

from __future__ import annotations

import functools

import pytest

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from didit_client.testing import DiditDev, MakeDelivery


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


@pytest.fixture(scope="session")
def didit_dev_arguments() -> Sequence[str]:
    """Options of `didit-dev serve`. Override it, for example with `["--environment", "live"]`."""
    return ()


@pytest.fixture(scope="session")
def didit_dev_process(didit_secret: str | bytes, didit_dev_arguments: Sequence[str]) -> Iterator[DiditDev]:
    """A didit-dev for the whole run, on a free port; its deliveries are signed with `didit_secret`."""
    from didit_client.testing import DiditDev

    with DiditDev.start(webhook_secret=didit_secret, arguments=didit_dev_arguments) as dev:
        yield dev


@pytest.fixture
def didit_dev(didit_dev_process: DiditDev) -> DiditDev:
    """A didit-dev that has forgotten what other tests did, and whose clock shows the time."""
    import time

    didit_dev_process.reset()
    didit_dev_process.change_clock(set=time.time(), speed=1)
    return didit_dev_process
