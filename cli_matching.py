"""The terminal's commands on matching: what the rules do, what people decide of it, and what they teach."""

import typer

import cli_options as opt
from cli_typed import parse_amount
from door import door
from models.store import Author, Store
from pipelines.exports import answers, matching_answers, sentences

# A pipeline that only some commands need is imported by them: the terminal must start fast.

app = typer.Typer()


@app.command()
def reconcile(replay: opt.Replay = False, as_json: opt.Json = False) -> None:
    """Match bank lines and invoices; or measure each rule on what you settled."""
    from pipelines.reconcile.run import run_reconcile

    if replay:
        _replay(as_json=as_json)
        return
    with door.open() as store:
        done = run_reconcile(store, author=door.author(store))
    door.say(matching_answers.reconcile_answer(done), as_json=as_json, lines=sentences.reconcile_lines(done, door.texts))


def _replay(*, as_json: bool) -> None:
    """Each rule's precision on what people settled; nothing is stored."""
    from pipelines.ledger import run_ledger
    from pipelines.reconcile.run import run_replay

    with door.open() as store:
        rows = matching_answers.trust_answer(run_replay(store, run_ledger(store)))
    door.say(rows, as_json=as_json, lines=matching_answers.trust_lines(rows, door.texts))


@app.command()
def suggestions(as_of: opt.AsOf = None, as_json: opt.Json = False) -> None:
    """List the matches that wait for a person."""
    from pipelines.reconcile.listing import bank_lines
    from pipelines.reconcile.lost_named import lost_named
    from pipelines.reconcile.run import run_matching
    from pipelines.reconcile.run import suggestions as waiting

    with door.open() as store:
        ledger, day = door.ledger_of(store, as_of, None)
        found = waiting(run_matching(store, ledger), ledger)
    found = [row for row in found if as_of is None or str(row["date"]) <= as_of.date().isoformat()]
    rows = matching_answers.suggestions_answer(found, door.texts)
    named = lost_named(ledger, bank_lines(ledger, as_of=day), as_of=day).to_dicts()
    said = [*sentences.suggestion_lines(rows, door.texts), *sentences.lost_lines(named, door.texts)]
    door.say(rows, as_json=as_json, lines=said)


@app.command()
def accept(suggestion: str, candidate: opt.CandidateNumber = None, as_json: opt.Json = False) -> None:
    """Accept a suggestion."""
    from pipelines.reconcile import decide

    door.change(lambda store, author: decide.accept(store, suggestion, candidate=candidate, author=author), as_json=as_json)


@app.command()
def refuse(suggestion: str, as_json: opt.Json = False) -> None:
    """Refuse a suggestion, or detach an allocation: no rule proposes it again."""
    from pipelines.reconcile import decide

    door.change(lambda store, author: decide.refuse(store, suggestion, author=author), as_json=as_json)


@app.command()
def confirm(allocations: opt.Allocations, as_json: opt.Json = False) -> None:
    """Confirm automatic matches: no later run replaces them."""
    from pipelines.reconcile.confirm import confirm as confirmed

    door.change(lambda store, author: confirmed(store, allocations, author=author), as_json=as_json)


@app.command(context_settings={"ignore_unknown_options": True})  # so that -5 is an amount, and refused as one
def allocate(
    source: str,
    invoice: opt.Invoice = None,
    amount: opt.Amount = None,
    write_off: opt.WriteOff = None,
    oldest: opt.Oldest = None,
    as_json: opt.Json = False,
) -> None:
    """Give an amount of a bank line (or of a credit note) to an invoice; or what it has left to a client's oldest ones."""
    from pipelines.reconcile import decide

    if oldest is not None:
        if invoice or amount or write_off:
            raise typer.BadParameter(door.texts.t("--oldest needs the bank line alone: no invoice, amount or write-off."))
        door.change(lambda store, author: decide.allocate_oldest(store, source, oldest, author=author), as_json=as_json)
        return
    if invoice is None or amount is None:
        raise typer.BadParameter(door.texts.t("Say which invoice and which amount, or --oldest and the client."))

    def act(store: Store, author: Author) -> int:
        return decide.allocate(store, source, invoice, parse_amount(amount), author=author, write_off=write_off)

    door.change(act, as_json=as_json)


