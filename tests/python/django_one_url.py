"""One webhook route."""

from django.urls import path

from django_urls import Webhook

urlpatterns = [path("hooks/view/", Webhook.as_view())]
