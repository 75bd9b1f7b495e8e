-- Removes subjects, questions and all practice; pgvector, where it is installed, stays.

drop function exchange.use_pgvector(bigint, boolean);

drop function exchange.stop_using_pgvector();

drop function exchange.nearest_questions(real[], bigint, bigint, bigint);

drop table exchange.attempts;

drop table exchange.practice_sessions;

drop domain exchange.time_zone;

drop function exchange.delete_embeddings();

drop table exchange.questions;

drop table exchange.subjects;

drop function exchange.known_dimensions(real[]);

drop function exchange.claim_dimensions(bigint);

drop table exchange.embedding_space;

drop domain exchange.embedding;

drop function exchange.cosine_distance(real[], real[]);

drop function exchange.unit_vector(real[]);

drop function exchange.vector_length(real[]);

drop function exchange.question_search(text);

drop function exchange.question_document(text, jsonb, text, text[]);

drop function exchange.is_choice(text, jsonb);

drop function exchange.are_choices(jsonb);

drop function exchange.are_tags(text[]);

drop function exchange.tidy_tags(text[]);

drop function exchange.question_key(text);

drop function exchange.is_same_answer(text, text);

drop function exchange.tidy_text(text);
