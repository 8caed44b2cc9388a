"""Notes in a table of PostgreSQL or MariaDB."""

import os
import threading
import time

# For connecting and for every answer: a database that is away must not hold up a health check.
TIMEOUT_SECONDS = 3
RETRY_SECONDS = 0.2

TABLES = {
    "postgres": """
        CREATE TABLE IF NOT EXISTS notes (
          id serial PRIMARY KEY,
          text text NOT NULL,
          created timestamptz NOT NULL DEFAULT now()
        )""",
    "mariadb": """
        CREATE TABLE IF NOT EXISTS notes (
          id integer AUTO_INCREMENT PRIMARY KEY,
          text text NOT NULL,
          created timestamp NOT NULL DEFAULT current_timestamp
        ) DEFAULT CHARSET utf8mb4""",
}


class Unavailable(Exception):
    """The database did not do what was asked; the message says why."""


def _settings():
    with open(os.environ["DATABASE_PASSWORD_FILE"], encoding="utf-8") as file:
        password = file.read().rstrip("\n")
    return {
        "host": os.environ["DATABASE_HOST"],
        "user": os.environ["DATABASE_USER"],
        "password": password,
    }


def _connect_postgres():
    import psycopg2

    connection = psycopg2.connect(
        dbname=os.environ["DATABASE_NAME"],
        connect_timeout=TIMEOUT_SECONDS,
        options=f"-c statement_timeout={TIMEOUT_SECONDS}s",
        # A container that vanished closes no connection.
        keepalives_idle=1,
        keepalives_interval=1,
        keepalives_count=TIMEOUT_SECONDS,
        tcp_user_timeout=TIMEOUT_SECONDS * 1000,
        **_settings(),
    )
    connection.autocommit = True
    return connection


def _connect_mariadb():
    import pymysql

    return pymysql.connect(
        database=os.environ["DATABASE_NAME"],
        charset="utf8mb4",
        autocommit=True,
        connect_timeout=TIMEOUT_SECONDS,
        read_timeout=TIMEOUT_SECONDS,
        write_timeout=TIMEOUT_SECONDS,
        **_settings(),
    )


CONNECT = {"postgres": _connect_postgres, "mariadb": _connect_mariadb}


class Store:
    """One connection, made anew after any error: the request that met the error fails, the next one works."""

    def __init__(self, kind):
        self._connect = CONNECT[kind]
        self._table = TABLES[kind]
        self._lock = threading.Lock()
        self._connection = None
        self._ready = False

    def prepare(self):
        """
        Makes the table, as often as it takes. Only once per start: a table that disappears later is the
        business of whoever restores it.
        """
        last = None
        while not self._ready:
            try:
                self._run(self._table)
                self._ready = True
            except Unavailable as error:
                if str(error) != last:
                    print(f"waiting for the database: {error}", flush=True)
                last = str(error)
                time.sleep(RETRY_SECONDS)
        print("the table is there", flush=True)

    def check(self):
        self._query("SELECT id FROM notes LIMIT 1")

    def list(self, limit):
        rows = self._query("SELECT id, text, created FROM notes ORDER BY id DESC LIMIT %s", limit)
        return [_note(row) for row in rows]

    def get(self, number):
        rows = self._query("SELECT id, text, created FROM notes WHERE id = %s", number)
        return _note(rows[0]) if rows else None

    def add(self, text):
        rows = self._query("INSERT INTO notes (text) VALUES (%s) RETURNING id, text, created", text)
        return _note(rows[0])

    def _query(self, statement, *values):
        if not self._ready:
            raise Unavailable("the database has not answered yet")
        return self._run(statement, *values)

    def _run(self, statement, *values):
        with self._lock:
            try:
                if self._connection is None:
                    self._connection = self._connect()
                with self._connection.cursor() as cursor:
                    cursor.execute(statement, values)
                    return cursor.fetchall() if cursor.description else []
            except Exception as error:
                self._drop()
                raise Unavailable(str(error).strip() or type(error).__name__) from error

    def _drop(self):
        connection, self._connection = self._connection, None
        try:
            if connection is not None:
                connection.close()
        except Exception:
            pass  # it was broken already


def _note(row):
    number, text, created = row
    return {"id": number, "text": text, "created": created.isoformat()}
