"""Postal addresses, and those of people who moved away."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from relance.rehearsal.sample_shop import words
from relance.rehearsal.sample_shop.arrays import Flags, Numbers, Texts, digits, drawn, join, pick, where
from relance.rehearsal.sample_shop.people import Flaw, People
from relance.rehearsal.sample_shop.scope import Scope
from relance.rehearsal.sample_shop.times import french_date


@dataclass(frozen=True)
class Homes:
    """One row per person."""

    street: Texts
    postcode: Texts
    city: Texts
    country: Texts
    remark: Texts  # what the shop noted when a parcel or a letter came back


def draw(scope: Scope, people: People) -> Homes:
    """Give everybody a home; of some who moved the shop knows the old address only, and that letters come back."""
    random = scope.random("homes")
    towns = words.packaged("towns.csv")
    town = _towns(random, people, towns)
    lost = people.has(Flaw.MOVED_UNKNOWN)
    return Homes(
        street=_streets(random, people.english),
        postcode=pick(towns["postcode"], town),
        city=pick(towns["city"], town),
        country=pick(towns["country"], town),
        remark=where(lost, join("n'habite pas à l'adresse indiquée, retour du ", french_date(people.moved)), None),
    )


def _towns(random: np.random.Generator, people: People, towns: dict[str, list[str]]) -> Numbers:
    use, language = np.array(towns["use"]), np.array(towns["language"])
    place = np.where(people.has(Flaw.MOVED_ABROAD), "abroad", "home")
    place = np.where(people.has(Flaw.MOVED_OVERSEAS), "overseas", place)
    spoken = np.where(people.english & (place != "overseas"), "en", "fr")
    town = np.zeros(len(people), dtype=np.int64)
    for kind, tongue in {(str(kind), str(tongue)): None for kind, tongue in zip(use, language, strict=True)}:
        who: Flags = (place == kind) & (spoken == tongue)
        weights = np.where((use == kind) & (language == tongue), np.array(towns["weight"], dtype=np.float64), 0)
        town[who] = drawn(random, weights, int(who.sum()))
    return town


def _streets(random: np.random.Generator, english: Flags) -> Texts:
    french, british = words.STREETS["fr"], words.STREETS["en"]
    street = where(
        english,
        pick(british, random.integers(0, len(british), len(english))),
        pick(french, random.integers(0, len(french), len(english))),
    )
    house = digits(1 + (random.random(len(english)) ** 2.5 * 140).astype(np.int64))
    more = pick(["", " bis", ", appt 3", ", bât. B"], drawn(random, (90, 4, 3, 3), len(english)))
    after = where(english, pa.array([""] * len(english)), more)
    return join(house, " ", street, after)
