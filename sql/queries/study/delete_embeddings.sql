-- How many embeddings were forgotten: all of them, so that those of another model, with another number of dimensions,
-- can take their place. pgvector's index goes with them.
-- Not null: embedding_count
select exchange.delete_embeddings() as embedding_count;
