import { join } from 'node:path';
import type { ClientConfig, DataConfig } from '../domain/config.ts';
import { issueToken } from './server/tokens.ts';

/** Folder of the artefacts of a run on its host. */
export function runFolder(config: DataConfig, runId: string): string {
  return join(config.CCI_DATA, 'runs', runId);
}

/** Path of a run in the Temporal UI. */
export function uiPath(config: ClientConfig, runId: string): string {
  return `/namespaces/${config.CCI_TEMPORAL_NAMESPACE}/workflows/${encodeURIComponent(runId)}`;
}

/**
 * Link to a run in the Temporal UI with readable payloads: through the codec endpoint, with a token that opens it once.
 * The plain UI, which shows ciphertext, when the endpoint does not answer.
 */
export async function uiLink(config: ClientConfig, runId: string): Promise<string> {
  const path = uiPath(config, runId);
  const endpoint = `http://127.0.0.1:${config.CCI_CODEC_PORT}`;
  try {
    await fetch(`${endpoint}/health`, { signal: AbortSignal.timeout(500) });
    return openLink(endpoint, issueToken(config.CCI_DATA), path);
  } catch {
    return new URL(path, config.CCI_TEMPORAL_UI).href;
  }
}

export function openLink(endpoint: string, token: string, path: string): string {
  return `${endpoint}/open?${new URLSearchParams({ token, to: path }).toString()}`;
}
