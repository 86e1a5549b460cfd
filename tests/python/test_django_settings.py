"""Wrong settings of a Django project are named, and a project that cannot work says what would make it work."""

import io
import logging
import os
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any

import django
import pytest
from django.core.exceptions import ImproperlyConfigured

django.setup()

from django.core.handlers.wsgi import WSGIRequest
from django.core.management import CommandError, call_command
from django.test import RequestFactory, override_settings
from django.urls import path

from didit_client import sign
from didit_client.django.checks import check_settings
from didit_client.django.receiver import DjangoReceiver
from didit_client.django.rest import DiditAPIView
from didit_client.django.views import DiditWebhookView, webhook
from didit_client.store import MemoryStore
from django_settings import DIDIT, SECRET


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("MAX_AGE", "300", "max_age must be int, not str"),
        ("MAX_FUTURE", None, "max_future must be int"),
        ("ENVIRONMENTS", "live", "environments must be a sequence of str"),
        ("ENVIRONMENTS", ["prod"], 'environments: there is no "prod"'),
        ("SCHEMES", ["v3"], 'schemes: there is no "v3"'),
        ("HEADER_TIMESTAMP", 5, "header_timestamp must be str, not int"),
        ("MAX_BODY", "1mb", "max_body must be int, not str"),
        ("NAMESPACE", 5, "namespace must be str, not int"),
        ("SLOW_AFTER", "1", "slow_after must be a number of seconds, not '1'"),
        ("CLOCK", 5, "clock must be a function"),
        ("WEBHOOK_SECRET", 5, "secrets must be str, bytes or a sequence"),
        ("WEBHOOK_SECRET", [5], "a secret must be str or bytes, not int"),
        ("TIMEOUT", "5", "timeout is not a number of seconds"),
        ("BASE_URL", "foo", "base_url is not a URL"),
        ("API_KEY", 5, "api_key must be a str, not int"),
        ("CA_FILE", 5, "ca_file must be"),
        ("STORE", "didit_client.nothing.Store", "No module named 'didit_client.nothing'"),
        ("STORE", "didit_client.store.Nothing", 'does not define a "Nothing"'),
        ("STORE", "didit_client.store.SQLiteStore", "missing 1 required positional argument"),
        ("HAND_OFF", "didit_client.nothing.store_event", "No module named 'didit_client.nothing'"),
    ],
)
def test_a_wrong_setting_is_named(name: str, value: Any, said: str) -> None:
    with override_settings(DIDIT={**DIDIT, name: value}):
        (found,) = check_settings()
    assert found.id == "didit.E004"
    assert found.msg.startswith(f"settings.DIDIT[{name!r}]: ")
    assert said in found.msg
    assert SECRET not in found.msg


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("WEBHOOK_SECRETS", "has no option WEBHOOK_SECRETS; did you mean WEBHOOK_SECRET?"),
        ("store", "has no option store; did you mean STORE?"),
        ("ENVIROMENTS", "has no option ENVIROMENTS; did you mean ENVIRONMENTS?"),
        ("QQQ", "has no option QQQ; there are ACCESS_TOKEN"),
        (5, "has no option 5; there are ACCESS_TOKEN"),
    ],
)
def test_a_setting_that_is_none(name: Any, said: str) -> None:
    with override_settings(DIDIT={**DIDIT, name: "x"}):
        (found,) = check_settings()
    assert found.id == "didit.E001"
    assert said in found.msg


def test_the_settings_of_a_client_that_can_be_made() -> None:
    with override_settings(DIDIT={**DIDIT, "API_KEY": "a-key", "TIMEOUT": 5}):
        assert check_settings() == []


@pytest.mark.parametrize("value", [f"{SECRET}\n", [SECRET, f" {SECRET}"]])
def test_white_space_around_the_secret(value: Any) -> None:
    with override_settings(DIDIT={**DIDIT, "WEBHOOK_SECRET": value}):
        (found,) = check_settings()
    assert found.id == "didit.W003"
    assert SECRET not in str(found)


@pytest.mark.parametrize("view", [DiditWebhookView, DiditAPIView])
def test_a_view_with_wrong_settings(view: Any) -> None:
    with (
        override_settings(DIDIT={**DIDIT, "MAX_AGE": "300"}),
        pytest.raises(ImproperlyConfigured, match=r"settings\.DIDIT\['MAX_AGE'\]: max_age must be int"),
    ):
        view.as_view()
    with pytest.raises(ImproperlyConfigured, match="option slow_after of a view: slow_after must be a number"):
        view.as_view(slow_after="1", store=MemoryStore())
    types = type("Typed", (view,), {"types": ("status.updated",)})
    with pytest.raises(TypeError, match="that is StatusUpdated"):
        types.as_view(store=MemoryStore())
    with pytest.raises(TypeError, match="that is StatusUpdated"):
        webhook("status.updated")


