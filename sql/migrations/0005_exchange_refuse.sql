-- Most rules are constraints, whose comments are the errors' sentences. A few depend on rows that the statement only
-- reads: whether the receiver of a message blocks its sender. For them a statement calls this function.

create function exchange.refuse(sentence text)
returns bigint
language plpgsql
as $$
begin
  -- A code of our own, so that the caller tells it from every error of the server's.
  raise exception using errcode = 'EX001', message = sentence;
end;
$$;

comment on function exchange.refuse(text)
is 'ends the statement with this sentence as its error (SQLSTATE EX001); never returns, whatever its type says';
