"""stub"""

from index.types import DocumentMetadata


def parse_metadata(text: str, *, fallback_title: str = "") -> DocumentMetadata:
    return DocumentMetadata(title=fallback_title)
