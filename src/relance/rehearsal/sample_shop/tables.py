"""The columns of each sample file, under the headers that its tool would give them."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from relance.rehearsal.sample_shop import mailings, permissions, spoilt, visits, words
from relance.rehearsal.sample_shop.arrays import Flags, Texts, digits, drawn, join, pick, where
from relance.rehearsal.sample_shop.files import with_comma, with_point
from relance.rehearsal.sample_shop.mailboxes import spoken
from relance.rehearsal.sample_shop.phones import written
from relance.rehearsal.sample_shop.shop import Shop
from relance.rehearsal.sample_shop.times import french_date, french_time, iso

Columns = dict[str, Texts]


def contacts(shop: Shop) -> Columns:
    """The customer file of the shop's software."""
    random = shop.scope.random("contacts.csv")
    person = shop.accounts.person
    first = spoken(shop.people, shop.people.first_name, words.FIRST_NAMES, plain=False).take(pa.array(person))
    last = spoken(shop.people, shop.people.last_name, words.SURNAMES, plain=False).take(pa.array(person))
    shouted = random.random(len(person)) < 0.2
    home = {name: column.take(pa.array(person)) for name, column in vars(shop.homes).items()}
    english = shop.people.english[person]
    foreign = pc.not_equal(home["country"], where(english, "GB", "FR")).to_numpy(zero_copy_only=False)
    return {
        "N° client": shop.accounts.number,
        "Prénom": first,
        "Nom": where(shouted, pc.utf8_upper(last), last),
        "E-mail": shop.accounts.email,
        "Téléphone": written(random, shop.accounts.phone, english, foreign),
        "Adresse": home["street"],
        "Code postal": home["postcode"],
        "Ville": home["city"],
        "Pays": home["country"],
        "Langue": where(english, "en", "fr"),
        "Date d'inscription": french_date(shop.accounts.joined),
        "Optin e-mail": _yes(shop.permissions.stands[person]),
        "Optin SMS": _yes(shop.permissions.sms[person] & shop.accounts.phone.is_valid().to_numpy(zero_copy_only=False)),
        "Remarque": home["remark"],
    }


def _yes(flags: Flags) -> Texts:
    return where(flags, "Oui", "Non")


def orders(shop: Shop) -> Columns:
    """The order lines of the site."""
    return _purchases(shop, ~shop.purchases.store, ("N° commande", "Date de commande"), comma=True)


def store_purchases(shop: Shop) -> Columns:
    """The ticket lines of the till."""
    return _purchases(shop, shop.purchases.store, ("N° ticket", "Date"), comma=False)


def _purchases(shop: Shop, chosen: Flags, headers: tuple[str, str], *, comma: bool) -> Columns:
    rows = np.flatnonzero(chosen[shop.lines.purchase])
    purchase, product = shop.lines.purchase[rows], shop.lines.product[rows]
    date, amount = pick(spoilt.DATES, shop.spoilt.date[rows]), pick(spoilt.AMOUNTS, shop.spoilt.amount[rows])
    money = with_comma if comma else with_point
    english = _english(shop)[purchase]
    return {
        headers[0]: pick(shop.purchase_numbers(), purchase),
        headers[1]: pc.coalesce(date, french_time(shop.purchases.at[purchase])),
        "N° client": pick(shop.customer_numbers(), purchase),
        "Référence": pick(shop.catalogue["reference"], product),
        "Désignation": where(
            english, pick(shop.catalogue["name_en"], product), pick(shop.catalogue["name_fr"], product)
        ),
        "Quantité": digits(shop.lines.quantity[rows]),
        "Prix unitaire TTC": pc.coalesce(amount, money(shop.lines.price[rows])),
        "Montant TTC": pc.coalesce(amount, money(shop.lines.amount[rows])),
    }


def _english(shop: Shop) -> Flags:
    """Tell which purchases are written in English: what English speakers buy on the site; the till is French."""
    known = shop.purchases.person >= 0
    return known & ~shop.purchases.store & shop.people.english[np.maximum(shop.purchases.person, 0)]


