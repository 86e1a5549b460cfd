"""Django under test: the settings."""

import logging
import os
import sys
from typing import Any
from urllib.parse import urlsplit

from handler import FOLDER

SECRET_KEY = "of the tests"
DEBUG = False
ALLOWED_HOSTS = ["*"]
USE_TZ = True
ROOT_URLCONF = "django_routes"
INSTALLED_APPS = ["django.contrib.auth", "django.contrib.contenttypes", "rest_framework", "didit_client.django"]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django_middleware.reads_before",
]
DATABASE: dict[str, Any] = {"ENGINE": "django.db.backends.sqlite3", "NAME": str(FOLDER / "django.db")}
DATABASE["OPTIONS"] = {"timeout": 20}
if url := os.environ.get("DIDIT_TEST_POSTGRES"):
    place = urlsplit(url)
    DATABASE = {"ENGINE": "django.db.backends.postgresql", "NAME": place.path.lstrip("/"), "ATOMIC_REQUESTS": True}
    DATABASE |= {"HOST": place.hostname, "PORT": place.port, "USER": place.username}
DATABASES = {"default": DATABASE}
DIDIT = {
    "WEBHOOK_SECRET": os.environ.get("DIDIT_WEBHOOK_SECRET"),
    "STORE": "didit_client.django.store.DjangoStore",
    "ENVIRONMENTS": ["live"],
}
LOGGING_CONFIG = None
logging.basicConfig(level=logging.DEBUG, stream=sys.stderr)
# Every statement with its parameters, which are the application's own: nobody has that on.
logging.getLogger("django.db.backends").setLevel(logging.INFO)
