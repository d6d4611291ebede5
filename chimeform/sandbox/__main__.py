"""`python -m chimeform.sandbox`: a sandbox for tests and scripts. `chimeform sandbox serve` is the one for people."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from chimeform.sandbox import serve


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m chimeform.sandbox", description="Serve a local Amazon Chime.")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on; default: this machine only")
    parser.add_argument("--port", type=int, default=0, help="port to listen on; 0 (the default) takes a free one")
    parser.add_argument("--port-file", type=Path, help="file to write the port to as soon as the sandbox answers")
    parser.add_argument("--data-file", type=Path, help="SQLite file to keep the world in; default: memory")
    parser.add_argument("--account-id", help="twelve-digit AWS account to play")
    parser.add_argument("--seed", type=int, help="make identifiers and faults reproducible")
    parser.add_argument("--order-seconds", type=float, help="how long a number order takes")
    parser.add_argument("--calling-name-seconds", type=float, help="how long a calling name takes")
    given = parser.parse_args()
    settings = {
        name: getattr(given, name)
        for name in ("order_seconds", "calling_name_seconds")
        if getattr(given, name) is not None
    }

    def announce(address: str) -> None:
        if given.port_file is not None:
            _write_whole(given.port_file, address.rpartition(":")[2])
        sys.stdout.write(f"sandbox: {address}\n")
        sys.stdout.flush()

    try:
        serve.run(
            ready=announce,
            host=given.host,
            port=given.port,
            data_file=given.data_file,
            account_id=given.account_id,
            seed=given.seed,
            settings=settings,
        )
    except serve.CannotServe as error:
        sys.stderr.write(f"sandbox: {error}\n")
        return 1
    return 0


def _write_whole(path: Path, text: str) -> None:
    """Whoever waits for the file must never read half of it."""
    draft = path.with_name(path.name + ".part")
    draft.write_text(text)
    draft.replace(path)


if __name__ == "__main__":
    sys.exit(main())
