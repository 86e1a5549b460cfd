"""Gunicorn's configuration for gevent: patched before anything imports Django, as docs/django.md says."""

from gevent import monkey

monkey.patch_all()

worker_class = "gevent"
