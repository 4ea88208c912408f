"""The pages that customers see."""

from flask import Flask
from shop_common.money import Money

site = Flask(__name__)


@site.get("/")
def front() -> str:
    """Show the article of the day."""
    return f"Today: one lamp for {Money(cents=1999, currency='EUR')}"
