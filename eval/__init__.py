"""Measuring: answers, retrieval, refusal, speed."""
