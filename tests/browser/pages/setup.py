"""First run and imports. Files are brought as far as the check and never confirmed: the shop's base stays what it is."""

from tests.browser.chromium import Visitor

MESSY = """Identifiant client;Nom;Prénom;Adresse e-mail;Téléphone portable;Date d'inscription;Newsletter;Ville;Remarque;Niveau fidélité
1001;Lefèvre;Zoé;zoe.lefevre@example.org;06 12 34 56 78;03/04/2024;oui;Orléans;cliente « fidèle »;Or
1002;Martin;Hélène;HELENE.MARTIN@EXAMPLE.ORG;;25/12/2023;non;Besançon;;Argent
1002;Martin;Hélène;helene.martin@example.org;0698765432;25/12/2023;oui;Besançon;doublon;Argent
1003;Noël;François;françois(at)example.org;;01/02/2024;oui;Nîmes;;
;Dupont;Aimé;aime.dupont;;05/06/2023;oui;Angoulême;;
1004;Müller;Chloé;chloe@exemple..org;+33 7 11 22 33 44;12/01/2024;oui;Évreux;"a; deux lignes";Or
;;;;;;;;ligne vide;
1005;Besson;Benoît;benoit.besson@example.org;12;31/01/2022;oui;Alès;;Bronze
1006;Garçon;Anaïs;anais.garcon@example.org;0611;15/03/2021;oui;Mâcon
1007;Étienne;Gaëlle;gaelle.etienne@example.org;06 98 76 54 32;18/09/2020;oui;Saint-Étienne;;Or
1008;Roux;Rémi;remi.roux@example.org;;19/09/2020;non;Orléans;;
""".encode("cp1252")
ORDERS = b"customer id,order number,date,amount\n1001,A1,03/04/2024,10.50\n1002,A2,05/06/2024,20\n,A3,06/06/2024,5\n"


SENDS = """Adresse e-mail;Nom du message;Envoyé le;Délivré;Ouvert le;Clics;Type de rebond;Désabonné
anna.martin@example.org;Soldes d’hiver;06/01/2026 09:00;oui;07/01/2026 18:32;3;;non
boris.petit@example.org;Soldes d’hiver;06/01/2026 09:00;non;;0;hard;non
chloe.bernard@example.org;Soldes d’hiver;06/01/2026 09:00;oui;;0;;oui
david.leroy@example.org;Soldes d’hiver;;non;;0;;non
emma.faure@example.org;Nouveautés;20/01/2026 10:30;oui;peut-être;0;;non
farid.roche@example.org;Nouveautés;20/01/2026 10:30;oui;20/01/2026;1;;non
""".encode()


def bring(visitor: Visitor, content: bytes = MESSY, name: str = "clients-2024.csv", at: str = "/imports/new") -> None:
    """Bring a file and come to its columns."""
    page = visitor.go(at)
    page.set_input_files("input[name=file]", {"name": name, "mimeType": "text/csv", "buffer": content})
    page.click("form[data-upload] button.btn-primary")
    page.wait_for_url("**/imports/file/*/")


def found(visitor: Visitor) -> None:
    """Come to the totals of a check."""
    bring(visitor)
    visitor.page.click("button[name=check]")
    visitor.page.wait_for_url("**/found")


def asked(visitor: Visitor) -> None:
    """Come to a file that leaves its dates open."""
    bring(visitor, ORDERS, "commandes.csv")


def refused(visitor: Visitor) -> None:
    """Come to a file nobody can read."""
    bring(visitor, b"PK\x03\x04", "base clients.xlsx")


def sends(visitor: Visitor) -> None:
    """Come to a file of sends, a column for each event."""
    bring(visitor, SENDS, "envois-2026.csv")


def run(visitor: Visitor) -> None:
    """Come to what an import did."""
    visitor.go("/imports/").click("table.folds tbody tr:last-child a.file-name")
    visitor.page.wait_for_url("**/run/**")


PAGES = {
    "imports": "/imports/", "new": "/imports/new", "start": "/start/?step=contacts", "optouts": "/start/?step=optouts",
    "coverage": "/start/coverage", "file": bring, "asked": asked, "refused": refused, "sends": sends, "found": found, "run": run,
}  # fmt: skip
