"""Draws by keyed hash: the same person, journey and occasion always draw the same; nobody outside can foresee it."""

from collections.abc import Sequence

from relance.core import ids


def digest(*parts: str) -> str:
    """Return the SQL of the hash over text expressions; `core.ids.fraction` gives the same draw in Python."""
    return ids.postgresql_digest(f"concat_ws(E'\\x1f', {', '.join(f'({part})::text' for part in parts)})")


def below(drawn: str, share: float) -> str:
    """Return the SQL that is true for this share of the hashes `drawn`."""
    if share >= 1:
        return "TRUE"
    bound = int(share * 2**64).to_bytes(8, "big").hex()
    return f"(substr({drawn}, 1, 8) < '\\x{bound}'::bytea)"


def choice(drawn: str, names: Sequence[str]) -> str:
    """Return the SQL that picks one of `names` (plain words), each for an equal share of the hashes `drawn`."""
    if len(names) < 2:
        return f"'{names[0] if names else ''}'"
    arms = [f"WHEN {below('h', (index + 1) / len(names))} THEN '{name}'" for index, name in enumerate(names)]
    return f"(SELECT CASE {' '.join(arms)} END FROM (SELECT {drawn} AS h) AS draw)"
