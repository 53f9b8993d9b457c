"""The terminal's commands that take a backup of the database, also while the dashboard is open, and put one back."""

from datetime import UTC, date, datetime
from pathlib import Path

import typer

import cli_options as opt
from door import door
from pipelines.exports import file_sentences

# A pipeline that only some commands need is imported by them: the terminal must start fast.

app = typer.Typer()


@app.command()
def backup(file: opt.BackupFile, force: opt.Overwrite = False, as_json: opt.Json = False) -> None:
    """Back the database up into one file, also while the dashboard is open."""
    from pipelines.backups.taking import run_backup

    now = datetime.now(UTC).replace(tzinfo=None)
    target = _named(file) if file.is_dir() and not file.is_symlink() else file
    done = run_backup(door.path, target, open_store=door.open, made_at=now, force=force)
    door.speak(done.language)
    lines = file_sentences.backup_lines(done, door.texts)
    door.say({"file": str(done.file), "sha256": done.sha256}, as_json=as_json, lines=lines[:1])
    for line in lines[0 if as_json else 1 :]:
        door.errors.print(line)


@app.command()
def restore(file: opt.BackupFile, force: opt.OtherCompany = False, as_json: opt.Json = False) -> None:
    """Put a backup back in the place of the database, which is kept aside; then say what it holds."""
    from pipelines.backups.restoring import run_restore

    door.check_files([file])
    today = date.today()  # noqa: DTZ011 -- the user's calendar day
    done = run_restore(file, door.path, day=today, force=force)
    ledger, _ = door.ledger(None)
    lines = file_sentences.restore_lines(done, ledger, door.texts)
    if as_json:
        for line in lines:
            door.errors.print(line)
    door.say({"file": str(done.file), "sha256": done.sha256}, as_json=as_json, lines=lines)


def _named(folder: Path) -> Path:
    """The day's backup in a folder, named after the database."""
    day = date.today()  # noqa: DTZ011 -- the user's calendar day
    return folder / f"{door.path.stem}-{day:%Y-%m-%d}.zip"
