"""Web server of the test application; see the Dockerfile."""

import json
import os
import re
import signal
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs

import pages
from store import Store, Unavailable

PORT = 8000
MAX_BODY_BYTES = 64 * 1024
VERSION = os.environ.get("NOTES_VERSION", "0")
KIND = os.environ.get("DATABASE_KIND", "none")
GREETING = os.environ.get("GREETING", "Hello")
ON_PAGE = int(os.environ.get("NOTES_ON_PAGE", "100"))
STORE = None if KIND == "none" else Store(KIND)


class BadRequest(Exception):
    pass


class Handler(BaseHTTPRequestHandler):
    server_version = "notes"
    timeout = 30

    def do_GET(self):
        self.answer({"/": self.page, "/healthz": self.health, "/version": self.version})

    def do_POST(self):
        self.answer({"/": self.submit, "/api/notes": self.create} if STORE else {})

    def answer(self, routes):
        path = self.path.split("?", 1)[0]
        try:
            if path in routes:
                routes[path]()
            elif STORE and self.command == "GET" and path == "/api/notes":
                self.send_json(200, STORE.list(ON_PAGE))
            elif STORE and self.command == "GET" and (match := re.fullmatch(r"/api/notes/(\d{1,9})", path)):
                note = STORE.get(int(match[1]))
                self.send_json(200 if note else 404, note or {"error": "there is no such note"})
            else:
                self.send_json(404, {"error": "there is nothing here"})
        except BadRequest as error:
            self.send_json(400, {"error": str(error)})
        except Unavailable as error:
            print(f"{self.command} {path}: {error}", flush=True)
            if path == "/":
                self.send(503, "text/html; charset=utf-8", pages.unavailable(VERSION))
            else:
                self.send_json(503, {"error": "the database does not answer"})

    def page(self):
        html = pages.notes(STORE.list(ON_PAGE), VERSION) if STORE else pages.greeting(GREETING, VERSION)
        self.send(200, "text/html; charset=utf-8", html)

    def health(self):
        if STORE:
            STORE.check()
        self.send_json(200, {"status": "ok"})

    def version(self):
        self.send_json(200, {"version": VERSION})

    def create(self):
        try:
            sent = json.loads(self.body())
        except ValueError as error:
            raise BadRequest("the body is no JSON") from error
        self.send_json(201, STORE.add(checked(sent.get("text") if isinstance(sent, dict) else None)))

    def submit(self):
        form = parse_qs(self.body().decode("utf-8", "replace"))
        STORE.add(checked(form.get("text", [None])[0]))
        self.send(303, "text/plain", "", {"Location": "/"})

    def body(self):
        length = self.headers.get("Content-Length", "")
        if not length.isdecimal() or int(length) > MAX_BODY_BYTES:
            raise BadRequest(f"Content-Length must be a number up to {MAX_BODY_BYTES}")
        return self.rfile.read(int(length))

    def send_json(self, status, value):
        self.send(status, "application/json", json.dumps(value))

    def send(self, status, content_type, text, headers={}):
        body = text.encode()
        self.send_response(status)
        for name, value in {"Content-Type": content_type, "Content-Length": len(body), **headers}.items():
            self.send_header(name, str(value))
        self.end_headers()
        self.wfile.write(body)

    def log_request(self, code="-", size="-"):
        if self.path != "/healthz":
            super().log_request(code, size)


def checked(text):
    """A text that every database can hold: no NUL, no half of a surrogate pair."""
    if not isinstance(text, str) or not text.strip() or "\0" in text:
        raise BadRequest("text must be a text that is not empty")
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise BadRequest("text must be Unicode") from error
    return text


if __name__ == "__main__":
    # As process 1 nobody else would end it.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    signal.signal(signal.SIGINT, lambda *_: sys.exit(0))
    if STORE:
        threading.Thread(target=STORE.prepare, daemon=True).start()
    print(f"notes {VERSION} listens on port {PORT}, database: {KIND}", flush=True)
    ThreadingHTTPServer(("", PORT), Handler).serve_forever()
