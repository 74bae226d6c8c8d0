"""Charts as SVG text: small, static, the same text for the same numbers, readable without a screen.

Colours and line styles are classes of the page's style sheet, because its policy allows no inline
style and because the dark scheme changes them.
"""
