/** A database server that the harness can write a row into with the client that is in its image. */
export type Engine = 'postgres' | 'mysql';

/** `cache`: what it holds may be lost at any time. `other`: it keeps data, and nothing here can write into it. */
export type Store = Engine | 'cache' | 'other';

/**
 * Last parts of the names of images that are a data store. Images that only have such a name in theirs
 * (`postgres-exporter`, `mysql-backup`) are not.
 */
const IMAGES: Readonly<Record<Store, readonly string[]>> = {
  postgres: [
    ...['postgres', 'postgresql', 'postgresql-repmgr', 'pgautoupgrade', 'postgis', 'pgvector', 'pgvecto-rs'],
    ...['vectorchord', 'vchord-postgres', 'vchord-suite', 'timescaledb', 'timescaledb-ha'],
  ],
  mysql: [
    ...['mariadb', 'mariadb-galera', 'mysql', 'mysql-server'],
    ...['percona', 'percona-server', 'percona-xtradb-cluster'],
  ],
  cache: ['redis', 'redis-stack', 'redis-stack-server', 'valkey', 'keydb', 'memcached', 'dragonfly'],
  other: [
    ...['mongo', 'mongodb', 'mongodb-community-server', 'percona-server-mongodb'],
    ...['clickhouse', 'clickhouse-server', 'couchdb', 'couchbase', 'rethinkdb', 'arangodb', 'surrealdb'],
    ...['elasticsearch', 'opensearch', 'solr', 'meilisearch', 'typesense', 'qdrant', 'weaviate'],
    ...['cassandra', 'scylla', 'influxdb', 'victoria-metrics', 'questdb', 'etcd', 'neo4j'],
    ...['cockroach', 'cockroachdb'],
  ],
};
const KINDS = ['postgres', 'mysql', 'cache', 'other'] as const;

/** The kind of store that an image is, whatever registry, namespace and tag it has; undefined for all other images. */
export function storeOf(image: string): Store | undefined {
  const [reference = ''] = image.split('@', 1);
  const name = (reference.split('/').at(-1) ?? '').split(':', 1)[0] ?? '';
  return KINDS.find((kind) => IMAGES[kind].includes(name));
}

/** The engine of the image of a database that a row can be written into; undefined for all other images. */
export function databaseEngine(image: string): Engine | undefined {
  const store = storeOf(image);
  return store === 'postgres' || store === 'mysql' ? store : undefined;
}
