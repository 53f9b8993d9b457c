"""Write the sample company: the same bytes at every run.

`python -m sample_data.make_sample [FOLDER]`; without a folder, beside this script.
"""

import json
import sys
from collections.abc import Sequence
from pathlib import Path

from sample_data._company import all_clients
from sample_data._files import invoice_file, number_lines, ofx_file, purchase_file, savings_file
from sample_data._oddities import scripted_documents
from sample_data._payments import client_lines
from sample_data._purchases import all_purchases
from sample_data._readme import readme
from sample_data._sales import number_documents, ordinary_sales
from sample_data._treasury import outflows, transfers
from sample_data._truth import Sample, manifest


def build() -> Sample:
    """Play the twenty months: sales, then payments, then what the agency pays, then its transfers; and its purchases."""
    clients = all_clients()
    documents = number_documents([*ordinary_sales(clients), *scripted_documents(clients)])
    receipts = client_lines(documents)
    lines = [*receipts, *outflows(receipts)]
    current, savings = transfers(lines)
    statement = number_lines([*lines, *current])
    return Sample(clients, documents, statement, number_lines(savings), all_purchases(statement))


def files(sample: Sample) -> dict[str, bytes]:
    """The content of every file, by name."""
    truth = json.dumps(manifest(sample), ensure_ascii=False, indent=1) + "\n"
    return {
        "factures.csv": invoice_file(sample.documents),
        "achats.csv": purchase_file(sample.purchases),
        "banque_courant.ofx": ofx_file(sample.current),
        "banque_livret.csv": savings_file(sample.savings),
        "manifest.json": truth.encode(),
        "README.md": readme(sample).encode(),
    }


def main(arguments: Sequence[str]) -> None:
    """Write the files to the folder that `arguments` names, or beside this script."""
    folder = Path(arguments[0]) if arguments else Path(__file__).parent
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files(build()).items():
        (folder / name).write_bytes(content)


if __name__ == "__main__":
    main(sys.argv[1:])
