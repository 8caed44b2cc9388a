import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';
import { FAILURE_CONVERTER_PATH } from '../../codec/data-converter.ts';

/** Bundles the workflows with a guard that does nothing, into a file of the folder; returns its path. */
export async function buildWithoutGuard(folder: string): Promise<string> {
  const { code } = await bundleWorkflowCode({
    workflowsPath: fileURLToPath(new URL('without/workflows.ts', import.meta.url)),
    failureConverterPath: FAILURE_CONVERTER_PATH,
    logger: new DefaultLogger('ERROR'),
  });
  const path = join(folder, 'workflows-without-guard.js');
  await writeFile(path, code);
  return path;
}
