"""Small runbooks whose jobs hold, work at a chosen attempt, or never do: what pictures and words are tried on."""

from typing import Any

from dojobber_nb import DoJobber, DummyJob, Job, RunonlyJob


def job(
    name: str, *needs: type[Job], works_at: int | None = 1, says: str = "not yet", base: type[Job] = Job, **own: Any
) -> type[Job]:
    """A job that holds from the start (works_at=0), once its Run was called that often, or never (None)."""
    runs: list[None] = []

    def check(self: Job) -> None:
        if works_at is None or len(runs) < works_at:
            raise RuntimeError(says)

    def run(self: Job) -> None:
        runs.append(None)
        if base is RunonlyJob and (works_at is None or len(runs) < works_at):
            raise RuntimeError(says)

    code = {} if base is DummyJob else {"Run": run} if base is RunonlyJob else {"Check": check, "Run": run}
    return type(name, (base,), {"DEPS": needs, **code, **own})


def group(name: str, *needs: type[Job]) -> type[Job]:
    return job(name, *needs, base=DummyJob)


def movie_night() -> type[Job]:
    """Twenty jobs of every kind; TurnOnTV never works, Popcorn works late."""
    details = group(
        "DetermineDetails", job("PickTimeAndDate", works_at=0), validated := job("ValidateMovie", works_at=0)
    )
    guests = [job(f"Invite {guest}", details, works_at=n) for n, guest in enumerate(("Wayne Campbell", "Garth Algar"))]
    arrive = job("FriendsArrive", group("InviteFriends", *guests, details))
    turn_on = job("TurnOnTV", job("FindTVRemote"), works_at=None, says="Remote batteries are dead")
    room = group("PrepareRoom", job("CleanCouch", works_at=0), job("FluffPillows", base=RunonlyJob))
    popcorn = job("Popcorn", job("PopcornBowl", works_at=4, TRIES=8), works_at=2, TRIES=5)
    food = group("Food", job("Pizza", works_at=2), popcorn)
    start = job("StartMovie", arrive, turn_on, job("InsertDVD", validated), room, job("SitOnCouch", room), food)
    return job("WatchMovie", start)


def doing(root: type[Job], **options: Any) -> DoJobber:
    """Configured, without waits between tries."""
    dj = DoJobber()
    dj.configure(root, **{"default_retry_delay": 0, **options})
    return dj


NAMES = {
    "markup": "<img src=x onerror=alert(1)>",
    "math": r"$\frac{$",
    "turned round": "\u202eevil\u202c gnp.exe",
    "several lines": "line\nbreak\tand tab\r\n",
    "emoji": "popcorn 🍿 👨\u200d👩\u200d👧",
    "endless": "x" * 20_000,
    "endless and odd": "<\u202e\n" * 7_000,
    "right to left": "שלום עולם",
    "wide": "日本語の名前",
    "quotes": "\"double\" 'single' \\back &amp; ]]> --",
    "no letters": "\u200b\u2060",
    "blank": "   ",
    "private": "\ue000\ufffe",
    "control": "bell\x07 escape\x1b[31m",
}
"""What a job may be called."""
