"""The words invented people are made of, by language. Frequent first names and surnames; nobody in particular."""

import csv
from importlib import resources

LANGUAGES = ("fr", "en")


def _words(text: str) -> list[str]:
    return [word.replace("_", " ") for word in text.split()]


FIRST_NAMES = {
    "fr": _words("""
        Claire Marie Camille Léa Manon Chloé Julie Sophie Isabelle Nathalie Sylvie Catherine Anne Hélène Élodie Aurélie
        Céline Émilie Sandrine Valérie Véronique Martine Françoise Monique Jacqueline Nicole Inès Jade Louise Alice
        Juliette Zoé Margaux Lucie Pauline Mathilde Agnès Brigitte Corinne Laurence Fatima Aïcha Yasmine Linh Awa
        Jean Pierre Michel Philippe Alain Nicolas Christophe Laurent Stéphane David Julien Thomas Alexandre Antoine
        Maxime Lucas Hugo Louis Jules Gabriel Arthur Paul François Jérôme Sébastien Frédéric Olivier Éric Pascal Thierry
        Bruno Guillaume Benoît Mathieu Rémi Clément Karim Mehdi Mamadou Jean-Luc Anne-Sophie Marie-Claude
    """),
    "en": _words("""
        Olivia Amelia Isla Emily Grace Sophie Charlotte Lucy Hannah Rebecca Sarah Emma Laura Rachel Victoria Helen Susan
        Margaret Karen Alison Fiona Nicola Joanne Tracey Deborah Linda Christine Jean Aoife Niamh Siobhán Ciara Priya
        Aisha Mei Oliver Harry George Jack Jacob Noah Charlie Thomas James William Daniel Matthew Andrew Christopher
        Stephen Paul Mark Simon Peter Ian Neil Graham Colin Alan Keith Kevin Gareth Rhys Callum Hamish Conor Liam
        Patrick Seán Declan Imran Rajesh Kwame
    """),
}
SURNAMES = {
    "fr": _words("""
        Martin Bernard Thomas Petit Robert Richard Durand Dubois Moreau Laurent Simon Michel Lefebvre Leroy Roux David
        Bertrand Morel Fournier Girard Bonnet Dupont Lambert Fontaine Rousseau Vincent Muller Lefèvre Faure André
        Mercier Blanc Guérin Boyer Garnier Chevalier François Legrand Gauthier Garcia Perrin Robin Clément Morin Nicolas
        Henry Roussel Mathieu Gautier Masson Marchand Duval Denis Dumont Marie Lemaire Noël Meyer Dufour Meunier Brun
        Blanchard Giraud Joly Rivière Lucas Brunet Gaillard Barbier Arnaud Martinez Gérard Roche Renard Schmitt Roy
        Leroux Colin Vidal Caron Picard Roger Fabre Aubert Lemoine Renaud Dumas Lacroix Olivier Philippe Bourgeois
        Benoît Rey Leclerc Payet Rolland Leclercq Guillaume Lecomte Lopez Benali Nguyen Diallo Da_Silva Le_Gall
    """),
    "en": _words("""
        Smith Jones Taylor Brown Williams Wilson Johnson Davies Robinson Wright Thompson Evans Walker White Roberts
        Green Hall Wood Jackson Clarke Harris Clark Scott Turner Hill Moore Cooper Ward Morris King Watson Harrison
        Morgan Baker Patel Young Allen Mitchell Anderson Phillips Lee Bell Parker Davis Bennett Miller Cook Shaw Cox
        Richardson Marshall Collins Carter Gray Ellis Murphy Kelly Byrne Ryan Walsh O'Brien O'Connor Doyle McCarthy
        Gallagher Campbell Stewart MacDonald Reid Murray Fraser Hughes Lloyd Khan Ahmed Singh Okafor Begum
    """),
}
STREETS = {
    "fr": _words("""
        rue_des_Lilas rue_du_Moulin rue_de_la_Gare avenue_Victor-Hugo rue_Pasteur rue_de_l'Église place_du_Marché
        rue_Jean-Jaurès boulevard_Voltaire chemin_des_Vignes allée_des_Tilleuls rue_Gambetta impasse_des_Rosiers
        rue_du_Château quai_de_la_Fontaine rue_Molière avenue_de_la_République rue_des_Écoles rue_du_Bac
        route_de_la_Forêt rue_Émile-Zola cours_Lafayette rue_des_Carmes passage_du_Jardin rue_Haute rue_du_Puits
        avenue_des_Acacias rue_Saint-Martin rue_de_Bretagne sentier_des_Prés
    """),
    "en": _words("""
        High_Street Station_Road Church_Lane Mill_Lane Victoria_Road Park_Avenue Green_Lane Manor_Road Kings_Road
        Queens_Drive The_Crescent Orchard_Close Springfield_Road School_Lane Albert_Street Highfield_Avenue West_Street
        Chapel_Hill North_Terrace Meadow_Way Bridge_Street Windsor_Gardens Grange_Road Elm_Grove Richmond_Park
    """),
}

# Ranges that the regulators keep for fiction: ARCEP (French mobiles, then land lines), Ofcom (UK drama numbers).
FRENCH_MOBILES = ("063998",)
FRENCH_LAND_LINES = ("019900", "026191", "035301", "046571", "053649")
BRITISH_MOBILES = ("07700900",)
BRITISH_LAND_LINES = ("02079460", "01614960", "01214960", "01134960", "01314960", "01414960", "01174960", "01514960")

CONSUMER_DOMAINS = {
    "fr": {"gmail.com": 44, "orange.fr": 13, "hotmail.fr": 10, "free.fr": 8, "laposte.net": 6, "yahoo.fr": 6}
    | {"outlook.com": 5, "icloud.com": 4, "mail.example.org": 4},
    "en": {
        "gmail.com": 50,
        "outlook.com": 16,
        "icloud.com": 12,
        "yahoo.com": 8,
        "hotmail.com": 8,
        "mail.example.net": 6,
    },
}
MISTYPED_DOMAINS = _words("""
    gmial.com gmal.com gnail.com gmail.con gmai.com hotmial.fr hotmai.fr hotmial.com yaho.fr yahooo.fr
    orange.f orang.fr free.f lapsote.net lapost.net outlok.com oulook.com iclod.com
""")
DISPOSABLE_DOMAINS = _words("""
    yopmail.com yopmail.fr jetable.org mailinator.com guerrillamail.com trashmail.com sharklasers.com maildrop.cc
    10minutemail.com temp-mail.org
""")
ROLES = _words("contact info accueil compta direction sales support admin")

CAMPAIGNS = [
    "Nouveautés de la semaine",
    "Les idées du jardin",
    "La table de saison",
    "Linge de maison : nos conseils",
    "Petits prix, belles matières",
    "Dans l'atelier de nos artisans",
    "Vos favoris sont de retour",
    "Idées cadeaux",
]
REFUND_REASONS = ["rétractation", "article abîmé", "erreur de préparation", "colis perdu"]


def packaged(name: str) -> dict[str, list[str]]:
    """Return the columns of a CSV file packaged beside this one, as text."""
    text = resources.files(__package__).joinpath(name).read_text(encoding="utf-8")
    header, *rows = csv.reader(text.splitlines())
    return {column: [row[position] for row in rows] for position, column in enumerate(header)}
