"""Write docs/guide/reference/ from the definitions of the kinds; `make docs` runs it."""

from __future__ import annotations

from pathlib import Path

from chimeform.cli.explain_text import reference_pages

FOLDER = Path(__file__).parents[1] / "docs" / "guide" / "reference"


def main() -> None:
    pages = reference_pages()
    FOLDER.mkdir(parents=True, exist_ok=True)
    for stale in sorted({file.name for file in FOLDER.glob("*.md")} - set(pages)):
        (FOLDER / stale).unlink()
        print(f"removed {stale}")
    for name, text in pages.items():
        file = FOLDER / name
        if not file.is_file() or file.read_text(encoding="utf-8") != text:
            file.write_text(text, encoding="utf-8", newline="\n")
            print(f"wrote   {name}")


if __name__ == "__main__":
    main()
