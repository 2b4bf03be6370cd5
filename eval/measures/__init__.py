"""One small file per measure, all pure: per-question values first, means later (``eval.summary``)."""

from eval.measures.citations import citation_score
from eval.measures.cmrc import cmrc_em, cmrc_f1
from eval.measures.equality import same_answer
from eval.measures.lists import list_score
from eval.measures.retrieval import retrieval_scores
from eval.measures.squad import squad_em, squad_f1

__all__ = [
    "citation_score",
    "cmrc_em",
    "cmrc_f1",
    "list_score",
    "retrieval_scores",
    "same_answer",
    "squad_em",
    "squad_f1",
]
