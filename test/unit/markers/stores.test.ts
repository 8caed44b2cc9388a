import { describe, expect, it } from 'vitest';
import { databaseEngine, storeOf } from '../../../domain/stores.ts';

describe('a store', () => {
  it.each([
    ['postgres:15.13', 'postgres'],
    ['docker.io/library/postgres', 'postgres'],
    ['registry.example.com:5000/team/postgres:16-alpine@sha256:0123', 'postgres'],
    ['pgautoupgrade/pgautoupgrade:17-alpine', 'postgres'],
    ['postgis/postgis:16-3.4', 'postgres'],
    ['pgvector/pgvector:pg16', 'postgres'],
    ['tensorchord/vchord-postgres:pg14', 'postgres'],
    ['timescale/timescaledb-ha:pg16', 'postgres'],
    ['mariadb:10.11', 'mysql'],
    ['mysql', 'mysql'],
    ['percona/percona-server:8.0', 'mysql'],
    ['redis:7-alpine', 'cache'],
    ['eqalpha/keydb:latest', 'cache'],
    ['mongo:7', 'other'],
    ['clickhouse/clickhouse-server:24.3', 'other'],
    ['docker.elastic.co/elasticsearch/elasticsearch:8.13.0', 'other'],
    ['cockroachdb/cockroach:v23.2', 'other'],
    ['prometheuscommunity/postgres-exporter:v0.15', undefined],
    ['prodrigestivill/postgres-backup-local', undefined],
    ['mongo-express:1', undefined],
    ['phpmyadmin:5', undefined],
    ['nginx:1.29', undefined],
    ['postgres/nginx', undefined],
  ])('%s is of the kind %s', (image, kind) => {
    expect(storeOf(image)).toBe(kind);
    expect(databaseEngine(image)).toBe(kind === 'cache' || kind === 'other' ? undefined : kind);
  });
});
