"""moto's server at 127.0.0.1 and this port, until nobody holds its standard input.

It answers one request after the other: moto's own program answers many at once and holds no lock, so that of two simultaneous counts
one can be lost (tests/emulators.md).
"""
import os
import sys
import threading

from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import run_simple


def ends_with_its_starter():
    sys.stdin.buffer.read()
    os._exit(0)


threading.Thread(target=ends_with_its_starter, daemon=True).start()
run_simple("127.0.0.1", int(sys.argv[1]), DomainDispatcherApplication(create_backend_app), threaded=False)
