"""What staff write in their own words: first looked through for danger, then counted by theme, never shown.

In this order: `safeguarding` takes out sentences that go to the counsellors alone, `masking` takes out names, `words`
cuts a text into words, `themes` says who mentions what, `agreement` how well that is done, `telling` what of it may be
told of the county, `told` is what a report reads. Nothing here keeps a text.
"""
