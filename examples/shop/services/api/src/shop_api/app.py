"""The HTTP application: one resource, backed by a database."""

from fastapi import FastAPI
from shop_common.money import Money
from sqlalchemy import create_engine, text

app = FastAPI(title="shop")
engine = create_engine("sqlite://")


@app.get("/health")
def health() -> dict[str, int]:
    """Ask the database for a one, so that a dead database is seen."""
    with engine.connect() as connection:
        return {"database": connection.execute(text("select 1")).scalar_one()}


@app.get("/prices/{article}")
def price(article: str) -> dict[str, str]:
    """Return what an article costs."""
    return {"article": article, "price": str(Money(cents=1999, currency="EUR"))}
