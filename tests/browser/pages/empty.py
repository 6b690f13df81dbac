"""What each area shows where nothing has come in yet; the first run begins here."""

INSTALLATION = "empty"
PAGES = {
    "first-run": "/", "contacts": "/start/?step=contacts", "orders": "/start/?step=orders", "optouts": "/start/?step=optouts",
    "history": "/start/?step=history", "coverage": "/start/coverage", "imports": "/imports/", "people": "/people/",
    "dormancy": "/dormancy/", "segments": "/segments/", "messages": "/messages/", "journeys": "/journeys/", "launch": "/launch/",
    "watch": "/watch/", "sent": "/watch/messages/", "doubts": "/watch/doubts/", "sender": "/sender/", "outside": "/sender/outside/",
    "deliverability": "/sender/deliverability/", "gate": "/sender/gate/", "results": "/results/", "bill": "/base/bill",
    "flows": "/base/flows", "kinds": "/base/kinds", "models": "/base/models", "log": "/team/log",
}  # fmt: skip
