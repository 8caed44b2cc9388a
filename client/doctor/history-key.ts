import { CodecError, EncryptionCodec, isEncrypted } from '../../codec/encryption-codec.ts';
import { readKeys } from '../../codec/keys.ts';
import { workerConfigSchema } from '../../domain/config.ts';
import { configured, fail, ok, warn, type Check } from './check.ts';
import { payloadKey } from './payload-key.ts';
import { TEMPORAL_LIMIT_MS, withTemporal } from './temporal.ts';

/** Whether the keys are those of the histories: a valid file of another installation decrypts nothing. */
export const historyKey: Check = {
  name: 'history-key',
  limitMs: TEMPORAL_LIMIT_MS,
  remedy: payloadKey.remedy,
  look: async (context) => {
    const { CCI_KEYS_FILE } = configured(context, workerConfigSchema.pick({ CCI_KEYS_FILE: true }));
    const codec = new EncryptionCodec(readKeys(CCI_KEYS_FILE));
    return withTemporal(context, async ({ workflowService }, namespace) => {
      const query = `WorkflowType = 'recipeRun'`;
      const { executions } = await workflowService.listWorkflowExecutions({ namespace, query, pageSize: 1 });
      const execution = executions[0]?.execution;
      if (!execution) return ok('there is no run yet whose history could be decrypted');
      const { history } = await workflowService.getWorkflowExecutionHistory({
        namespace,
        execution,
        maximumPageSize: 1,
      });
      const input = history?.events?.[0]?.workflowExecutionStartedEventAttributes?.input?.payloads ?? [];
      const run = execution.workflowId ?? '';
      if (!input.every(isEncrypted)) {
        return warn(`the input of ${run} is not encrypted`, 'Start runs by cc-ci only: its clients encrypt');
      }
      try {
        await codec.decode(input);
      } catch (error) {
        if (!(error instanceof CodecError)) throw error;
        return fail(
          `${run}: ${error.message}`,
          'Restore the key file with which the runs were started, or add its keys',
        );
      }
      return ok(`decrypts the newest run, ${run}`);
    });
  },
};
