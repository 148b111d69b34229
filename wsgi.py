"""For WSGI servers: `gunicorn wsgi:app`. The configuration is FRONTDESK_CONFIG's."""

from frontdesk import create_app

app = create_app()
