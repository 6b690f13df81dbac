"""E-mail addresses: invented local parts at domains people use; mistyped, broken, disposable and shared ones."""

import unicodedata

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from relance.rehearsal.sample_shop import words
from relance.rehearsal.sample_shop.arrays import Flags, Numbers, Texts, digits, drawn, join, pick, where
from relance.rehearsal.sample_shop.people import Flaw, People

Random = np.random.Generator


def mailboxes(random: Random, people: People, person: Numbers, copy: Flags) -> Texts:
    """Return the address of each account as it stands in contacts.csv; null for none."""
    mine = _with_flaws(random, people, _clean(random, people, ""))
    other = _clean(random, people, "b")
    flaw = people.flaw[person]
    mine, other = mine.take(pa.array(person)), other.take(pa.array(person))
    address = where(copy & (flaw == Flaw.SAME_EMAIL), _in_other_cases(random, mine), mine)
    return where(copy & (flaw == Flaw.TWO_EMAILS), other, address)


def _clean(random: Random, people: People, ending: str) -> Texts:
    """Return an address for everybody that no real person has: its local part ends in `.exemple` and a number."""
    number = digits(np.arange(len(people)) + 1)
    invented = where(people.english, ".example", ".exemple")
    return join(_local_part(random, people), invented, number, ending, "@", _domain(random, people.english))


def _local_part(random: Random, people: People) -> Texts:
    first, last = _plain_names(people)
    style = drawn(random, (55, 15, 15, 8, 7), len(people))
    result = join(first, ".", last)
    for position, parts in enumerate(
        ((first, last), (pc.utf8_slice_codeunits(first, 0, 1), ".", last), (last, ".", first), (first, "_", last))
    ):
        result = where(style == position + 1, join(*parts), result)
    return result


def spoken(people: People, positions: Numbers, lists: dict[str, list[str]], *, plain: bool) -> Texts:
    """Return the first names or surnames at `positions` of the lists; `plain` as an address spells them."""
    french, english = ([_plain(word) if plain else word for word in lists[language]] for language in words.LANGUAGES)
    return pick(french + english, positions + np.where(people.english, len(french), 0))


def _plain_names(people: People) -> tuple[Texts, Texts]:
    first = spoken(people, people.first_name, words.FIRST_NAMES, plain=True)
    return first, spoken(people, people.last_name, words.SURNAMES, plain=True)


def _plain(word: str) -> str:
    """Return the word in lower case without accents, blanks and apostrophes."""
    letters = unicodedata.normalize("NFD", word.lower())
    return "".join(letter for letter in letters if letter.isascii() and (letter.isalpha() or letter == "-"))


def _domain(random: Random, english: Flags) -> Texts:
    french, british = (
        pick(list(weights), drawn(random, list(weights.values()), len(english)))
        for weights in (words.CONSUMER_DOMAINS[language] for language in words.LANGUAGES)
    )
    return where(english, british, french)


def _with_flaws(random: Random, people: People, clean: Texts) -> Texts:
    """Return the addresses with those of flawed people mistyped, broken, disposable, shared by a role, or absent."""
    local = join(pc.list_element(pc.split_pattern(clean, "@"), 0), "@")
    company = join("@", _plain_names(people)[1], "-", digits(np.arange(len(people)) + 1), ".example.com")
    address = clean
    for flaw, variant in {
        Flaw.MISTYPED: join(local, _any(random, words.MISTYPED_DOMAINS, len(people))),
        Flaw.DISPOSABLE: join(local, _any(random, words.DISPOSABLE_DOMAINS, len(people))),
        Flaw.ROLE: join(_any(random, words.ROLES, len(people)), company),
        Flaw.BROKEN: _broken(random, clean),
        Flaw.NO_EMAIL: None,
    }.items():
        address = where(people.has(flaw), variant, address)
    return address


def _any(random: Random, choices: list[str], size: int) -> Texts:
    return pick(choices, random.integers(0, len(choices), size))


def _broken(random: Random, clean: Texts) -> Texts:
    """Return each address broken in one of six ways that no mail server accepts."""
    way = random.integers(0, 6, len(clean))
    result = pc.replace_substring(clean, "@", "")
    ways = (("@", "@@"), ("@.*", "@"), (r"\.ex", "..ex"), ("@", "(at)"), (r"@(.+)\.", r"@\1,"))
    for position, (found, put) in enumerate(ways):
        result = where(way == position + 1, pc.replace_substring_regex(clean, found, put, max_replacements=1), result)
    return result


def _in_other_cases(random: Random, addresses: Texts) -> Texts:
    """Return the same addresses with other capitals or with blanks around."""
    way = random.integers(0, 3, len(addresses))
    result = where(way == 0, pc.utf8_upper(addresses), join(" ", addresses, "  "))
    return where(way == 1, pc.utf8_capitalize(addresses), result)
