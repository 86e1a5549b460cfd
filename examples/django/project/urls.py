"""The routes."""

from accounts import views
from django.contrib import admin
from django.urls import path

urlpatterns = [
    path("", views.home),
    path("verify/", views.verify),
    path("verification-complete/", views.verification_complete),
    path("webhooks/didit/", views.Webhook.as_view()),
    path("admin/", admin.site.urls),
]
