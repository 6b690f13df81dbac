"""Who wrote a mail: machines are told from people, and in doubt it was a person."""

import pytest

from relance.feedback.mails import judging, parts
from relance.feedback.mails.judging import Judged
from tests.feedback.mails.letters import plain


def test_answers_of_machines_are_told_from_those_of_people() -> None:
    away = b"From: anna@example.net\nSubject: Re: Bonjour\nAuto-Submitted: auto-replied\nIn-Reply-To: <m4@x>\n\nBack on Monday."
    assert judging.judge(away) == [Judged("auto_reply", "anna@example.net", original="m4@x")]
    assert plain("Merci, je repasse samedi.", "Re: Bonjour", "anna@example.net")[0].kind == "other"
    assert plain("My last order was not delivered!", "A question", "anna@example.net")[0].kind == "other"


@pytest.mark.parametrize(
    "headers",
    [
        "Subject: =?utf-8?Q?R=C3=A9ponse_automatique_:_Bonjour?=", "Subject: =?iso-8859-1?Q?R=E9ponse_automatique?=",
        "Subject: Réponse automatique : Bonjour", "Subject: Automatische Antwort: Bonjour", "Subject: Fuera de la oficina",
        "Subject: =?utf-8?B?UmlzcG9zdGEgYXV0b21hdGljYTogQm9uam91cg==?=", "Subject: Re: Bonjour\nAuto-Submitted: auto-generated",
        "Subject: Re: Bonjour\nPrecedence: auto_reply", "Subject: Re: Bonjour\nReturn-Path: <>",
        "Subject: Automatic reply: Bonjour\nReturn-Path: <>\nAuto-Submitted: auto-generated",
    ],
)  # fmt: skip
def test_an_automatic_answer_is_known_in_many_ways_whatever_it_says(headers: str) -> None:
    mail = f"From: anna@example.net\n{headers}\nIn-Reply-To: <m4@x>\n\nThis user no longer works here: invalid user."
    [found] = judging.judge(mail.encode())
    assert (found.kind, found.hard, found.original) == ("auto_reply", False, "m4@x")


@pytest.mark.parametrize(
    "subject",
    [
        "Absence du bureau : Re: Bonjour", "Absent du bureau jusqu'au 3 août", "Absente du 3 au 14 août", "En congés jusqu'au 15",
        "Congés", "Congés annuels", "Je suis absent.", "En vacances du 3 au 14 août", "Vacances d'été du 3 au 14", "Absence : Bonjour",
        "Message d'absence", "Absent ce jour", "On leave until Monday", "Away until May 5", "Vacation", "Vacation reply: Hello",
        "I'm out until Monday", "Away from my desk", "On parental leave", "Out of office: Hello", "Out of the office until May 5",
        "Bin im Urlaub", "Abwesenheitsnotiz: Hallo",
    ],
)  # fmt: skip
def test_a_subject_that_says_who_is_away_is_a_machine_s(subject: str) -> None:
    assert plain("Je vous répondrai à mon retour.", subject, "anna@example.net")[0].kind == "auto_reply"


@pytest.mark.parametrize(
    ("subject", "words"),
    [
        ("Re: Bonjour", "Merci, mais je serai en congés jusqu'au 15 : pouvez-vous livrer après mes congés ?"),
        ("Congés et livraison de ma commande", "Puis-je être livrée après ?"), ("Mes congés", "Je pars demain."),
        ("Absence de réponse à ma commande", "J'attends depuis lundi."), ("Absence du colis dans la boîte", "Rien reçu."),
        ("Vacances : une idée de cadeau ?", "Que proposez-vous ?"), ("Vacation rental", "Do you have some?"),
        ("I am out of patience", "Where is my parcel?"), ("Away from the shop, can I order?", "Tell me."),
        ("On leave-in conditioners", "Any?"), ("Vacances", "Avez-vous des maillots pour mes vacances ?"),
        ("Congés", "Êtes-vous ouverts pendant les congés ?"), ("Absence - colis", "J'étais absente, que faire ?"),
        ("Out of office wear?", "Do you sell some?"), ("Congés", "Je suis en congés : livrez-vous la semaine prochaine ?"),
        ("Urlaub", "Wann wird geliefert?"),
    ],
)  # fmt: skip
def test_who_speaks_of_a_leave_is_a_person(subject: str, words: str) -> None:
    assert plain(words, subject, "anna@example.net")[0] == Judged("other", "anna@example.net")


