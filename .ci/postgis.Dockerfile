# PostgreSQL with PostGIS for the tests, from Debian's own packages: where CI runs there may be no container registry.
# It answers to the environment of the official images: POSTGRES_USER, POSTGRES_PASSWORD, POSTGRES_DB.
ARG BASE
FROM ${BASE}
# The version of PostgreSQL that this release of Debian has.
ARG POSTGRES

# pgvector comes along where Debian has it for this server: from the release after bookworm on.
RUN apt-get update \
  && mkdir -p /etc/postgresql-common/createcluster.d \
  && echo 'create_main_cluster = false' > /etc/postgresql-common/createcluster.d/none.conf \
  && pgvector=$(apt-cache search --names-only "^postgresql-${POSTGRES}-pgvector\$" | cut -d ' ' -f 1) \
  && DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends \
    "postgresql-${POSTGRES}-postgis-3" "postgresql-${POSTGRES}" ${pgvector} \
  && apt-get clean

ENV PATH=/usr/lib/postgresql/${POSTGRES}/bin:$PATH PGDATA=/var/lib/postgresql/data
COPY docker-entrypoint.sh /usr/local/bin/
USER postgres
# A fast shutdown: the default signal would wait for every client to leave.
STOPSIGNAL SIGINT
EXPOSE 5432
ENTRYPOINT ["docker-entrypoint.sh"]
CMD ["postgres"]