def refunds(shop: Shop) -> Columns:
    """The refunds of the back office."""
    purchase = shop.refunds.purchase
    reason = shop.scope.random("refunds.csv").integers(0, len(words.REFUND_REASONS), len(purchase))
    return {
        "N° avoir": join("A", digits(np.arange(len(purchase)) + 1, 5)),
        "Date": french_time(shop.refunds.at),
        "N° client": pick(shop.customer_numbers(), purchase),
        "N° commande": pick(shop.purchase_numbers(), purchase),
        "Montant TTC": with_comma(shop.refunds.cents),
        "Motif": pick(words.REFUND_REASONS, reason),
    }


def site_visits(shop: Shop) -> Columns:
    """What the site recorded."""
    return {
        "customer_id": pick(shop.accounts.number, shop.visits.account),
        "type": pick(visits.TYPES, shop.visits.type),
        "occurred_at": iso(shop.visits.at),
        "product": pick(shop.catalogue["reference"], shop.visits.product),
        "reference": join("V", digits(np.arange(len(shop.visits)) + 1, 7)),
    }


def sent_mails(shop: Shop) -> Columns:
    """The history of the former mailing tool, which knows people by their address."""
    mails = shop.mailings
    bounced = mails.type == mailings.BOUNCED
    return {
        "email": pick(pc.utf8_lower(shop.accounts.email), mails.account),
        "type": pick(mailings.TYPES, mails.type),
        "occurred_at": iso(mails.at),
        "reference": join("NL-", digits(mails.campaign + 1, 3)),
        "campaign": pick(words.CAMPAIGNS, mails.campaign % len(words.CAMPAIGNS)),
        "kind": where(bounced, where(mails.soft, "soft", "hard"), None),
        "reason": where(mails.soft, mailings.SOFT_REASON, pick(mailings.HARD_REASONS, mails.reason)),
    }


def consents(shop: Shop) -> Columns:
    """The proofs of consent of the shop: given, and taken back."""
    allowed, account = shop.permissions, np.arange(len(shop.people))
    sms = allowed.sms & shop.accounts.phone.slice(0, len(account)).is_valid().to_numpy(zero_copy_only=False)
    withdrawn = allowed.withdrawn > 0
    row = np.concatenate([account[allowed.consented], account[sms], account[withdrawn]])
    kind = np.repeat([0, 1, 2], [allowed.consented.sum(), sms.sum(), withdrawn.sum()])
    at = np.where(kind == 2, allowed.withdrawn[row], shop.accounts.joined[row])
    proof = drawn(shop.scope.random("consents.csv"), (70, 20, 10), len(row))
    order = np.argsort(at, kind="stable")
    row, kind, at, proof = row[order], kind[order], at[order], proof[order]
    proofs = pick(["formulaire du site", "carte de fidélité signée en magasin", "compte client"], proof)
    return {
        "N° client": pick(shop.accounts.number, row),
        "E-mail": pick(shop.accounts.email, row),
        "Canal": where(kind == 1, "sms", "email"),
        "Consentement": where(kind == 2, "non", "oui"),
        "Date": french_time(at),
        "Preuve": where(kind == 2, "demande de la personne", proofs),
    }


def optouts(shop: Shop) -> Columns:
    """The list of people that the former mailing tool wrote to no more."""
    person = np.flatnonzero(shop.permissions.opted_out)
    person = person[np.argsort(shop.permissions.opted_out[person], kind="stable")]
    return {
        "email": pick(pc.utf8_lower(shop.accounts.email), person),
        "reason": pick(permissions.REASONS, shop.permissions.reason[person]),
        "date": iso(shop.permissions.opted_out[person]),
    }


def products(shop: Shop) -> Columns:
    """The catalogue, with the page of each product in both languages."""
    reference = pa.array(shop.catalogue["reference"])
    pages = {
        f"url_{language}": join(f"https://boutique.example.com/{language}/", reference) for language in words.LANGUAGES
    }
    return {**{name: pa.array(column) for name, column in shop.catalogue.items()}, **pages}
