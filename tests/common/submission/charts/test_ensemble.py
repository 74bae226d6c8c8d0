"""The picture of an ensemble."""

import xml.etree.ElementTree as ElementTree

from common.submission.charts.ensemble import MemberBar, ensemble_picture


def test_the_picture_stands_alone_and_says_all_numbers():
    bars = [MemberBar("a<b", 0.25, 0.01, -0.02, 0.7), MemberBar("c", 0.2, None, None, 0.3)]
    picture = str(ensemble_picture("what & where", bars, [[1.0, 0.5], [float("nan"), 1.0]]))
    said = [node.text for node in ElementTree.fromstring(picture).iter() if node.text]
    for text in ("a<b", "what & where", "25.00\u00a0%", "+1.00", "-2.00", "0.70", "0.50", "–"):
        assert text in said
