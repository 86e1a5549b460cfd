"""Settings; everything that differs between machines comes from the environment."""

import os
from pathlib import Path
from urllib.parse import unquote, urlsplit

BASE_DIR = Path(__file__).resolve().parent.parent
# The default is for a trial on your own machine.
SECRET_KEY = os.environ.get("DJANGO_SECRET_KEY", "only for a trial")
DEBUG = os.environ.get("DEBUG") == "1"
ALLOWED_HOSTS = os.environ.get("ALLOWED_HOSTS", "localhost,127.0.0.1").split(",")
APP_URL = os.environ.get("APP_URL", "http://localhost:8000")
ROOT_URLCONF = "project.urls"
WSGI_APPLICATION = "project.wsgi.application"
USE_TZ = True
STATIC_URL = "static/"
LOGIN_URL = "/admin/login/"

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "didit_client.django",
    "accounts",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]

place = urlsplit(os.environ.get("DATABASE_URL", "postgresql://postgres@localhost:5432/postgres"))
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": place.path.lstrip("/"),
        "USER": unquote(place.username or ""),
        "PASSWORD": unquote(place.password or ""),
        "HOST": place.hostname,
        "PORT": place.port,
        "CONN_MAX_AGE": 60,
    }
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# During a rotation the old secret stays valid beside the new.
previous_secret = os.environ.get("DIDIT_WEBHOOK_SECRET_PREVIOUS")
DIDIT = {
    "WEBHOOK_SECRET": [os.environ.get("DIDIT_WEBHOOK_SECRET", ""), *([previous_secret] if previous_secret else [])],
    "STORE": "didit_client.django.store.DjangoStore",
    # An approval in the sandbox must open no door.
    "ENVIRONMENTS": ["live"],
}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"console": {"class": "logging.StreamHandler"}},
    "root": {"handlers": ["console"], "level": "INFO"},
}
