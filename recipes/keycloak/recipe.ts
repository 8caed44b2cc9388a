import { defineRecipe } from '../define.ts';
import { marker } from './marker-realm.ts';

/** Keycloak tells its version to administrators only, so `version` names no place. */
export const recipe = defineRecipe({
  name: 'keycloak',
  // The start page redirects long before the server can sign anybody in.
  health: { path: '/realms/master', contentType: 'application/json', contains: '"realm":"master"' },
  ready: [
    {
      kind: 'exec',
      service: 'db',
      // The table that says up to which version the database was brought.
      command: [
        'psql',
        '--username=keycloak',
        '--dbname=keycloak',
        '--set=ON_ERROR_STOP=1',
        '--command=SELECT version FROM migration_model',
      ],
    },
  ],
  // A JVM and PostgreSQL (spec R-73).
  memoryMib: 700,
  // A cold JVM that makes or changes a database with a hundred tables, on a host with other work.
  deployTimeoutSeconds: 900,
  httpTimeoutSeconds: 900,
  backup: { verify: [{ volume: 'db-data', path: 'backup.sql', minBytes: 100_000 }] },
  marker,
});
