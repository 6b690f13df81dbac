"""What of the addresses of a file of contacts cannot be written to, counted in people before anything is written."""

from __future__ import annotations

from disposable_email_domains import blocklist

from relance.intake.table import Table

# An address mail could go to: one @ with something before it, and a domain of two labels at least.
_FORMED = r"'^[^@\s]+@([a-z0-9-]+\.)+[a-z]{2,}$'"
_LATIN = "email = strip_accents(email)"  # other alphabets are judged later, letter by letter

# People by their number, else by their address; a person with one usable address on any of their rows has one.
_PEOPLE = """
    SELECT coalesce(external_id, email) AS who, bool_or(coalesce({usable}, false)) AS reached,
           bool_or(coalesce({usable}, false) AND split_part(email, '@', 2) NOT IN (SELECT name FROM throwaway)) AS kept
    FROM person GROUP BY 1
"""


def counted(table: Table) -> dict[str, int]:
    """Return how many people of table `person` have no usable e-mail address, and how many only one to throw away."""
    if not table.columns.has("email"):
        return {}
    domains = table.con.execute(
        "SELECT DISTINCT split_part(email, '@', 2) FROM person WHERE contains(email, '@')"
    ).fetchall()
    names = [name for (name,) in domains if _disposable(name)]
    table.con.execute("CREATE TABLE throwaway AS SELECT unnest($names::VARCHAR[]) AS name", {"names": names})
    usable = f"(regexp_matches(email, {_FORMED}) OR NOT ({_LATIN}) AND contains(email, '@'))"
    ((without, disposable),) = table.con.execute(
        f"SELECT count(*) FILTER (NOT reached), count(*) FILTER (reached AND NOT kept) FROM ({_PEOPLE.format(usable=usable)})"
    ).fetchall()
    return {"people_without_email": without, "people_disposable": disposable}


def _disposable(domain: str) -> bool:
    """Tell whether the domain, or one above it, gives addresses to throw away."""
    labels = domain.split(".")
    return any(".".join(labels[start:]) in blocklist for start in range(len(labels) - 1))
