"""What gunicorn serves, and where `flask --app wsgi` finds its commands."""

import sys

from assessment.app import bare_app, site_or_exit
from assessment.commands import works_on_files

# A command on files starts without the site: sooner, and also while the site could not start.
app = bare_app() if works_on_files(sys.argv[1:]) else site_or_exit()
