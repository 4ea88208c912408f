"""Amounts of money, in cents, so that sums are exact."""

from pydantic import BaseModel, ConfigDict


class Money(BaseModel):
    """An amount in one currency."""

    model_config = ConfigDict(frozen=True)

    cents: int
    currency: str

    def __str__(self) -> str:
        return f"{self.cents // 100}.{self.cents % 100:02} {self.currency}"
