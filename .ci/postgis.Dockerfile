# PostgreSQL with PostGIS for the tests, from Debian's own packages: where CI runs there may be no container registry.
# It answers to the environment of the official images: POSTGRES_USER, POSTGRES_PASSWORD, POSTGRES_DB.
ARG BASE
FROM ${BASE}

# pgvector is installed where Debian has it for this server: from the release after bookworm on.
RUN apt-get update \
  && mkdir -p /etc/postgresql-common/createcluster.d \
  && echo 'create_main_cluster = false' > /etc/postgresql-common/createcluster.d/none.conf \
  && DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends postgresql-15-postgis-3 \
  && if apt-cache show postgresql-15-pgvector >/dev/null 2>&1; then \
    DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends postgresql-15-pgvector; fi \
  && apt-get clean

ENV PATH=/usr/lib/postgresql/15/bin:$PATH PGDATA=/var/lib/postgresql/data
COPY docker-entrypoint.sh /usr/local/bin/
USER postgres
# A fast shutdown: the default signal would wait for every client to leave.
STOPSIGNAL SIGINT
EXPOSE 5432
ENTRYPOINT ["docker-entrypoint.sh"]
CMD ["postgres"]
