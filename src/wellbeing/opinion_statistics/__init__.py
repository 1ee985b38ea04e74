"""Figures of the opinion survey: favourable shares, needs and priorities, trends, weights for who did not answer.

Arrays and frames in, frames out. What comes of true counts is for the working zone; what is handed out is made from
releases, for which `pooling.pooled_classes` does from classes what `pooling.pooled_shares` does from counts.
"""
