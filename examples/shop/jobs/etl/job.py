"""Nightly: yesterday's orders as one Parquet file."""

import pandas as pd
from shop_common.money import Money


def main() -> None:
    """Write a table of one order."""
    price = Money(cents=1999, currency="EUR")
    orders = pd.DataFrame({"article": ["lamp"], "cents": [price.cents]})
    orders.to_parquet("orders.parquet", engine="pyarrow")


if __name__ == "__main__":
    main()