CHALLENGES = {
    "Votre message est en attente": "Bonjour,\n\nC'est la première fois que vous m'écrivez. Pour que votre message me soit "
    "remis, merci de cliquer sur le lien ci-dessous afin de vous\nauthentifier :\n\nhttps://mib.example.net/c/1\n\nAnna",
    "[Mailinblack] Demande d'authentification": "Merci de cliquer ici afin de valider votre envoi. Cette opération ne vous "
    "sera demandée qu'une fois.",
    "Re: Bonjour": "Je protège ma boîte contre les spams. Merci de prouver que vous n'êtes pas un robot : "
    "https://filtre.example.net/abc",
    "Please confirm your message": "This address is protected. Your message has been held because you are an unknown sender.\n"
    "Please click the link below to have it\ndelivered:\n\nhttps://filter.example.net/abc",
    "Please confirm you are human": "Click here: https://filter.example.net/abc",
    "Verification": "To release your mail, simply reply to this message to confirm. It will be delivered once you have. "
    "Your message is being held.",
    "Re: Hello (verification)": "I'm protecting myself from receiving junk mail. Just once, click the link below so I can receive "
    "your emails. You won't have to do this again. http://filter.example.net/a",
    "Bitte bestätigen Sie Ihre Nachricht": "Ihre Nachricht wurde zurückgehalten. Bitte klicken Sie auf den Link, um zu bestätigen, "
    "dass Sie ein Mensch sind: https://filter.example.net/x",
    "Confirme seu e-mail": "Sua mensagem para anna@example.net foi retida. Clique no link abaixo e confirme que você não é um robô.",
    "Sender verification request": "Hello. Before your mail can be delivered, authenticate yourself.",
}


@pytest.mark.parametrize("subject", CHALLENGES)
@pytest.mark.parametrize("sender", ["anna@example.net", "no-reply@filter.example.net", "postmaster@example.net"])
def test_a_challenge_of_a_filter_is_nobody_s_answer(subject: str, sender: str) -> None:
    [found] = judging.judge(
        f"From: {sender}\nSubject: {subject}\nIn-Reply-To: <m4@x>\n\n{CHALLENGES[subject]}".encode()
    )
    assert (found.kind, found.reason, found.hard, found.original) == ("other", "challenge", False, "m4@x")


@pytest.mark.parametrize("header", ["Auto-Submitted: auto-generated", "From: no-reply@boxbe.com"])
def test_a_service_s_name_or_a_header_makes_a_challenge_a_machine_s(header: str) -> None:
    words = "Your message is held. Click here to have it delivered: https://filter.example.net"
    sender = "" if header.startswith("From") else "From: anna@example.net\n"
    [found] = judging.judge(f"{sender}{header}\nSubject: Hello\n\n{words}".encode())
    assert (found.kind, found.reason) == ("auto_reply", "")


@pytest.mark.parametrize(
    ("subject", "words"),
    [
        ("Re: Hello", "My first time with you! I click to confirm my basket, and nothing happens. Can you help?"),
        ("Re: Bonjour", "Votre e-mail est bloqué par mon anti-spam : je ne peux pas cliquer pour valider ma commande."),
        ("Ma commande", "Votre mail dit qu'elle est en attente, faut-il cliquer sur le lien pour confirmer ?"),
        ("Re: Hello", "Can you confirm you are a real person? I will reply tomorrow."),
    ],
)
def test_a_customer_who_writes_like_a_filter_is_not_taken_for_a_machine(subject: str, words: str) -> None:
    mail = f"From: anna@example.net\nX-MIB-Relay: Mailinblack\nSubject: {subject}\nIn-Reply-To: <m4@x>\n\n{words}"
    assert judging.judge(mail.encode()) == [Judged("other", "anna@example.net", reason="challenge", original="m4@x")]


@pytest.mark.parametrize(
    "words",
    [
        "Bonjour, votre message était bloqué en quarantaine par notre anti-spam, je viens de le lire. Pouvez-vous me confirmer "
        "l'adresse de livraison ?\n\nAnna Martin, Exemple SA\nhttps://www.example.net\nCe courriel est protégé par Mailinblack",
        "I found your mail in our spam filter. Could you please confirm the price for 40 pieces?\nhttps://www.example.net",
        "Are you a human at all? I asked twice for a refund.",
        "Merci ! Je confirme que vous êtes les meilleurs.\nhttps://www.example.net",
        "Oui, avec plaisir.\n\nLe 3 août, La boutique a écrit :\n> Votre message est en attente, cliquez pour confirmer.",
        "Yes please.\n\nOn Monday, The shop wrote:\nYour mail is pending: click here to confirm your address.",
        "J'ai cliqué sur le lien mais je n'arrive pas à m'identifier.",
    ],
)
def test_a_colleague_behind_a_filter_still_answers(words: str) -> None:
    mail = f"From: anna@example.net\nX-Mailer: Mailinblack relay\nSubject: Re: Bonjour\n\n{words}"
    assert judging.judge(mail.encode()) == [Judged("other", "anna@example.net")]


@pytest.mark.parametrize("subject", ["Error message on your site", "Re: Undelivered parcel", "Delivery problem"])
def test_what_a_person_writes_of_failures_is_no_bounce(subject: str) -> None:
    [found] = plain(
        "I get the error message unknown user, and my parcel was not delivered.", subject, "anna@example.net"
    )
    assert (found.kind, found.hard) == ("other", False)


