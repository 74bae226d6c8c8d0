"""`params.yaml`: every number a person may change.

Strict: what is not known, doubled or mistyped is an error with its line.
"""

from common.core.params.reader import ParamsFile, load_params, read_params_file
from common.core.params.schema import Params, Profile

__all__ = ["Params", "ParamsFile", "Profile", "load_params", "read_params_file"]