def test_two_views_with_one_namespace(caplog: pytest.LogCaptureFixture) -> None:
    store = MemoryStore()
    with caplog.at_level(logging.WARNING, "didit_client.webhook"):
        first = DiditWebhookView.as_view(store=store)
        check_settings()
        assert caplog.messages == []
        second = DiditWebhookView.as_view(store=store)
    assert len(caplog.messages) == 1
    assert "another route has it" in caplog.messages[0]
    assert first is not second


@pytest.mark.parametrize("part", [0, 5])
def test_a_body_that_a_middleware_has_read_from_the_connection(part: int) -> None:
    body = b'{"timestamp":1774970000}'
    receiver = DjangoReceiver(SECRET, store=MemoryStore())
    environ = RequestFactory()._base_environ(REQUEST_METHOD="POST", CONTENT_LENGTH=str(len(body)))
    environ |= {f"HTTP_{name.upper().replace('-', '_')}": value for name, value in sign(body, SECRET).items()}
    connection = io.BytesIO(body)
    request = WSGIRequest({**environ, "wsgi.input": connection})
    connection.read(part or len(body))
    answer = receiver.deliver(request, lambda _: None)
    assert (answer.status, answer.name) == (500, "body_consumed")


@webhook
def hook(event: Any) -> None: ...


urlpatterns = [path("hook/", hook)]


def checked(*arguments: str) -> str:
    out = io.StringIO()
    try:
        call_command("didit_check", *arguments, stdout=out, no_color=True)
    except CommandError as error:
        return f"{out.getvalue()}{error}"
    return out.getvalue()


@pytest.mark.parametrize("hosts", [["example.com"], [".example.com"], ["api.example.com", "localhost"], ["*"]])
def test_the_check_takes_a_host_that_the_project_has(hosts: list[str]) -> None:
    call_command("migrate", verbosity=0)
    with override_settings(ALLOWED_HOSTS=hosts, ROOT_URLCONF=__name__):
        assert "ok     /hook/ answers 401 signature_mismatch" in checked()


def test_the_check_says_which_host_is_not_allowed() -> None:
    call_command("migrate", verbosity=0)
    with override_settings(ALLOWED_HOSTS=["example.com"], ROOT_URLCONF=__name__):
        said = checked("--host", "example.org")
        assert "WRONG  /hook/ answers 400" in said
        assert "example.org is not in ALLOWED_HOSTS; --host names one that is" in said


def run(code: str, **modules: str) -> str:
    """Return the last line of an error of a Python of its own, in which modules are missing."""
    hidden = "".join(f"import sys; sys.modules[{name!r}] = None\n" for name in modules)
    environment = {name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"}
    package = str(Path(__file__).parents[2] / "bindings-python")
    done = subprocess.run(
        [sys.executable, "-c", hidden + textwrap.dedent(code)],
        env={**environment, "PYTHONPATH": package},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 1, done.stderr
    return done.stderr.strip().splitlines()[-1]


def test_the_models_need_the_app() -> None:
    said = run("""
        import django
        from django.conf import settings
        settings.configure(INSTALLED_APPS=["django.contrib.contenttypes"])
        django.setup()
        import didit_client.django.models
    """)
    assert said.endswith('the models of didit_client.django need "didit_client.django" in INSTALLED_APPS')


def test_the_view_needs_the_app() -> None:
    said = run("""
        import django
        from django.conf import settings
        settings.configure(DIDIT={"WEBHOOK_SECRET": "s", "STORE": "didit_client.django.store.DjangoStore"})
        django.setup()
        from didit_client.django.views import DiditWebhookView
        from didit_client.store import MemoryStore
        assert DiditWebhookView.as_view(store=MemoryStore(), verifications=False)
        DiditWebhookView.as_view()
    """)
    assert said.endswith('ImproperlyConfigured: the webhook needs "didit_client.django" in INSTALLED_APPS')


@pytest.mark.parametrize(
    ("module", "framework", "said"),
    [
        ("fastapi", "fastapi", "didit_client.fastapi needs FastAPI: pip install fastapi"),
        ("starlette", "starlette", "didit_client.starlette needs Starlette: pip install starlette"),
        ("django.views", "django", "didit_client.django needs Django: pip install django"),
        (
            "django.rest",
            "rest_framework",
            "didit_client.django.rest needs Django REST framework: pip install djangorestframework",
        ),
    ],
)
def test_a_framework_that_is_not_installed(module: str, framework: str, said: str) -> None:
    last = run(f"import didit_client.{module}", **{framework: ""})
    assert last == f"ModuleNotFoundError: {said}"
