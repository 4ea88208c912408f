"""What the names, addresses and paths of a lock may look like: each rule says what is wrong, as a clause, or None.

A lock may come from anybody's pull request. Nothing that passes here can leave a folder, carry a credential, look like
an option of git, or draw on a terminal.
"""

import re
from urllib.parse import urlsplit

from packaging.licenses import InvalidLicenseExpression, canonicalize_license_expression  # noqa: F401
