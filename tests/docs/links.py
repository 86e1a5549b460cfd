#!/usr/bin/env python3
"""Check that every link between the pages of the documentation leads to a file and a heading that are there."""

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
PAGES = [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("examples/*/README.md")]
PAGES += [ROOT / "core" / "README.md", ROOT / "dev" / "README.md", *ROOT.glob("tests/**/README.md")]


def main() -> int:
    pages = [page for page in PAGES if "node_modules" not in page.parts]
    links = [(page, link) for page in pages for link in links_of(page.read_text())]
    dead = [f"{page.relative_to(ROOT)}: {link}" for page, link in links if not leads_somewhere(page, link)]
    print(*dead, sep="\n", file=sys.stderr, end="\n" if dead else "")
    print(f"{len(links)} links in {len(pages)} pages")
    return 1 if dead or not links else 0


def links_of(text: str) -> list[str]:
    """The links to files and headings; code may hold brackets that are none."""
    prose = re.sub(r"`[^`\n]*`", "", re.sub(r"```.*?```", "", text, flags=re.DOTALL))
    return [link for link in re.findall(r"\]\(([^)\s]+)\)", prose) if "://" not in link and "mailto:" not in link]


def leads_somewhere(page: Path, link: str) -> bool:
    name, _, heading = link.partition("#")
    target = page if name == "" else page.parent / name
    if not target.exists() or heading == "" or target.suffix != ".md":
        return target.exists()
    return heading in {anchor(title) for title in re.findall(r"^#+ (.*)$", target.read_text(), re.MULTILINE)}


def anchor(title: str) -> str:
    return re.sub(r"[^\w\- ]", "", title.lower()).strip().replace(" ", "-")


if __name__ == "__main__":
    sys.exit(main())