@pytest.mark.parametrize(
    ("subject", "words"),
    [
        (
            "Order not delivered",
            "The carrier says the address does not exist. My account is anna@example.net, call me.",
        ),
        ("Payment rejected", "My bank says: account does not exist. Write to anna@example.net as well."),
        ("Échec du paiement", "L'adresse anna@example.net est inconnue de votre site ?"),
        ("Returned mail", "I sent the mail-order dress back: 550 rue Haute. User unknown, says anna@example.net."),
        ("Complaint about message from your shop", "It came twice."),
        ("Undelivered parcel", "User unknown, says the carrier. I gave boris@example.net."),
    ],
)
@pytest.mark.parametrize("sender", ["Anna <anna@work.example.net>", "anna@deliveroo.example", "delivery@café.example"])
@pytest.mark.parametrize("header", ["In-Reply-To: <m4@x>", "Return-Path: <anna@work.example.net>", "X-Mailer: Post"])
def test_a_customer_s_letter_is_no_bounce_whatever_address_it_names(
    subject: str, words: str, sender: str, header: str
) -> None:
    [found] = judging.judge(f"From: {sender}\n{header}\nSubject: {subject}\n\n{words}".encode())
    assert (found.kind, found.reason, found.hard) == ("other", "", False)


@pytest.mark.parametrize("subject", ["Unzustellbar: Hallo", "Onbestelbaar: Hallo", "Mensaje no entregado", "Mancata consegna",
    "Mensagem não entregue", "Non remis : Bonjour", "配信エラー"])  # fmt: skip
def test_a_server_s_mail_is_a_bounce_whatever_its_language(subject: str) -> None:
    sender = "Postmaster <postmaster@example.net>\nReturn-Path: <>"
    [found] = plain("anna@example.net\n    550 5.1.1 :-(", subject, sender)
    assert (found.kind, found.recipient, found.reason, found.hard) == ("bounce", "anna@example.net", "no_mailbox", True)


def test_what_a_server_says_that_nobody_understands_is_no_answer() -> None:
    assert plain("Guten Tag", "Hallo", "postmaster@example.net") == [
        Judged("other", "postmaster@example.net", reason="server")
    ]


@pytest.mark.parametrize("sender", ["", "<>", "MAILER-DAEMON"])
def test_an_envelope_without_a_sender_is_a_machine_s(sender: str) -> None:
    mail = b"From: anna@example.net\nSubject: Hallo\n\nIch bin bis 5.8.26 im Urlaub, Zimmer 412 ist zu."
    [found] = judging.meaning(parts.read(mail, sender))
    assert (found.kind, found.recipient) == ("auto_reply", "anna@example.net")
    [found] = judging.meaning(parts.read(mail, "anna@example.net"))
    assert (found.kind, found.reason) == ("other", "")


@pytest.mark.parametrize(
    ("subject", "words"),
    [
        ("unsubscribe", "Sent by my telephone"), ("Please unsubscribe me", ""), ("Désabonnement", ""), ("Se désabonner", "Merci."),
        ("STOP", ""), ("Re: Hello", "Stop!"), ("Re: Bonjour", "Désabonnez-moi svp.\n\n-- \nAnna"), ("Re: Bonjour", "STOP\n\n> Bonjour"),
        ("Re: Bonjour", "STOP\n\nEnvoyé de mon iPhone"), ("Re: Bonjour", "Désinscription SVP.\n\nCordialement,\nAnna Martin"),
        ("Re: Hello", "Please remove me from your list."), ("Re : désabonnement", ""), ("STOP", "Envoyé depuis Yahoo Mail pour Android"),
        ("Re: Hello", "unsubscribe me please!\n\nThanks, Anna\n\nSent from my iPhone"),
        ("Re: Bonjour", "Je ne veux plus recevoir vos mails"),
        ("Re: Bonjour", "Désinscription SVP. Cordialement, Anna"),
    ],
)  # fmt: skip
def test_who_says_no_more_and_nothing_else_opts_out(subject: str, words: str) -> None:
    assert plain(words, subject, "anna@example.net") == [Judged("complaint", "anna@example.net", reason="opt-out")]


@pytest.mark.parametrize(
    ("subject", "words"),
    [
        ("STOP", "Where is my parcel?"),
        ("Re: Hello", "Stop sending it to the old shop!"),
        ("Unsubscribe or not?", "Tell me."),
        ("Re: Désinscription", "Non, je veux rester !"),
        ("Re: Bonjour", "Stop. Merci de me rembourser."),
        ("Re: Hello", "STOP\n\nSent by post last week, where is my refund?"),
        ("Re: Hello", "Please remove me from your list of people who paid twice."),
    ],
)
def test_who_says_more_than_no_is_read_by_the_team(subject: str, words: str) -> None:
    assert plain(words, subject, "anna@example.net") == [Judged("other", "anna@example.net")]


@pytest.mark.parametrize("subject", ["Désinscription", "Unsubscribe me"])
def test_who_opts_out_above_a_letter_is_told_apart(subject: str) -> None:
    [found] = plain("Remboursez la commande 12, puis désinscrivez-moi.", subject, "anna@example.net")
    assert (found.kind, found.reason) == ("complaint", "opt-out-and-more")
