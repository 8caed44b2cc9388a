import type { Benign, Defect } from '../case.ts';
import { benignCompose } from './benign-compose.ts';
import { benignData } from './benign-data.ts';
import { benignEnvironment } from './benign-environment.ts';
import { benignRecipes } from './benign-recipes.ts';
import { benignSpecs } from './benign-specs.ts';
import { benignUpdates } from './benign-updates.ts';
import { benignRepositorySpecs, defectiveRepositorySpecs } from './repository-specs.ts';
import { defectiveAdapters } from './defective-adapters.ts';
import { defectiveBackups } from './defective-backups.ts';
import { defectiveDependencies } from './defective-dependencies.ts';
import { defectiveEnvironments } from './defective-environments.ts';
import { defectiveGitea } from './defective-gitea.ts';
import { defectiveHeads } from './defective-heads.ts';
import { defectiveKeycloak } from './defective-keycloak.ts';
import { defectiveLint } from './defective-lint.ts';
import { defectiveRecipes } from './defective-recipes.ts';
import { defectiveSpecs } from './defective-specs.ts';
import { defectiveSynapse } from './defective-synapse.ts';

export const DEFECTS: readonly Defect[] = [
  ...defectiveHeads,
  ...defectiveRecipes,
  ...defectiveBackups,
  ...defectiveAdapters,
  ...defectiveEnvironments,
  ...defectiveSpecs,
  ...defectiveRepositorySpecs,
  ...defectiveLint,
  ...defectiveKeycloak,
  ...defectiveGitea,
  ...defectiveSynapse,
  ...defectiveDependencies,
];
export const BENIGN: readonly Benign[] = [
  ...benignRecipes,
  ...benignUpdates,
  ...benignCompose,
  ...benignEnvironment,
  ...benignData,
  ...benignSpecs,
  ...benignRepositorySpecs,
];
