"""Offline: a folder of documents becomes a saved, searchable index.

Nothing heavy is imported here, so that a command starts at once. The modules, in the order a document passes through them:

loaders     file -> Document, by format                    metadata     what an official document says of itself
folding     one character at a time                        normalize    Document -> search text, with the way back (offsets)
line_joins  line breaks inside a sentence                  headings     headings and the path above a passage
passages    search text -> passages, lossless              tokens       text -> lexical terms
embedder    text -> vectors                                build        all of these for one file; workers: for many
dense       the vectors of a passage                         sentence_parts  its sentences, short ones joined
vectors     FAISS, and its exact twin                      lexical      tantivy, and its exact twin
inverted_file FAISS once an index is large
database    SQLite; schema, records, passage_table, store: what is kept in it
derived     the files made from the database               seal         the hash of the database file itself
plan        what a sync has to do; target: what it writes to; sync: doing it; refill, writing: its means
check       is the index what it recorded of itself        corpus_index the open index (view, snapshots: one state at a time)
"""

from index import telemetry as telemetry