@app.command()
def attribute(line: str, client: str, as_json: opt.Json = False) -> None:
    """Say which client a receipt comes from."""
    from pipelines.reconcile import decide

    door.change(lambda store, author: decide.attribute(store, line, client, author=author), as_json=as_json)


@app.command()
def refund(line: str, credit: str, invoice: opt.OfInvoice = None, as_json: opt.Json = False) -> None:
    """Say that a debit takes back a receipt or a credit note."""
    from pipelines.reconcile import money_back

    door.change(lambda store, author: money_back.refund(store, line, credit, author=author, invoice=invoice), as_json=as_json)


@app.command()
def classify(line: str, category: str, words: opt.Words = None, always: opt.Always = False, as_json: opt.Json = False) -> None:
    """Say what a bank line is that no client paid; `client` if one did, `rules` to leave it to the rules."""
    from pipelines.reconcile.classify import classify as classified

    taught = words if words is not None else "" if always else None
    door.change(lambda store, author: classified(store, line, category, author=author, words=taught), as_json=as_json)


@app.command("label-rules")
def label_rules(as_json: opt.Json = False) -> None:
    """List your own rules by label."""
    from pipelines.reconcile.classify import label_rules as own_rules

    ledger, _ = door.ledger(None)
    rows = matching_answers.label_rules_answer(own_rules(ledger))
    door.say(rows, as_json=as_json, lines=matching_answers.label_rule_lines(rows, door.texts))


@app.command("label-rule")
def label_rule(words: str, category: str, replaces: opt.Replaces = None, as_json: opt.Json = False) -> None:
    """Say that labels with these words, one after the other, are of a category."""
    from pipelines.reconcile.classify import set_label_rule

    door.change(lambda store, author: set_label_rule(store, words, category, author=author, replaces=replaces), as_json=as_json)


@app.command()
def aliases(as_json: opt.Json = False) -> None:
    """List what your matches taught: who pays under another name, or from which IBAN."""
    from pipelines.ledger import run_ledger
    from pipelines.reconcile.aliases import learned

    with door.open() as store:
        rows = matching_answers.aliases_answer(learned(store, run_ledger(store)))
    door.say(rows, as_json=as_json, lines=matching_answers.alias_lines(rows, door.texts))


@app.command()
def forget(learned_id: opt.LearnedId, as_json: opt.Json = False) -> None:
    """Take away an alias or a label rule."""
    from pipelines.reconcile.forget import forget as forgotten

    door.change(lambda store, author: forgotten(store, learned_id, author=author), as_json=as_json)


@app.command()
def declared(
    unproven: opt.Unproven = False, days: opt.UnprovenDays = None, as_of: opt.AsOf = None, as_json: opt.Json = False
) -> None:
    """List declared payments that no bank line proves yet; with --unproven, only those of a while ago."""
    from pipelines.reconcile.unproven import unproven as waiting

    ledger, day = door.ledger(as_of)
    least = days if days is not None else None if unproven else 0
    rows = matching_answers.declared_answer(waiting(ledger, as_of=day, days=least))
    door.say(rows, as_json=as_json, lines=matching_answers.declared_lines(rows, door.texts))


@app.command()
def history(of: opt.Of = None, as_json: opt.Json = False) -> None:
    """List every import and decision, the newest first; or what was done with one invoice or bank line."""
    from pipelines import decisions

    if of is not None:
        _past(of, as_json=as_json)
        return
    with door.open() as store:
        rows = answers.history_answer(decisions.history(store), decisions.moved_amounts(store))
    door.say(rows, as_json=as_json, lines=sentences.history_lines(rows, door.texts))


def _past(subject: str, *, as_json: bool) -> None:
    """Who gave what to an invoice, or of a bank line: before and after each change."""
    from pipelines.ledger import run_ledger
    from pipelines.reconcile.past import past_of

    with door.open() as store:
        rows = matching_answers.past_answer(past_of(store, run_ledger(store), subject))
    door.say(rows, as_json=as_json, lines=matching_answers.past_lines(rows, door.texts))
