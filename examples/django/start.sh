#!/bin/sh
# Makes the tables and serves; without a webhook secret or a database it stops at once.
set -e
cd "$(dirname "$0")"
python manage.py migrate --verbosity 0
python manage.py didit_check
exec gunicorn --preload --workers 3 --bind "${HOST:-127.0.0.1}:${PORT:-8000}" project.wsgi
