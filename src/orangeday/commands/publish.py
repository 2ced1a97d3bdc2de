from __future__ import annotations

from contextlib import closing

import typer

from orangeday.clock import system_clock, utc
from orangeday.commands.connector import credentials_of, road
from orangeday.commands.files import files
from orangeday.commands.ledgers import ledger_to_send
from orangeday.commands.options import Embassies, Json, SendForReal, SendNothing, ToSend
from orangeday.commands.runs import do_nothing, is_live, nothing_to_send, parting_words, price_of
from orangeday.content.plan import Plan
from orangeday.engine.alerts import Alerts, causes, silence
from orangeday.engine.publisher import Publisher
from orangeday.engine.years import Idle
from orangeday.views import console, json_documents, sentences
from orangeday.views.terminal import status as status_view


def publish(
    ctx: typer.Context,
    dry_run: SendNothing = False,
    live: SendForReal = False,
    embassy: Embassies = None,
    campaign: ToSend = None,
    json: Json = False,
) -> int:
    """Post what is due now, once: for cron.

    What is recorded as published is never posted again, however often this runs and however many run at once.
    After the last day a live run says that the campaign is over; it begins the next one only where the config's
    `start` or --campaign names it.

    Exit status 1 if a person is needed: something was refused, missed or held, or may or may not be live; or this run
    has paused everything, since the record of posts here is new, or was last used elsewhere.
    """
    watched = files(ctx, embassy, example=False, campaign=campaign)
    plan = watched.plan
    plan.config.usable()
    for_real = is_live(plan, dry_run, live)
    if idle := nothing_to_send(plan, for_real, campaign):
        return _idle(plan, idle, for_real, json)
    connect = road(plan, for_real, system_clock)
    watched.begin(live=for_real, chosen=dry_run or live)
    now = system_clock()
    with (
        ledger_to_send(plan, for_real) as ledger,
        closing(
            Publisher(
                plan,
                ledger,
                connect,
                system_clock,
                reload=watched.newest,
                credentials=credentials_of(for_real),
                live=for_real,
            )
        ) as publisher,
        closing(Alerts(ledger, system_clock, lambda wrong: console.say(wrong, "red"))) as alerts,
    ):
        if for_real and (charged := price_of(plan, ledger, now, plan.open_at(now))):
            console.say(charged)
        late = silence(plan, ledger.last_sweep(plan.campaign_id), now) if for_real else None
        touched = publisher.publish_due(now)
        if for_real:
            alerts.tell(plan, [*([late] if late else []), *causes(touched)])
        pauses, paused = ledger.pauses(), ledger.paused_itself
    if json:
        console.document(json_documents.standings_json(now, touched))
    else:
        stdout = console.documents()
        for standing in touched:
            stdout.print(status_view.line(standing), soft_wrap=True)
        coming = plan.next_after(now)
        after = f"Next: {utc(coming.due)}, {coming.key}." if coming else "Nothing more is planned."
        if coming and sentences.is_all_paused(pauses):
            after = sentences.PAUSED
        stdout.print(status_view.counts(touched).append(f" at {utc(now)}. {after}"), soft_wrap=True)
    wrong = sentences.broken(plan.problems)
    if wrong:
        console.say(wrong, "red")
    for pause in pauses:
        console.say(sentences.paused(pause), "red")
    if not for_real:
        console.say(parting_words(plan, now), "dim")
    return 1 if wrong or paused or any(standing.needs_person for standing in touched) else 0


def _idle(plan: Plan, idle: Idle, for_real: bool, json: bool) -> int:
    """Say why a run sends nothing at all, and how what it still looked after stands; return the exit status."""
    touched = do_nothing(plan, idle, for_real)
    if json:
        console.document(json_documents.standings_json(system_clock(), touched))
    else:
        stdout = console.documents()
        for standing in touched:
            stdout.print(status_view.line(standing), soft_wrap=True)
    console.say(idle.why, "red" if idle.needs_person else "bold")
    return 1 if idle.needs_person or any(standing.needs_person for standing in touched) else 0
