"""What the database holds, one fingerprint a table: for tests that say that nothing has changed."""
import psycopg2

# Written by the servers of themselves, or a record of what was refused.
LEFT_OUT = {"workers", "login_failures", "webhook_rejects", "counters", "idempotency_keys", "build_stats_state", "build_stats_hours",
            "build_stats_reasons", "build_stats_times"}
COLUMNS_LEFT_OUT = {"sessions": ["last_seen_at"], "api_tokens": ["last_used_at"]}


class State:
    """One connection to a portal's database. The worker should be stopped: what it does of itself is a change, too."""

    def __init__(self, portal):
        self.connection = psycopg2.connect(portal.stack.postgres.url())
        self.connection.autocommit = True
        self.cursor = self.connection.cursor()
        self.cursor.execute("SELECT relname FROM pg_catalog.pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace ORDER BY 1")
        self.tables = [name for name, in self.cursor.fetchall() if name not in LEFT_OUT]
        assert len(self.tables) > 15, self.tables

    def now(self):
        """Table -> how many rows, and a digest of all of them."""
        one = ("SELECT '{0}', count(*), md5(coalesce(string_agg(row, '|' ORDER BY row), '')) FROM (SELECT (to_jsonb(t) - ARRAY[{1}]::text[])::text AS row "
               "FROM {0} t) r")
        self.cursor.execute(" UNION ALL ".join(
            one.format(name, ", ".join(f"'{column}'" for column in COLUMNS_LEFT_OUT.get(name, []))) for name in self.tables))
        return {name: (count, digest) for name, count, digest in self.cursor.fetchall()}

    def close(self):
        self.connection.close()


def changed(before, after):
    """The tables that differ, with how many rows they had and have."""
    return {name: (before[name][0], after[name][0]) for name in before if before[name] != after[name]}
