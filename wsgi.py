"""What gunicorn serves, and what `flask --app wsgi` finds."""

from assessment.app import create_app

app = create_app()
