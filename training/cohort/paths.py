"""Where things live. Anatomy and cached cohorts stay outside git; logs and cases are committed."""

import os
from pathlib import Path

TRAINING = Path(__file__).resolve().parent.parent
PUBLIC_CASES = TRAINING.parent / "public" / "cases"
LOGS = TRAINING / "logs"
CACHE = Path(os.environ.get("SALISCOPE_CACHE", Path.home() / ".cache" / "saliscope"))
