# /// script
# requires-python = ">=3.12"
# dependencies = [
#   "httpx>=0.27",
#   "rich>=13",
# ]
# ///
"""Show whether the shop answers: python tools/report.py http://shop.example/health"""

import sys

import httpx
from rich.console import Console


def main() -> int:
    """Ask one address and say what came back."""
    answer = httpx.get(sys.argv[1], timeout=5)
    Console().print(f"[bold]{answer.status_code}[/bold] {answer.text}")
    return 0 if answer.is_success else 1


if __name__ == "__main__":
    raise SystemExit(main())
