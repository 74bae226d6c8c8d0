"""`emc2 predict hacs VIDEO...`: the trained system on one's own videos."""

from functools import partial

from common.submission import temporal_stages

predict = partial(temporal_stages.predict, "hacs")
