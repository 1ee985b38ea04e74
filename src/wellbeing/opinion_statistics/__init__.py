"""Figures of the opinion survey: favourable shares, needs and priorities, trends, weights for who did not answer.

Arrays and frames in, frames out. What comes of true counts is for the working zone; what is handed out is made from
releases (`wellbeing.ledger.compare` pools released classes as `pooling.pooled_shares` pools counts). `weighting` and
`importance` write what goes with a release; `weighted_told` and `importance` read it for a report.
"""
